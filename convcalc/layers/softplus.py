"""Smooth ReLU, log(1 + exp(x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, pointwise_code
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Softplus(OutOfPlace):
    """Smooth ReLU, log(1 + exp(x))."""

    keyword: ClassVar[str] = "SOFTPLUS"
    computes: ClassVar[tuple[str, ...]] = ("softplus",)

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; float32 under autocast."""
        return ops.keeps_input(elements, autocast=ops.FLOAT32)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Softplus."""
        return pointwise_code("Softplus")


LAYER = Softplus
