"""Smooth ReLU, log(1 + exp(x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Softplus(OutOfPlace):
    """Smooth ReLU, log(1 + exp(x))."""

    keyword: ClassVar[str] = "SOFTPLUS"


LAYER = Softplus
