"""x * ReLU6(x + 3)/6, SiLU from straight lines."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class HardSwish(InPlace):
    """x * ReLU6(x + 3)/6, SiLU from straight lines."""

    keyword: ClassVar[str] = "HARDSWISH"
    computes: ClassVar[tuple[str, ...]] = ("hardswish", "hardswish_")

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Hardswish."""
        return pointwise_code("Hardswish", CodeArgument("inplace", self.inplace, False))


LAYER = HardSwish
