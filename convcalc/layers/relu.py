"""Rectified linear unit, max(0, x)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Argument, Code, pointwise
from convcalc.layers._pointwise import InPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class ReLU(InPlace):
    """Rectified linear unit, max(0, x)."""

    keyword: ClassVar[str] = "RELU"
    computes: ClassVar[tuple[str, ...]] = ("relu", "relu_")

    def operators(self, elements: int) -> ops.Operators:
        """The output is kept, which in place is the input."""
        return ops.keeps_output(elements, self.inplace)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ReLU."""
        return pointwise("ReLU", Argument("inplace", self.inplace, False))


LAYER = ReLU
