"""Pooling to a size that does not depend on the input's."""

from math import gcd
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.reading import AdaptiveWindow
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import AXES, Layer, Options, class_along
from convcalc.layers.pool import Pool


class AdaptivePool(Layer):
    """Output i of w averages the inputs from floor(iW/w) up to ceil((i+1)W/w) - 1.

    Source: PyTorch, aten/src/ATen/native/AdaptivePooling.h. From 6x6 to 6x6 nothing
    changes, but the copy takes memory all the same.
    """

    keyword: ClassVar[str] = "ADAPTIVEPOOL"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "adaptive_avg_pool1d": {"mode": "avg", AXES: 1},
        "adaptive_avg_pool2d": {"mode": "avg", AXES: 2},
        "adaptive_avg_pool3d": {"mode": "avg", AXES: 3},
        "adaptive_max_pool1d": {"mode": "max", AXES: 1},
        "adaptive_max_pool2d": {"mode": "max", AXES: 2},
        "adaptive_max_pool3d": {"mode": "max", AXES: 3},
    }
    ends_stage: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = tuple(
        f"adaptive_{mode}_pool{axes}d" for mode in ("avg", "max") for axes in (1, 2, 3)
    )

    output_size: opt.Sizes = opt.option("size", opt.size)
    mode: str = opt.option("", opt.one_word("avg", "max", average="avg", mean="avg"), "avg")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """To 1x1 it is a global pool."""
        size = call.sizes_argument("output_size")
        mode = "max" if "max" in call.operator else "avg"
        return None if max(size) == 1 else {"output_size": size, "mode": mode}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The size asked for, and the same depth; it always fits."""
        (volume,) = inputs
        output = Shape(*self.output_size, volume.channels)
        sides = zip(volume.sides, self.output_size, strict=True)
        windows, scale = zip(*[_widest_window(*side) for side in sides], strict=True)
        return LayerFacts(
            output,
            output.elements,
            windows=windows,
            scale=scale,
            readings=tuple(map(AdaptiveWindow, volume.sides, output.sides)),
            fitted=False,
            operators=self._torch_operators(output),
        )

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """What is asked for, whatever the input."""
        return (f"{as_written(self.output_size)} from any input",)

    def as_convolution(self, volume: Shape) -> Layer | None:
        """A window of the size that it has here, where all its windows are alike."""
        sides = list(zip(volume.sides, self.output_size, strict=True))
        if any(given % wanted for given, wanted in sides):
            return self
        window = tuple(given // wanted for given, wanted in sides)
        alone = max(self.output_size) == 1
        ones = tuple(1 for _ in sides)
        none = tuple(0 for _ in sides)
        stride = ones if alone else window
        return Pool(mode=self.mode, kernel_size=window, stride=stride, padding=none, dilation=ones)

    def _torch_operators(self, output: Shape) -> ops.Operators:
        if self.mode == "max":
            return ops.max_pool(output.elements)
        if max(self.output_size) == 1:  # PyTorch takes the mean, which keeps nothing
            return ops.new_copy(output.elements, "mean")
        return ops.keeps_input(output.elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.AdaptiveAvgPool2d or nn.AdaptiveMaxPool2d."""
        kind = "Avg" if self.mode == "avg" else "Max"
        name = class_along(f"Adaptive{kind}Pool", inputs[0])
        return module_code(name, CodeArgument("output_size", rows_first(self.output_size)))


def _widest_window(given: int, wanted: int) -> tuple[Window, int]:
    """The widest of the windows; their distance is given/wanted."""
    if given % wanted == 0:
        return Window(max(1, given // wanted), max(1, given // wanted)), 1
    # Window i reaches from floor(iW/w) to ceil((i+1)W/w); the fraction of iW/w that is cut
    # off takes every multiple of gcd(W, w)/w, so the largest adds this much to W/w:
    common = gcd(given, wanted)
    widest = -(-(given + wanted - common) // wanted)
    return Window(widest, given), wanted


LAYER = AdaptivePool
