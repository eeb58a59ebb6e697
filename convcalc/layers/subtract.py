"""Difference of two volumes."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code
from convcalc.layers import _join as join
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag


class Subtract(Layer):
    """The first volume less the second, value by value.

    An axis of 1 stands for as many as the other volume has.
    """

    keyword: ClassVar[str] = "SUBTRACT"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"sub": {}, "minus": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    elementwise: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("sub", "sub_")

    inplace: bool = option("in_place", read_flag, False, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Two volumes; not `a - 0.5 * b`."""
        if not join.are_alike(call) or call.arguments.get("alpha", 1) != 1:
            return None
        return {"inplace": call.in_place}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The larger size along each axis; what does not match goes on as the first of them."""
        problems = join.broadcast_problem(inputs, "subtracts", self.inplace)
        output = inputs[0] if problems else join.broadcast_shape(inputs)
        return LayerFacts(
            output,
            output.elements,
            problems=problems,
            operators=ops.subtract(output.elements, self.inplace),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A difference, in place or not."""
        return Code("{0}.sub_({1})" if self.inplace else "{0} - {1}", takes=ANY, gives=ANY)


LAYER = Subtract
