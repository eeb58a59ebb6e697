"""Exponential linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ELU(InPlace):
    """Exponential linear unit."""

    keyword: ClassVar[str] = "ELU"
    computes: ClassVar[tuple[str, ...]] = ("elu", "elu_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place the output, from which it can be told."""
        return ops.keeps_output(elements, True) if self.inplace else ops.keeps_input(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ELU."""
        return pointwise_code("ELU", CodeArgument("inplace", self.inplace, False))


LAYER = ELU
