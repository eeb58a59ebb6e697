"""Continuously differentiable exponential linear unit (Barron, 2017)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class CELU(InPlace):
    """Continuously differentiable exponential linear unit (Barron, 2017)."""

    keyword: ClassVar[str] = "CELU"
    computes: ClassVar[tuple[str, ...]] = ("celu", "celu_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place the output, from which it can be told."""
        return ops.keeps_output(elements, True) if self.inplace else ops.keeps_input(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.CELU."""
        return pointwise_code("CELU", CodeArgument("inplace", self.inplace, False))


LAYER = CELU
