"""Upsampling by interpolation."""

from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.reading import Interpolation
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import AXES, Layer, Options

# Input values along an axis that one output comes from.
SEEN = {"nearest": 1, "linear": 2, "bilinear": 2, "trilinear": 2, "bicubic": 4}
ONLY_ALONG = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2}  # so many axes


class Upsample(Layer):
    """To a multiple of the input, to a size, or to the size of a second input.

    `upsample: {from: [score, pool4]}` resizes `score` to the width and height of `pool4`.
    """

    keyword: ClassVar[str] = "UPSAMPLE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "upsampling1d": {AXES: 1},
        "upsampling2d": {AXES: 2},
        "upsampling3d": {AXES: 3},
        "interpolate": {},
        "resize": {},
    }
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    valued: ClassVar[int | None] = 1
    computes: ClassVar[tuple[str, ...]] = ("interpolate",)

    scale_factor: opt.Sizes | None = opt.option("scale factor", opt.size, None, shown="changed")
    size: opt.Sizes | None = opt.option("output_size", opt.size, None, shown="changed")
    mode: str = opt.option("interpolation", opt.one_word(*SEEN), "nearest", shown="changed")

    def check_options(self) -> None:
        """A factor or a size."""
        if self.scale_factor and self.size:
            raise ValueError("`scale` and `size` say the same thing twice; write one of them")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """To the size that it has in the trace."""
        volume = call.output.volume
        if volume is None or call.arguments["mode"] not in SEEN:
            return None
        return {"size": volume.sides, "mode": call.arguments["mode"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The same depth; without a scale, a size and a second input: twice the size."""
        volume = inputs[0]
        output = volume.with_sides(*self._wanted_size(inputs))
        seen = Window(SEEN[self.mode])
        return LayerFacts(
            output,
            output.elements,
            windows=(seen,) * len(volume.sides),
            scale=tuple(map(_side_ratio, output.sides, volume.sides)),
            readings=tuple(
                Interpolation(given, wanted, SEEN[self.mode])
                for given, wanted in zip(volume.sides, output.sides, strict=True)
            ),
            fitted=False,
            problems=self._mode_problems(len(volume.sides)),
            operators=ops.upsample(output.elements),
        )

    def _mode_problems(self, axes: int) -> tuple[Problem, ...]:
        """PyTorch interpolates linearly by modes of their own for each number of axes."""
        along = ONLY_ALONG.get(self.mode, axes)
        if along == axes:
            return ()
        only = f"{along} {'axes' if along > 1 else 'axis'}"
        message = f"PyTorch has {self.mode} upsampling along {only} only, not along {axes}"
        known = [mode for mode, number in ONLY_ALONG.items() if number == axes]
        return (Problem("axes", message, f"write {' or '.join([*known, 'nearest'])}", "mode"),)

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """The input's sides times the scale, or the size that is asked for."""
        wanted, volume = self._wanted_size(inputs), inputs[0]
        if self.size or len(inputs) == 2:
            return (f"resized to {as_written(wanted)}",)
        sides = zip(volume.axes, volume.sides, self._factors(volume), wanted, strict=True)
        return tuple(f"{axis} {side}*{times} = {made}" for axis, side, times, made in sides)

    def _factors(self, volume: Shape) -> opt.Sizes:
        return self.scale_factor or (2,) * len(volume.sides)

    def _wanted_size(self, inputs: tuple[Shape, ...]) -> opt.Sizes:
        if self.size:
            return self.size
        if len(inputs) == 2:
            return inputs[1].sides
        factors = self._factors(inputs[0])
        return tuple(side * times for side, times in zip(inputs[0].sides, factors, strict=True))

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Upsample to the size that it has."""
        size = CodeArgument("size", rows_first(output.sides))
        return module_code("Upsample", size, CodeArgument("mode", self.mode, "nearest"))


def _side_ratio(output: int, given: int) -> Any:
    if not given or output % given == 0:
        return output // given if given else 1
    from fractions import Fraction

    return Fraction(output, given)


LAYER = Upsample
