"""Pooling over a whole axis."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

AXES = {"channels": 1, "height": 2, "width": 3}  # where they stand in N, C, H, W


@dataclass(frozen=True)
class AxisPool(Layer):
    """The mean or the maximum over the depth, over each row or over each column.

    Spatial attention pools over the channels (Woo et al., "CBAM", equation 3), coordinate
    attention over the width and over the height.
    """

    keyword: ClassVar[str] = "AXISPOOL"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"channelpool": {"over": "channels"}}
    computes: ClassVar[tuple[str, ...]] = ("mean", "max")

    over: str = opt.option("axis", opt.one_word(*AXES, depth="channels"), "channels")
    mode: str = opt.option("", opt.one_word("avg", "max", average="avg", mean="avg"), "avg")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Over one axis, which stays."""
        axes, rank = call.arguments["dim"], len(call.output.shape)
        axes = [axes] if isinstance(axes, int) else axes
        if len(axes) != 1 or rank != 4 or not call.arguments.get("keepdim"):
            return None
        found = [axis for axis, place in AXES.items() if place == axes[0] % rank]
        mode = "max" if call.operator == "max" else "avg"
        if call.arguments.get("index") or not found:
            return None
        return {"over": found[0], "mode": mode}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The axis becomes 1."""
        (volume,) = inputs
        output = volume._replace(**{self.over: 1})
        across = Window(max(1, volume.width) if self.over == "width" else 1)
        down = Window(max(1, volume.height) if self.over == "height" else 1)
        if self.mode == "avg":  # a mean keeps nothing
            operators = ops.new_copy(output.elements)
        else:
            operators = ops.max_of_axis(volume.elements, output.elements)
        return LayerFacts(output, output.elements, windows=(across, down), operators=operators)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A method of tensors."""
        axis = AXES[self.over]
        if self.mode == "avg":
            return Code(f"{{0}}.mean({axis}, keepdim=True)")
        return Code(f"{{0}}.max({axis}, keepdim=True).values")


LAYER = AxisPool
