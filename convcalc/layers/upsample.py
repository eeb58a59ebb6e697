"""Upsampling by interpolation."""

from dataclasses import dataclass
from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

# Input values along an axis that one output comes from.
SEEN = {"nearest": 1, "bilinear": 2, "bicubic": 4}


@dataclass(frozen=True)
class Upsample(Layer):
    """To a multiple of the input, to a size, or to the size of a second input.

    `upsample: {from: [score, pool4]}` resizes `score` to the width and height of `pool4`.
    """

    keyword: ClassVar[str] = "UPSAMPLE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "upsampling2d": {},
        "interpolate": {},
        "resize": {},
    }
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    valued: ClassVar[int | None] = 1
    computes: ClassVar[tuple[str, ...]] = ("interpolate",)

    scale_factor: opt.Pair | None = opt.option("scale factor", opt.size, None, shown="changed")
    size: opt.Pair | None = opt.option("output_size", opt.size, None, shown="changed")
    mode: str = opt.option("interpolation", opt.one_word(*SEEN), "nearest", shown="changed")

    def __post_init__(self) -> None:
        if self.scale_factor and self.size:
            raise ValueError("`scale` and `size` say the same thing twice; write one of them")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """To the size that it has in the trace."""
        volume = call.output.volume
        if volume is None or call.arguments["mode"] not in SEEN:
            return None
        return {"size": (volume.width, volume.height), "mode": call.arguments["mode"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The same depth; without a scale, a size and a second input: twice the size."""
        volume = inputs[0]
        width, height = self._wanted_size(inputs)
        output = Shape(width, height, volume.channels)
        seen = Window(SEEN[self.mode])
        return LayerFacts(
            output,
            output.elements,
            windows=(seen, seen),
            scale=(_side_ratio(width, volume.width), _side_ratio(height, volume.height)),
            fitted=False,
            operators=ops.upsample(output.elements),
        )

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """The input's sides times the scale, or the size that is asked for."""
        width, height = self._wanted_size(inputs)
        if self.size or len(inputs) == 2:
            return (f"resized to {width}x{height}",)
        across, down = self.scale_factor or (2, 2)
        return (
            f"width {inputs[0].width}*{across} = {width}",
            f"height {inputs[0].height}*{down} = {height}",
        )

    def _wanted_size(self, inputs: tuple[Shape, ...]) -> opt.Pair:
        if self.size:
            return self.size
        if len(inputs) == 2:
            return inputs[1].width, inputs[1].height
        across, down = self.scale_factor or (2, 2)
        return inputs[0].width * across, inputs[0].height * down

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Upsample to the size that it has."""
        size = CodeArgument("size", rows_first((output.width, output.height)))
        return module_code("Upsample", size, CodeArgument("mode", self.mode, "nearest"))


def _side_ratio(output: int, given: int) -> Any:
    if not given or output % given == 0:
        return output // given if given else 1
    from fractions import Fraction

    return Fraction(output, given)


LAYER = Upsample
