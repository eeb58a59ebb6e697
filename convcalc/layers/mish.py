"""x * tanh(softplus(x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class Mish(InPlace):
    """x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "MISH"
    computes: ClassVar[tuple[str, ...]] = ("mish", "mish_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Mish."""
        return pointwise_code("Mish", CodeArgument("inplace", self.inplace, False))


LAYER = Mish
