"""ONNX's convolutions and pools in torch's words, with every form of padding.

Torch's convolutions pad both ends of an axis alike. What is padded otherwise keeps a list of
starts, then ends, which the layers take; of a transposed convolution it is output padding, or
cut off.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.facts.torch_calls import Tensor, TracedCall
from convcalc.facts.window import FLOOR, Window
from convcalc.models.importers.onnx_graph import positions_rounded_up
from convcalc.models.importers.onnx_node import Found, OnnxNode

SAME = ("SAME_UPPER", "SAME_LOWER")


class Windows(NamedTuple):
    """A node's windows along each axis, the last axis last, as in ONNX."""

    windows: tuple[Window, ...]
    sides: tuple[int, ...]  # of the input

    @property
    def padding(self) -> list[int]:
        """One number an axis, or all starts and then all ends."""
        ends = [window.ends for window in self.windows]
        starts, behind = [each.start for each in ends], [each.end for each in ends]
        return starts if starts == behind else starts + behind

    @property
    def arguments(self) -> dict[str, Any]:
        """Strides, dilations and padding."""
        return {
            "stride": [window.stride for window in self.windows],
            "padding": self.padding,
            "dilation": [window.dilation for window in self.windows],
        }

    def rounded_up(self) -> "Windows":
        """The same windows with as much padding behind as a window over the edge would read."""
        wanted = map(positions_rounded_up, self.windows, self.sides)
        return self._replace(windows=tuple(map(_padded_for, self.windows, self.sides, wanted)))


def read_windows(node: OnnxNode, size: tuple[int, ...]) -> Windows | None:
    """The windows of a convolution or a pool; None where a side is padded by less than none."""
    volume = node.input_tensor(0)
    sides = volume.shape[2:] if volume else ()
    rank = len(sides)
    if not 1 <= rank <= 3 or len(size) != rank:
        return None
    strides = node.attribute_value("strides", [1] * rank)
    rates = node.attribute_value("dilations", [1] * rank)
    pads = node.attribute_value("pads", [0] * 2 * rank)
    automatic = node.attribute_value("auto_pad", "NOTSET")
    windows = []
    for axis, (kernel, stride, rate) in enumerate(zip(size, strides, rates, strict=True)):
        window = Window(kernel, stride, 0, rate)
        if automatic in SAME:
            window = _same_padding(window, sides[axis], automatic == SAME[1])
        elif automatic != "VALID":
            window = _with_ends(window, pads[axis], pads[axis + rank])
        windows.append(window)
    if any(min(window.ends) < 0 for window in windows):
        return None
    return Windows(tuple(windows), sides)


