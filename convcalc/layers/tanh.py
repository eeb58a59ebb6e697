"""Hyperbolic tangent."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, pointwise_code
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Tanh(OutOfPlace):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "TANH"
    computes: ClassVar[tuple[str, ...]] = ("tanh",)

    def torch_operators(self, elements: int) -> ops.Operators:
        """The output is kept."""
        return ops.keeps_output(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Tanh."""
        return pointwise_code("Tanh")


LAYER = Tanh
