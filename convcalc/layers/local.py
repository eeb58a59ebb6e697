"""Locally connected layer: a convolution whose positions do not share their weights."""

from collections.abc import Iterator
from math import prod
from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, rows_first
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import Assumption, Context, Layer
from convcalc.layers.conv import Conv

HELPER = '''\
class LocallyConnected2d(nn.Module):
    """A filter of its own at each position."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        output_size: tuple[int, int],
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] = 0,
        dilation: int | tuple[int, int] = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        height, width = nn.modules.utils._pair(kernel_size)
        self.output_size, self.kernel_size = output_size, kernel_size
        self.stride, self.padding, self.dilation = stride, padding, dilation
        positions = output_size[0] * output_size[1]
        seen = in_channels * height * width
        self.weight = nn.Parameter(torch.randn(positions, seen, out_channels) / seen)
        self.bias = None
        if bias:
            self.bias = nn.Parameter(torch.zeros(positions, 1, out_channels))

    def forward(self, x: Tensor) -> Tensor:
        y = nn.functional.unfold(
            x, self.kernel_size, self.dilation, self.padding, self.stride
        ).permute(2, 0, 1)
        if self.bias is None:
            y = torch.bmm(y, self.weight)
        else:
            y = torch.baddbmm(self.bias, y, self.weight)
        return y.permute(1, 2, 0).contiguous().view(len(x), -1, *self.output_size)
'''


class Local(Layer):
    """A filter of its own at each position.

    Source: CS231n's notes, 2.1, parameter sharing: 290,400 neurons of 363 weights and a
    bias each make 105,705,600 parameters where sharing makes 34,944.
    """

    keyword: ClassVar[str] = "LOCAL"
    slides: ClassVar[bool] = True
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "locally_connected": {},
        "locallyconnected2d": {},
    }

    out_channels: int = opt.option("K filters out channels features", opt.count)
    kernel_size: opt.Sizes = opt.option("F size kernel", opt.size)
    stride: opt.Sizes = opt.option("S stride strides", opt.size, (1, 1))
    padding: opt.Sizes | str = opt.option("P pad", opt.read_padding, (0, 0))
    dilation: opt.Sizes = opt.option("dilation_rate d", opt.size, (1, 1), shown="changed")
    bias: bool = opt.option("use_bias", opt.read_flag, True, shown="changed")
    rounding: str | None = opt.option("", opt.rounding, None, shown="changed")

    def check_options(self) -> None:
        """`same` padding wants an odd extent."""
        sliding.refuse_even_same(self.padding, self.kernel_size, self.dilation)

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """As a convolution: the notes treat it as one with sharing relaxed."""
        for field, value, sentence in Conv.assume_options(given, context):
            yield field, value, sentence.replace("CONV", "LOCAL")

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """(F*F*D)*K for every position."""
        window = "*".join(map(str, self.kernel_size))
        each = f"({window}*{volume.channels})*{self.out_channels}"
        return f"{each}*({'*'.join(map(str, output.sides))})"

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (positions, D*F*F, K), and a bias for each neuron."""
        (volume,) = inputs
        rounding = self.rounding or rounding
        windows = sliding.make_windows(self.kernel_size, self.stride, self.padding, self.dilation)
        output = sliding.output_shape(windows, volume, self.out_channels, rounding)
        positions = output.positions
        seen = volume.channels * prod(self.kernel_size)
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

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A module of its own."""
        return Code(
            module="LocallyConnected2d",
            arguments=(
                CodeArgument("in_channels", inputs[0].channels),
                CodeArgument("out_channels", self.out_channels),
                CodeArgument("output_size", (output.height, output.width)),
                CodeArgument("kernel_size", rows_first(self.kernel_size)),
                CodeArgument("stride", rows_first(self.stride), 1),
                CodeArgument("padding", sliding.rows_first_padding(self._window_pair()), 0),
                CodeArgument("dilation", rows_first(self.dilation), 1),
                CodeArgument("bias", self.bias, True),
            ),
            helper=HELPER,
        )

    def _window_pair(self) -> sliding.Windows:
        return sliding.make_windows(self.kernel_size, self.stride, self.padding, self.dilation)


LAYER = Local
