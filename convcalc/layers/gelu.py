"""Gaussian error linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, pointwise_code
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class GELU(OutOfPlace):
    """Gaussian error linear unit."""

    keyword: ClassVar[str] = "GELU"
    computes: ClassVar[tuple[str, ...]] = ("gelu",)

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept."""
        return ops.keeps_input(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.GELU."""
        return pointwise_code("GELU")


LAYER = GELU
