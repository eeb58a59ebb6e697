"""x * ReLU6(x + 3)/6, SiLU from straight lines."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class HardSwish(InPlace):
    """x * ReLU6(x + 3)/6, SiLU from straight lines."""

    keyword: ClassVar[str] = "HARDSWISH"


LAYER = HardSwish
