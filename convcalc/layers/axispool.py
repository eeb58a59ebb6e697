"""Pooling over a whole axis."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

NAMES = ("channels", "width", "height", "frames", "length")


class AxisPool(Layer):
    """The mean or the maximum over the depth, over each row or over each column.

    Spatial attention pools over the channels (Woo et al., "CBAM", equation 3), coordinate
    attention over the width and over the height.
    """

    keyword: ClassVar[str] = "AXISPOOL"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"channelpool": {"over": "channels"}}
    computes: ClassVar[tuple[str, ...]] = ("mean", "max")
    drops_results: ClassVar[bool] = True  # the indices of the maxima

    over: str = opt.option("axis", opt.one_word(*NAMES, depth="channels"), "channels")
    mode: str = opt.option("", opt.one_word("avg", "max", average="avg", mean="avg"), "avg")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Over one axis, which stays."""
        axes, rank = call.arguments["dim"], len(call.output.shape)
        axes = [axes] if isinstance(axes, int) else axes
        volume = call.output.volume  # its axes: of a row that stands for a volume, too
        if len(axes) != 1 or rank < 3 or volume is None or not call.arguments.get("keepdim"):
            return None
        found = [axis for axis, place in _places(volume).items() if place == axes[0] % rank]
        mode = "max" if call.operator == "max" else "avg"
        if call.arguments.get("index") or not found:
            return None
        return {"over": found[0], "mode": mode}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The axis becomes 1."""
        (volume,) = inputs
        if self.over not in volume.options:
            known = ", ".join([*volume.axes, "channels"])
            problem = Problem("axes", f"{volume} has no {self.over}", f"it has {known}", "over")
            return LayerFacts(volume, 0, problems=(problem,), operators=ops.view())
        sides = volume.options | {self.over: 1}
        output = Shape(*sides.values())
        windows = tuple(
            Window(max(1, side) if axis == self.over else 1)
            for axis, side in zip(volume.axes, volume.sides, strict=True)
        )
        if self.mode == "avg":  # a mean keeps nothing
            operators = ops.new_copy(output.elements)
        else:
            operators = ops.max_of_axis(volume.elements, output.elements)
        return LayerFacts(output, output.elements, windows=windows, operators=operators)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A method of tensors."""
        axis = _places(inputs[0])[self.over]
        if self.mode == "avg":
            return Code(f"{{0}}.mean({axis}, keepdim=True)")
        return Code(f"{{0}}.max({axis}, keepdim=True).values")


def _places(volume: Shape) -> dict[str, int]:
    """Where the axes stand in N, C, H, W."""
    return {axis: 1 + place for place, axis in enumerate(reversed(volume.options))}


LAYER = AxisPool
