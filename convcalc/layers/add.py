"""Sum of volumes."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import LayerFacts, Problem
from convcalc.layers import _join as join
from convcalc.layers._base import Layer
from convcalc.layers._options import flag, option
from convcalc.shape import Shape


@dataclass(frozen=True)
class Add(Layer):
    """Two or more volumes of the same size, value by value: FCN's skips, any residual."""

    keyword: ClassVar[str] = "ADD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"sum": {}, "plus": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    elementwise: ClassVar[bool] = True

    inplace: bool = option("in_place", flag, False, shown="never")

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The inputs' shape; what does not match goes on as the first of them."""
        output = inputs[0]
        return LayerFacts(
            output,
            output.elements,
            problems=self.mismatch(inputs),
            operators=ops.add(output.elements, len(inputs), self.inplace),
        )

    def mismatch(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        """The problem where the inputs are not of one size."""
        return join.unequal(inputs, "adds up")


LAYER = Add
