"""Volumes joined along their depth."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code
from convcalc.layers import _join as join
from convcalc.layers._base import Layer, Options


class Concat(Layer):
    """The filter concatenation of Inception and DenseNet, the skips of U-Net."""

    keyword: ClassVar[str] = "CONCAT"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"concatenate": {}, "cat": {}}
    inputs: ClassVar[tuple[int, int | None]] = (1, None)
    computes: ClassVar[tuple[str, ...]] = ("cat",)

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """The sum of the depths."""
        depths = " + ".join(str(shape.channels) for shape in inputs)
        return (f"depth {depths} = {sum(shape.channels for shape in inputs)}",)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Along the depth."""
        first, dim = call.values[0], call.arguments.get("dim", 0)
        return {} if dim in (1, 1 - len(first.shape)) else None

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The sum of the depths; width and height must be the same."""
        depth = sum(shape.channels for shape in inputs)
        output = inputs[0].with_channels(depth)
        return LayerFacts(
            output,
            output.elements,
            problems=join.unequal_problem(inputs, "concatenates", channels=False),
            operators=ops.concat(output.elements, len(inputs)),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """torch.cat along the channels."""
        return Code("torch.cat([{all}], 1)", takes=ANY, gives=ANY)


LAYER = Concat
