"""Pooling to a size that does not depend on the input's."""

from dataclasses import dataclass
from math import gcd
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options
from convcalc.layers.pool import Pool


@dataclass(frozen=True)
class AdaptivePool(Layer):
    """Output i of w averages the inputs from floor(iW/w) up to ceil((i+1)W/w) - 1.

    Source: PyTorch, aten/src/ATen/native/AdaptivePooling.h. From 6x6 to 6x6 nothing
    changes, but the copy takes memory all the same.
    """

    keyword: ClassVar[str] = "ADAPTIVEPOOL"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "adaptive_avg_pool2d": {"mode": "avg"},
        "adaptive_max_pool2d": {"mode": "max"},
    }
    ends_stage: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("adaptive_avg_pool2d", "adaptive_max_pool2d")

    output_size: opt.Pair = opt.option("size", opt.size)
    mode: str = opt.option("", opt.one_word("avg", "max", average="avg", mean="avg"), "avg")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """To 1x1 it is a global pool."""
        size = call.pair_argument("output_size")
        mode = "max" if "max" in call.operator else "avg"
        return None if size == (1, 1) else {"output_size": size, "mode": mode}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The size asked for, and the same depth; it always fits."""
        (volume,) = inputs
        output = Shape(*self.output_size, volume.channels)
        (across, wide), (down, high) = (
            _widest_window(*sides) for sides in zip(volume[:2], self.output_size, strict=True)
        )
        return LayerFacts(
            output,
            output.elements,
            windows=(across, down),
            scale=(wide, high),
            fitted=False,
            operators=self._torch_operators(output),
        )

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """What is asked for, whatever the input."""
        wide, high = self.output_size
        return (f"{wide}x{high} from any input",)

    def as_convolution(self, volume: Shape) -> Layer | None:
        """A window of the size that it has here, where all its windows are alike."""
        wide, high = self.output_size
        across, down = volume.width // wide, volume.height // high
        if volume[:2] != (across * wide, down * high):
            return self
        alone = self.output_size == (1, 1)
        return Pool(self.mode, (across, down), (1, 1) if alone else (across, down))

    def _torch_operators(self, output: Shape) -> ops.Operators:
        if self.mode == "max":
            return ops.max_pool(output.elements)
        if self.output_size == (1, 1):  # PyTorch takes the mean, which keeps nothing
            return ops.new_copy(output.elements, "mean")
        return ops.keeps_input(output.elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.AdaptiveAvgPool2d or nn.AdaptiveMaxPool2d."""
        kind = "AdaptiveAvgPool2d" if self.mode == "avg" else "AdaptiveMaxPool2d"
        return module_code(kind, CodeArgument("output_size", rows_first(self.output_size)))


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
