"""Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class SiLU(InPlace):
    """Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

    keyword: ClassVar[str] = "SILU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"swish": {}}
    computes: ClassVar[tuple[str, ...]] = ("silu", "silu_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.SiLU."""
        return pointwise_code("SiLU", CodeArgument("inplace", self.inplace, False))


LAYER = SiLU
