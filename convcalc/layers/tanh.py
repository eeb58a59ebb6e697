"""Hyperbolic tangent."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Code, pointwise
from convcalc.layers._pointwise import OutOfPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class Tanh(OutOfPlace):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "TANH"
    computes: ClassVar[tuple[str, ...]] = ("tanh",)

    def operators(self, elements: int) -> ops.Operators:
        """The output is kept."""
        return ops.keeps_output(elements)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Tanh."""
        return pointwise("Tanh")


LAYER = Tanh
