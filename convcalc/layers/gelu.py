"""Gaussian error linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Code, pointwise
from convcalc.layers._pointwise import OutOfPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class GELU(OutOfPlace):
    """Gaussian error linear unit."""

    keyword: ClassVar[str] = "GELU"
    computes: ClassVar[tuple[str, ...]] = ("gelu",)

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept."""
        return ops.keeps_input(elements)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.GELU."""
        return pointwise("GELU")


LAYER = GELU