def _same_padding(window: Window, side: int, more_in_front: bool) -> Window:
    """As many positions as strides in the input, one element more at the end or in front."""
    positions = -(-side // window.stride)
    total = max(0, (positions - 1) * window.stride + window.extent - side)
    less = total // 2
    ends = (total - less, less) if more_in_front else (less, total - less)
    return _with_ends(window, *ends)


def _with_ends(window: Window, start: int, end: int) -> Window:
    return window._replace(padding=start, padding_end=None if start == end else end)


def _padded_for(window: Window, side: int, positions: int) -> Window:
    missing = max(0, (positions - 1) * window.stride - window.slack(side))
    return _with_ends(window, window.ends.start, window.ends.end + missing)


def _convolution(node: OnnxNode) -> Found:
    weight = node.weight_tensor(1)
    windows = read_windows(node, weight.shape[2:]) if weight else None
    if windows is None:
        return None
    groups = node.attribute_value("group", 1)
    arguments = {"input": node.input_tensor(0), "weight": weight, "bias": node.bias_tensor(2)}
    return "conv2d", {**arguments, **windows.arguments, "groups": groups}


def _pool_rule(operator: str) -> Callable[[OnnxNode], Found | list[TracedCall]]:
    def rule(node: OnnxNode) -> Found | list[TracedCall]:
        size = node.attribute_value("kernel_shape")
        windows = read_windows(node, tuple(size))
        if windows is None:
            return None
        ceil = rounds_up(node, windows)
        if ceil and len(windows.padding) > len(size):  # F.pad and a pool would round otherwise
            windows, ceil = windows.rounded_up(), False
        volume = node.input_tensor(0)
        before: list[TracedCall] = []
        if volume and any(max(w.ends) > w.kernel_size // 2 for w in windows.windows):
            before, windows = _padded_before(volume, windows)  # further than torch's pools do
            volume = before[0].output
        arguments = {**windows.arguments, "kernel_size": size, "ceil_mode": ceil}
        if node.proto.op_type == "LpPool":
            arguments["norm_type"] = node.attribute_value("p", 2)
        if not before:
            return operator, {"input": volume, **arguments}
        return [*before, TracedCall(operator, {"input": volume, **arguments}, node.output_tensor)]

    return rule


def _padded_before(volume: Tensor, windows: Windows) -> tuple[list[TracedCall], Windows]:
    """Padding as an operator of its own, and windows without any."""
    ends = [side for window in reversed(windows.windows) for side in window.ends]
    sides = [side + window.total_padding
             for side, window in zip(windows.sides, windows.windows, strict=True)]  # fmt: skip
    larger = Tensor(f"{volume.name} with padding", (*volume.shape[:2], *sides))
    bare = tuple(window._replace(padding=0, padding_end=None) for window in windows.windows)
    call = TracedCall("pad", {"input": volume, "pad": ends, "mode": "constant"}, larger)
    return [call], windows._replace(windows=bare, sides=tuple(sides))


def rounds_up(node: OnnxNode, windows: Windows) -> bool:
    """Whether a pool has a window over the edge along an axis; one of padding alone is none."""
    if not node.attribute_value("ceil_mode", 0):
        return False
    sides = zip(windows.windows, windows.sides, strict=True)
    return any(positions_rounded_up(w, side) != w.output(side, FLOOR) for w, side in sides)


def _transposed(node: OnnxNode) -> list[TracedCall] | Found:
    """Padding that differs is output padding, or what is cut off behind."""
    volume, weight, output = node.input_tensor(0), node.weight_tensor(1), node.output_tensor
    if volume is None or weight is None:
        return None
    sides, rank = volume.shape[2:], len(volume.shape) - 2
    if not 1 <= rank <= 3:
        return None
    strides = node.attribute_value("strides", [1] * rank)
    rates = node.attribute_value("dilations", [1] * rank)
    extra = node.attribute_value("output_padding", [0] * rank)
    extents = [rate * (size - 1) + 1 for size, rate in zip(weight.shape[2:], rates, strict=True)]
    whole = [
        (side - 1) * stride + extent
        for side, stride, extent in zip(sides, strides, extents, strict=True)
    ]
    starts = _transposed_starts(node, whole, extra, strides, output.shape[2:])
    padding, more, offset = [], [], []
    for axis, start in enumerate(starts):
        wanted = output.shape[2 + axis]
        behind = wanted - (whole[axis] - 2 * start)  # output padding, if it is any
        if start >= 0 and 0 <= behind < max(strides[axis], rates[axis]):
            padding.append(start)
            more.append(behind)
            offset.append(0)
        else:  # the whole output, of which a part is taken
            padding.append(0)
            more.append(max(0, wanted + start - whole[axis]))
            offset.append(start)
    groups = node.attribute_value("group", 1)
    arguments = {"input": volume, "weight": weight, "bias": node.bias_tensor(2), "groups": groups,
                 "stride": strides, "padding": padding, "output_padding": more,
                 "dilation": rates}  # fmt: skip
    made = [full - 2 * pad + add for full, pad, add in zip(whole, padding, more, strict=True)]
    if made == list(output.shape[2:]):
        return "conv_transpose2d", arguments
    if min(offset) < 0:
        return None
    name = f"{output.name} before it is cut"
    larger = Tensor(name, (*output.shape[:2], *made))
    return [
        TracedCall("conv_transpose2d", arguments, larger),
        TracedCall("crop", {"input": larger, "offset": offset}, output),
    ]


def _transposed_starts(
    node: OnnxNode, whole: list[int], extra: list[int], strides: list[int], output: tuple[int, ...]
) -> list[int]:
    """How much is cut off in front of each axis, by `pads`, `auto_pad` or `output_shape`."""
    rank, automatic = len(whole), node.attribute_value("auto_pad", "NOTSET")
    given = node.attribute_value("output_shape")
    if automatic == "VALID" and given is None:
        return [0] * rank
    if automatic == "NOTSET" and given is None:
        return list(node.attribute_value("pads", [0] * 2 * rank)[:rank])
    totals = [full + more - side for full, more, side in zip(whole, extra, output, strict=True)]
    # Where the output is told, onnx cuts one more in front, unless it is SAME_UPPER.
    return [max(0, total // 2 if automatic == SAME[0] else total - total // 2) for total in totals]


WINDOWED: dict[str, Callable[[OnnxNode], Any]] = {
    "Conv": _convolution,
    "ConvTranspose": _transposed,
    "MaxPool": _pool_rule("max_pool2d"),
    "AveragePool": _pool_rule("avg_pool2d"),
    "LpPool": _pool_rule("LPPool2d"),
}
