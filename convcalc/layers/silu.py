"""Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Argument, Code, pointwise
from convcalc.layers._pointwise import InPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class SiLU(InPlace):
    """Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

    keyword: ClassVar[str] = "SILU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"swish": {}}
    computes: ClassVar[tuple[str, ...]] = ("silu", "silu_")

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.SiLU."""
        return pointwise("SiLU", Argument("inplace", self.inplace, False))


LAYER = SiLU
