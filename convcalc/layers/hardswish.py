"""x * ReLU6(x + 3)/6, SiLU from straight lines."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class HardSwish(InPlace):
    """x * ReLU6(x + 3)/6, SiLU from straight lines."""

    keyword: ClassVar[str] = "HARDSWISH"
    computes: ClassVar[tuple[str, ...]] = ("hardswish", "hardswish_")

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)


LAYER = HardSwish
