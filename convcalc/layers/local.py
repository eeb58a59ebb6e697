"""Locally connected layer: a convolution whose positions do not share their weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from convcalc import operators as ops
from convcalc.facts import BIAS, LayerFacts, Parameter
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import Assumption, Context, Layer
from convcalc.layers.conv import Conv
from convcalc.shape import Shape


@dataclass(frozen=True)
class Local(Layer):
    """A filter of its own at each position.

    Source: CS231n's notes, 2.1, parameter sharing: 290,400 neurons of 363 weights and a
    bias each make 105,705,600 parameters where sharing makes 34,944.
    """

    keyword: ClassVar[str] = "LOCAL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "locally_connected": {},
        "locallyconnected2d": {},
    }

    out_channels: int = opt.option("K filters out channels features", opt.count)
    kernel_size: opt.Pair = opt.option("F size kernel", opt.size)
    stride: opt.Pair = opt.option("S stride strides", opt.size, (1, 1))
    padding: opt.Pair | str = opt.option("P pad", opt.padding, (0, 0))
    dilation: opt.Pair = opt.option("dilation_rate", opt.size, (1, 1), shown="changed")
    bias: bool = opt.option("use_bias", opt.flag, True, shown="changed")
    rounding: str | None = opt.option("", opt.rounding, None, shown="changed")

    def __post_init__(self) -> None:
        sliding.refuse_even_same(self.padding, self.kernel_size, self.dilation)

    @classmethod
    def assume(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """As a convolution: the notes treat it as one with sharing relaxed."""
        for field, value, sentence in Conv.assume(given, context):
            yield field, value, sentence.replace("CONV", "LOCAL")

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """(F*F*D)*K for every position."""
        width, height = self.kernel_size
        each = f"({width}*{height}*{volume.channels})*{self.out_channels}"
        return f"{each}*({output.width}*{output.height})"

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (positions, D*F*F, K), and a bias for each neuron."""
        (volume,) = inputs
        rounding = self.rounding or rounding
        windows = sliding.windows(self.kernel_size, self.stride, self.padding, self.dilation)
        output = sliding.output(windows, volume, self.out_channels, rounding)
        width, height = self.kernel_size
        positions = output.width * output.height
        seen = volume.channels * height * width
        weight = Parameter("weight", (positions, seen, self.out_channels))
        bias = Parameter("bias", (positions, 1, self.out_channels), BIAS)
        return LayerFacts(
            output,
            output.elements,
            parameters=(weight, bias) if self.bias else (weight,),
            macs=weight.elements,
            windows=windows,
            rounding=rounding,
            operators=ops.locally_connected(
                volume.elements, positions, seen, self.out_channels, 1 + self.bias
            ),
        )


LAYER = Local
