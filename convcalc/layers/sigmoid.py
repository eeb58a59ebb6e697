"""Logistic function, 1/(1 + exp(-x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Code, pointwise
from convcalc.layers._pointwise import OutOfPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class Sigmoid(OutOfPlace):
    """Logistic function, 1/(1 + exp(-x))."""

    keyword: ClassVar[str] = "SIGMOID"
    computes: ClassVar[tuple[str, ...]] = ("sigmoid",)

    def operators(self, elements: int) -> ops.Operators:
        """The output is kept."""
        return ops.keeps_output(elements)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Sigmoid."""
        return pointwise("Sigmoid")


LAYER = Sigmoid
