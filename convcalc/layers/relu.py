"""Rectified linear unit, max(0, x)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ReLU(InPlace):
    """Rectified linear unit, max(0, x)."""

    keyword: ClassVar[str] = "RELU"
    computes: ClassVar[tuple[str, ...]] = ("relu", "relu_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The output is kept, which in place is the input."""
        return ops.keeps_output(elements, self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ReLU."""
        return pointwise_code("ReLU", CodeArgument("inplace", self.inplace, False))


LAYER = ReLU
