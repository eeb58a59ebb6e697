"""ReLU capped at 6, min(max(0, x), 6)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ReLU6(InPlace):
    """ReLU capped at 6, min(max(0, x), 6)."""

    keyword: ClassVar[str] = "RELU6"

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)


LAYER = ReLU6
