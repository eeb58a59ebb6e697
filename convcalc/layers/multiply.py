"""Product of two volumes."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import LayerFacts
from convcalc.layers import _join as join
from convcalc.layers._base import Layer
from convcalc.shape import Shape


@dataclass(frozen=True)
class Multiply(Layer):
    """Value by value; an axis of 1 stands for as many as the other volume has.

    A 1x1xC gate over a WxHxC volume is squeeze-and-excitation (Hu et al., equation 4).
    """

    keyword: ClassVar[str] = "MULTIPLY"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"mul": {}, "times": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The larger size along each axis."""
        first, second = inputs
        output = Shape(*map(max, first, second))
        matches = all(
            1 in sizes or sizes[0] == sizes[1] for sizes in zip(first, second, strict=True)
        )
        problems = () if matches else join.unequal(inputs, "multiplies")
        operators = ops.multiply(output.elements)
        return LayerFacts(output, output.elements, problems=problems, operators=operators)


LAYER = Multiply
