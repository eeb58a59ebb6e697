"""Channels of several groups dealt out in turn."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import Layer, Options
from convcalc.layers._groups import uneven_problem
from convcalc.layers._options import count, option


class Shuffle(Layer):
    """ShuffleNet's channel shuffle: reshape to (groups, C/groups), transpose, flatten."""

    keyword: ClassVar[str] = "SHUFFLE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"channel_shuffle": {}}
    computes: ClassVar[tuple[str, ...]] = ("channel_shuffle",)

    groups: int = option("", count, 2)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The number of groups."""
        return {"groups": call.arguments["groups"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The same size; the values only change places: 0 activations."""
        (volume,) = inputs
        return LayerFacts(
            volume,
            0,
            problems=uneven_problem(volume.channels, self.groups),
            operators=ops.new_copy(volume.elements),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ChannelShuffle."""
        return module_code("ChannelShuffle", CodeArgument("groups_", self.groups))


LAYER = Shuffle
