"""x * tanh(softplus(x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class Mish(InPlace):
    """x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "MISH"
    computes: ClassVar[tuple[str, ...]] = ("mish", "mish_")

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)


LAYER = Mish
