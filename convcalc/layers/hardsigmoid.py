"""ReLU6(x + 3)/6, a sigmoid from straight lines."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class HardSigmoid(InPlace):
    """ReLU6(x + 3)/6, a sigmoid from straight lines."""

    keyword: ClassVar[str] = "HARDSIGMOID"


LAYER = HardSigmoid
