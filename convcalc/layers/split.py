"""A part of the channels."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.layers._base import Layer, Options
from convcalc.layers._groups import uneven_problem
from convcalc.layers._options import count, option


class Split(Layer):
    """One of several equal parts of the depth: ShuffleNet V2's channel split.

    Layers that split the same volume into as many parts are one operation in PyTorch
    (`chunk`), each taking its part.
    """

    keyword: ClassVar[str] = "SPLIT"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"chunk": {}}
    computes: ClassVar[tuple[str, ...]] = ("chunk",)

    parts: int = option("chunks", count, 2)
    part: int = option("index", count, 1)

    def check_options(self) -> None:
        """There are so many parts."""
        if self.part > self.parts:
            raise ValueError(f"part {self.part} does not exist: there are {self.parts} parts")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The reader of the model says which of the equal parts is meant."""
        return {"parts": call.arguments["chunks"], "part": call.arguments["index"] + 1}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Only a view of values that exist: 0 activations."""
        (volume,) = inputs
        part = volume.with_channels(volume.channels // self.parts)
        return LayerFacts(
            part,
            0,
            operators=ops.split((part.elements,) * self.parts) + ops.part(self.part - 1, -1),
            problems=uneven_problem(volume.channels, self.parts, "parts"),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """One of torch's chunks."""
        return Code(f"{{0}}.chunk({self.parts}, 1)", part=(self.part - 1, self.parts))


LAYER = Split
