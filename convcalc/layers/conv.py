"""Convolution: dense, grouped, depthwise, dilated, strided, 1x1."""

from collections.abc import Iterator
from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.kinds import WordOr
from convcalc.facts.layer_facts import BIAS, Buffer, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import BUFFER, TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import AXES, Assumption, Context, Layer, Options
from convcalc.layers._groups import undivided_problem

MOST_ASSUMED_FILTERS = 512
DEPTHWISE = "depthwise"
VALID = "valid"  # padding, as torch and Keras call none
HELPER = '''\
class {kind}(nn.{kind_of_torch}):
    """A convolution whose filters are a buffer."""

    def __init__(self, *args: int, **kwargs: int) -> None:
        super().__init__(*args, **kwargs)
        weight = self.weight.detach()
        del self.weight
        self.register_buffer("weight", weight)
'''
GROUPS = WordOr(DEPTHWISE, opt.count)


class Conv(Layer):
    """K filters of FxF over the whole depth (or a group of it), shared by all positions.

    Padding may differ from end to end: `pad: {left: 0, right: 1, top: 0, bottom: 1}`; in
    PyTorch that is F.pad and then the convolution. Fixed filters (`learned: false`), such as
    those that blur, are a buffer.
    Source: CS231n's notes, 2.1: output (W - F + 2P)/S + 1, weights F*F*D*K, one bias a filter.
    """

    keyword: ClassVar[str] = "CONV"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "conv1d": {AXES: 1},
        "conv2d": {AXES: 2},
        "conv3d": {AXES: 3},
        "convolution": {},
        "depthwise_conv": {"groups": DEPTHWISE},
        "dwconv": {"groups": DEPTHWISE},
    }
    slides: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("conv1d", "conv2d", "conv3d")

    out_channels: int = opt.option("K filters out channels features", opt.count)
    kernel_size: opt.Sizes = opt.option("F size kernel", opt.size)
    stride: opt.Sizes = opt.option("S stride strides", opt.size, (1, 1))
    padding: opt.Paddings = opt.option("P pad", opt.padding_by_end, (0, 0))
    dilation: opt.Sizes = opt.option("dilation_rate d", opt.size, (1, 1), shown="changed")
    groups: int | str = opt.option("", GROUPS, 1, shown="changed")
    bias: bool = opt.option("use_bias", opt.read_flag, True, shown="changed")
    rounding: str | None = opt.option("", opt.rounding, None, shown="changed")
    learned: bool | None = opt.option("", opt.read_flag, None, shown="changed")  # None: yes

    def check_options(self) -> None:
        """`same` padding wants an odd extent."""
        sliding.refuse_even_same(self.padding, self.kernel_size, self.dilation)

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """F=3 S=1 P=d(F - 1)/2, 64 filters doubled after each POOL up to 512 (notes, 3.2)."""
        if "kernel_size" not in given:
            yield "kernel_size", (3,) * context.axes, "CONV: F=3 where no filter size is written"
        if "stride" not in given:
            yield "stride", (1,) * context.axes, "CONV: S=1 where no stride is written"
        if "padding" not in given:
            yield "padding", opt.SAME, "CONV: P=d(F-1)/2 where no padding is written"
        if "out_channels" not in given:
            first = context.default("filters")
            most = max(MOST_ASSUMED_FILTERS, first)
            filters = min(first << min(context.stage, 32), most)
            sentence = f"CONV: {first} filters, doubled after each POOL up to {most}"
            yield "out_channels", filters, sentence

    def windows(self) -> sliding.Windows:
        """The filter along each axis."""
        return sliding.make_windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """(F*F*D)*K; D is a group's share of the depth."""
        parts = volume.channels if self.groups == DEPTHWISE else int(self.groups)
        window = "*".join(map(str, self.kernel_size))
        return f"({window}*{volume.channels // parts})*{self.out_channels}"

    def backward_in_words(self, learns: bool) -> tuple[str, ...]:
        """Convolutions too, that of the input with flipped filters (notes, 2.1)."""
        padded = _padding_backward(self.windows())
        extent = "d(F - 1)" if max(self.dilation) > 1 else "F - 1"
        apart = ""
        if max(self.stride) > 1:
            apart = f", its values S={_each_or_all(self.stride)} apart"
        found = (
            f"the gradient of the input: that of the output{apart}, padded by "
            f"{extent} - P = {padded}, convolved with the flipped filters",
        )
        weights = f"the gradient of the weights: the input convolved with that of the output{apart}"
        return (*found, weights) if learns else found

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Weights are (K, D/groups, F, F)."""
        weight = call.arguments["weight"]
        groups = call.arguments.get("groups", 1)
        return {
            "out_channels": weight.shape[0],
            "kernel_size": weight.shape[:1:-1],
            "stride": call.sizes_argument("stride", 1),
            "padding": _padding_of(call),
            "dilation": call.sizes_argument("dilation", 1),
            "groups": groups,
            "bias": call.has_argument("bias"),
            "learned": False if weight.kind == BUFFER else None,
        }

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (K, D/groups, F, F); a multiply-add for each weight at each position."""
        (volume,) = inputs
        rounding = self.rounding or rounding
        windows = self.windows()
        output = sliding.output_shape(windows, volume, self.out_channels, rounding)
        parts = volume.channels if self.groups == DEPTHWISE else int(self.groups)
        depth = volume.channels // parts if parts else 0
        weight = Parameter("weight", (self.out_channels, depth, *self.kernel_size[::-1]))
        reorders = max(self.kernel_size) > 1 and depth > 1
        bias = (Parameter("bias", (self.out_channels,), BIAS),) if self.bias else ()
        kind = sliding.cudnn_kind(self.kernel_size, self.stride, max(parts, 1), volume.channels)
        fixed = self.learned is False
        weight_place = len(bias) if fixed else 0  # buffers stand behind parameters
        own = (weight_place, 1 - weight_place) if bias else (0,)
        operators = ops.conv_like(output.elements, own, reorders, kind)
        return LayerFacts(
            output,
            output.elements,
            parameters=bias if fixed else (weight, *bias),
            buffers=(Buffer(weight.name, weight.elements),) if fixed else (),
            macs=weight.elements * output.positions,
            windows=windows,
            rounding=rounding,
            problems=undivided_problem(volume.channels, self.out_channels, parts),
            operators=sliding.padded_first(windows).operators(volume, operators),
            workspace_base=sliding.workspace_base(self.kernel_size, parts, volume, output),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Conv1d, nn.Conv2d or nn.Conv3d."""
        groups = inputs[0].channels if self.groups == DEPTHWISE else self.groups
        first = sliding.padded_first(self.windows())
        plain = f"Conv{len(self.kernel_size)}d"
        code = module_code(
            plain,
            CodeArgument("in_channels", inputs[0].channels),
            CodeArgument("out_channels", self.out_channels),
            CodeArgument("kernel_size", rows_first(self.kernel_size)),
            CodeArgument("stride", rows_first(self.stride), 1),
            CodeArgument("padding", sliding.rows_first_padding(first.windows), 0),
            CodeArgument("dilation", rows_first(self.dilation), 1),
            CodeArgument("groups", groups, 1),
            CodeArgument("bias", self.bias, True),
            call=first.call(),
        )
        if self.learned is not False:
            return code
        fixed = f"Fixed{plain}"
        return code._replace(module=fixed, helper=HELPER.format(kind=fixed, kind_of_torch=plain))


def _padding_of(call: TracedCall) -> opt.Paddings:
    """In words too; of an even filter, "same" pads the end by one more."""
    padding = call.arguments.get("padding", 0)
    if padding == VALID:
        return call.sizes_argument("")
    if padding != opt.SAME:
        return sliding.padding_argument(call)
    kernel_size, rates = call.arguments["weight"].shape[:1:-1], call.sizes_argument("dilation", 1)
    total = [rate * (size - 1) for size, rate in zip(kernel_size, rates, strict=True)]
    if any(each % 2 for each in total):
        return tuple([sliding.along_axis(each // 2, each - each // 2) for each in total])
    return opt.SAME


def _each_or_all(along_axes: tuple[object, ...]) -> str:
    """One number where all axes have it, else each: `1` or `1x2`."""
    return "x".join(map(str, along_axes if len(set(along_axes)) > 1 else along_axes[:1]))


def _padding_backward(windows: sliding.Windows) -> str:
    """What the output's gradient is padded by, d(F - 1) - P; `1+2` in front and behind."""
    sides = [
        (
            window.extent - 1 - window.padding,
            window.extent - 1 - (window.total_padding - window.padding),
        )
        for window in windows
    ]
    return _each_or_all(tuple(str(a) if a == b else f"{a}+{b}" for a, b in sides))


LAYER = Conv
