"""Sum of volumes."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import LayerFacts
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

    inplace: bool = option("in_place", flag, False, shown="never")

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The inputs' shape; what does not match goes on as the first of them."""
        output = inputs[0]
        return LayerFacts(
            output,
            output.elements,
            problems=join.unequal(inputs, "adds up"),
            operators=ops.add(output.elements, len(inputs), self.inplace),
        )


LAYER = Add
