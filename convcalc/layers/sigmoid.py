"""Logistic function, 1/(1 + exp(-x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, pointwise_code
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Sigmoid(OutOfPlace):
    """Logistic function, 1/(1 + exp(-x))."""

    keyword: ClassVar[str] = "SIGMOID"
    computes: ClassVar[tuple[str, ...]] = ("sigmoid",)

    def torch_operators(self, elements: int) -> ops.Operators:
        """The output is kept."""
        return ops.keeps_output(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Sigmoid."""
        return pointwise_code("Sigmoid")


LAYER = Sigmoid
