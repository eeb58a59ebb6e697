"""One value in place of many."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import VALUE, TracedCall
from convcalc.facts.torch_code import Code
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options


class Expand(Layer):
    """Axes of 1 shown as often as is asked for, or to the size of a second input.

    `expand: {from: [gate, conv4]}` lays a 1x1xC gate over the positions of `conv4`. Products
    and sums do so by themselves; models that write `expand_as` keep other gradients.
    """

    keyword: ClassVar[str] = "EXPAND"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"expand_as": {}, "broadcast": {}}
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    valued: ClassVar[int | None] = 1
    computes: ClassVar[tuple[str, ...]] = ("expand", "expand_as")

    size: opt.Sizes | None = opt.option("output_size", opt.size, None, shown="changed")
    channels: int | None = opt.option("depth", opt.count, None, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """To the size of another value, or to the one that it has in the trace."""
        if call.tensors[0].kind != VALUE:
            return None  # a parameter that is shown so
        if len(call.values) == 2:
            return {}
        volume, given = call.output.volume, call.values[0].volume
        if volume is None or given is None:
            return None
        channels = volume.channels if volume.channels != given.channels else None
        return {"size": volume.sides, "channels": channels}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Only a view: 0 activations."""
        volume, wanted = inputs[0], self._wanted_shape(inputs)
        operators = ops.expand(volume.elements, wanted.elements) if wanted != volume else ()
        return LayerFacts(
            wanted, 0, operators=operators, problems=_problems(volume, wanted, len(inputs))
        )

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """What is asked for."""
        return (f"{inputs[0]} shown as {self._wanted_shape(inputs)}",)

    def _wanted_shape(self, inputs: tuple[Shape, ...]) -> Shape:
        if len(inputs) == 2:
            return inputs[1]
        return Shape(*(self.size or inputs[0].sides), self.channels or inputs[0].channels)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A method of tensors."""
        if len(inputs) == 2:
            return Code("{0}.expand_as({1})")
        sizes = ", ".join(map(str, output[::-1]))
        return Code(f"{{0}}.expand(-1, {sizes})")


def _problems(volume: Shape, wanted: Shape, operands: int) -> tuple[Problem, ...]:
    sizes = zip(volume.options, volume, wanted, strict=True)
    differ = [axis for axis, one, other in sizes if one not in (1, other)]
    if not differ:
        return ()
    message = f"cannot show {volume} as {wanted}: only an axis of 1 expands, not the "
    names = tuple(range(operands)) if operands == 2 else ()
    return (Problem("join", message + " and the ".join(differ), operands=names),)


LAYER = Expand
