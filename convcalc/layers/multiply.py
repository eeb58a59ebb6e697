"""Product of two volumes."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code
from convcalc.layers import _join as join
from convcalc.layers._base import Layer, Options


class Multiply(Layer):
    """Value by value; an axis of 1 stands for as many as the other volume has.

    A 1x1xC gate over a WxHxC volume is squeeze-and-excitation (Hu et al., equation 4).
    """

    keyword: ClassVar[str] = "MULTIPLY"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"mul": {}, "times": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, 2)
    computes: ClassVar[tuple[str, ...]] = ("mul",)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Two volumes; the product with a parameter is another layer."""
        return {} if len(call.values) == 2 else None

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The larger size along each axis."""
        first, second = inputs
        if len(first) != len(second):
            problems = join.unequal_problem(inputs, "multiplies")
            return LayerFacts(first, first.elements, problems=problems)
        output = join.broadcast_shape(inputs)
        return LayerFacts(
            output,
            output.elements,
            problems=_size_problems(first, second),
            operators=ops.multiply(output.elements),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A product."""
        return Code("{0} * {1}", takes=ANY, gives=ANY)


def _size_problems(first: Shape, second: Shape) -> tuple[Problem, ...]:
    sizes = zip(first.options, first, second, strict=True)
    differ = [axis for axis, one, other in sizes if one != other and 1 not in (one, other)]
    if not differ:
        return ()
    operand = 0 if first.elements < second.elements else 1  # the smaller is the gate
    gate, other = (first, second) if operand == 0 else (second, first)
    known = other.options
    wanted = Shape(*(gate.options | {axis: known[axis] for axis in differ}).values())
    hint = join.hint_between(operand, join.bridging_layers(gate, wanted))
    return (join.join_problem("multiplies", differ, hint, operands=2),)


LAYER = Multiply
