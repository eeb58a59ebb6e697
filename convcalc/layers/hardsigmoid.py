"""ReLU6(x + 3)/6, a sigmoid from straight lines."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.code import Argument, Code, pointwise
from convcalc.layers._pointwise import InPlace
from convcalc.shape import Shape


@dataclass(frozen=True)
class HardSigmoid(InPlace):
    """ReLU6(x + 3)/6, a sigmoid from straight lines."""

    keyword: ClassVar[str] = "HARDSIGMOID"
    computes: ClassVar[tuple[str, ...]] = ("hardsigmoid", "hardsigmoid_")

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Hardsigmoid."""
        return pointwise("Hardsigmoid", Argument("inplace", self.inplace, False))


LAYER = HardSigmoid
