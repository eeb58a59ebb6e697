"""Transposed convolution, also called deconvolution or fractionally strided."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter, Problem
from convcalc.facts.reading import TransposedWindow
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import AXES, Layer, Options
from convcalc.layers._groups import undivided_problem


class ConvTranspose(Layer):
    """Each input value spreads a filter over the output; stride S makes it S times larger.

    Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
    relationship 14, with PyTorch's dilation: (W-1)S - 2P + d(F-1) + output_padding + 1.
    """

    keyword: ClassVar[str] = "CONVTRANSPOSE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "conv_transpose1d": {AXES: 1},
        "conv_transpose2d": {AXES: 2},
        "conv_transpose3d": {AXES: 3},
        "conv1d_transpose": {AXES: 1},
        "conv2d_transpose": {AXES: 2},
        "conv3d_transpose": {AXES: 3},
        "deconv": {},
        "deconvolution": {},
    }
    slides: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = (
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
    )

    out_channels: int = opt.option("K filters out channels features", opt.count)
    kernel_size: opt.Sizes = opt.option("F size kernel", opt.size)
    stride: opt.Sizes = opt.option("S stride strides", opt.size, (1, 1))
    padding: opt.Sizes = opt.option("P pad", opt.shift, (0, 0))
    output_padding: opt.Sizes = opt.option("", opt.shift, (0, 0), shown="changed")
    dilation: opt.Sizes = opt.option("dilation_rate d", opt.size, (1, 1), shown="changed")
    groups: int = opt.option("", opt.count, 1, shown="changed")
    bias: bool = opt.option("use_bias", opt.read_flag, True, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Weights are (D, K/groups, F, F)."""
        weight, groups = call.arguments["weight"], call.arguments.get("groups", 1)
        return {
            "out_channels": weight.shape[1] * groups,
            "kernel_size": weight.shape[:1:-1],
            "stride": call.sizes_argument("stride", 1),
            "padding": call.sizes_argument("padding"),
            "output_padding": call.sizes_argument("output_padding"),
            "dilation": call.sizes_argument("dilation", 1),
            "groups": groups,
            "bias": call.has_argument("bias"),
        }

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (D, K/groups, F, F); a multiply-add for each weight at each input position."""
        (volume,) = inputs
        axes = range(len(volume.sides))
        output = Shape(*[self._output_side(volume, axis) for axis in axes], self.out_channels)
        shape = (volume.channels, self.out_channels // self.groups, *self.kernel_size[::-1])
        weight = Parameter("weight", shape)
        bias = (Parameter("bias", (self.out_channels,), BIAS),) if self.bias else ()
        return LayerFacts(
            output,
            output.elements,
            parameters=(weight, *bias),
            macs=weight.elements * volume.positions,
            windows=tuple([self._input_window(axis) for axis in axes]),
            scale=self.stride,
            readings=tuple(map(self._reading, axes)),
            fitted=False,
            problems=self._size_problems(volume, output),
            operators=ops.conv_like(
                output.elements,
                tuple(range(1 + self.bias)),
                kind=sliding.cudnn_kind(
                    self.kernel_size, self.stride, self.groups, volume.channels
                ),
            ),
            workspace_base=sliding.workspace_base(self.kernel_size, self.groups, volume, output),
        )

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """F*F for every pair of an input channel and a filter of its group."""
        window = "*".join(map(str, self.kernel_size))
        return f"{window}*{volume.channels}*{self.out_channels // self.groups}"

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """(W - 1)S - 2P + d(F - 1) + 1 and the output padding, along each axis."""
        (volume,) = inputs
        return tuple(
            f"{axis} {self._side_filled_in(volume, k)}" for k, axis in enumerate(volume.axes)
        )

    def _side_filled_in(self, volume: Shape, axis: int) -> str:
        extra = f" + {self.output_padding[axis]}" if self.output_padding[axis] else ""
        spread = f"({volume[axis]} - 1)*{self.stride[axis]} - 2*{self.padding[axis]}"
        return f"{spread} + {self._filter_extent(axis)}{extra} = {self._output_side(volume, axis)}"

    def _filter_extent(self, axis: int) -> int:
        return self.dilation[axis] * (self.kernel_size[axis] - 1) + 1

    def _output_side(self, volume: Shape, axis: int) -> int:
        grown = (volume[axis] - 1) * self.stride[axis] + self._filter_extent(axis)
        return max(0, grown - 2 * self.padding[axis] + self.output_padding[axis])

    def _reading(self, axis: int) -> TransposedWindow:
        size, stride = self.kernel_size[axis], self.stride[axis]
        return TransposedWindow(size, stride, self.padding[axis], self.dilation[axis])

    def _input_window(self, axis: int) -> Window:
        """The inputs that one output sees at most; `scale` outputs share one step of it."""
        reach, stride = self._filter_extent(axis) - 1, self.stride[axis]
        return Window(reach // stride + 1, padding=(reach - self.padding[axis]) // stride)

    def _size_problems(self, volume: Shape, output: Shape) -> tuple[Problem, ...]:
        found = list(undivided_problem(volume.channels, self.out_channels, self.groups))
        if not output.positions:
            message = f"P={as_written(self.padding)} cuts away the whole output of {volume}"
            found.append(Problem("empty", message, "", "padding"))
        limits = zip(self.output_padding, self.stride, self.dilation, strict=True)
        if any(extra >= max(stride, rate) for extra, stride, rate in limits):
            message = "output_padding must be smaller than the stride or the dilation"
            found.append(Problem("padding", message, "", "output_padding"))
        return tuple(found)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ConvTranspose2d, or that of one or three axes."""
        return module_code(
            f"ConvTranspose{len(self.kernel_size)}d",
            CodeArgument("in_channels", inputs[0].channels),
            CodeArgument("out_channels", self.out_channels),
            CodeArgument("kernel_size", rows_first(self.kernel_size)),
            CodeArgument("stride", rows_first(self.stride), 1),
            CodeArgument("padding", rows_first(self.padding), 0),
            CodeArgument("output_padding", rows_first(self.output_padding), 0),
            CodeArgument("groups", self.groups, 1),
            CodeArgument("bias", self.bias, True),
            CodeArgument("dilation", rows_first(self.dilation), 1),
        )


LAYER = ConvTranspose
