"""What layers that slide a window over their input have in common."""

from math import prod
from typing import Any, NamedTuple

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import CALL, rows_first
from convcalc.facts.window import Ends, Padding, Window
from convcalc.layers._options import SAME, Paddings, Sizes

Windows = tuple[Window, ...]


def make_windows(kernel_size: Sizes, stride: Sizes, padding: Paddings, dilation: Sizes) -> Windows:
    """The windows along each axis."""
    if isinstance(padding, str):
        padding = tuple(
            rate * (size - 1) // 2 for size, rate in zip(kernel_size, dilation, strict=True)
        )
    return tuple(map(_make_window, kernel_size, stride, padding, dilation))


def _make_window(size: int, stride: int, padding: int | Ends, dilation: int) -> Window:
    if isinstance(padding, Ends):
        return Window(size, stride, padding.start, dilation, padding.end)
    return Window(size, stride, padding, dilation)


class PaddedFirst(NamedTuple):
    """What PyTorch does for padding that differs from end to end, which none of its layers has.

    F.pad makes a larger volume, which is what the layer then takes and keeps: of the whole
    padding, or, where the padding is what torch's convolutions do for padding="same" of an
    even filter, of the one element that the end has more.
    """

    ends: tuple[Ends, ...]  # that F.pad adds; () for none
    windows: Windows  # with what is left

    def taken(self, volume: Shape) -> Shape:
        """What the layer takes: the volume, or what F.pad makes of it."""
        if not self.ends:
            return volume
        sides = zip(volume.sides, self.ends, strict=True)
        return volume.with_sides(*[side + sum(ends) for side, ends in sides])

    def operators(self, volume: Shape, layer: ops.Operators) -> ops.Operators:
        """Those of a layer of one input, behind F.pad where that is needed."""
        if not self.ends:
            return layer
        first = layer[0]._replace(inputs=(-1,))
        return (*ops.new_copy(self.taken(volume).elements, "pad"), first, *layer[1:])

    def call(self, value: str = "") -> str:
        """How the module is called, as a template; `value` is what F.pad fills with."""
        if not self.ends:
            return CALL
        ends = tuple(side for both in self.ends for side in both)
        more = f", value={value}" if value else ""
        return f"{{self}}(nn.functional.pad({{0}}, {ends}{more}))"


def padded_first(windows: Windows, pads: bool = True) -> PaddedFirst:
    """What F.pad does before a layer with these windows, and what the layer does.

    `pads`: whether PyTorch's layer has padding of its own, which is the same at both ends.
    """
    alike = all(window.padding_end in (None, window.padding) for window in windows)
    if alike and (pads or not any(window.total_padding for window in windows)):
        return PaddedFirst((), windows)
    ends = tuple([window.ends for window in windows])
    sides = zip(windows, ends, strict=True)
    if pads and all(w.stride == 1 and sum(e) == w.extent - 1 and e.end - e.start in (0, 1)
                    for w, e in sides):  # fmt: skip
        ends = tuple([Ends(0, end - start) for start, end in ends])
    left = [window._replace(padding=window.padding - added.start, padding_end=None)
            for window, added in zip(windows, ends, strict=True)]  # fmt: skip
    return PaddedFirst(ends, tuple(left))


def output_shape(windows: Windows, volume: Shape, channels: int, rounding: str) -> Shape:
    """The output volume: a position of the window for each neuron of a slice."""
    sides = zip(windows, volume.sides, strict=True)
    return Shape(*[window.output(side, rounding) for window, side in sides], channels)


def whole_input(volume: Shape) -> Windows:
    """Windows that are as large as the volume itself."""
    return tuple([Window(max(1, side)) for side in volume.sides])


def workspace_base(kernel_size: Sizes, groups: int, volume: Shape, output: Shape) -> int:
    """Elements for one image that cuDNN's workspace is taken to be proportional to.

    The larger of input and output of a dense convolution of more than 1x1; others get by
    without. A margin fitted to measured peaks, not derived: see docs/memory.md.
    """
    return max(volume.elements, output.elements) if max(kernel_size) > 1 and groups == 1 else 0


NARROW = 64  # weights of a filter, from which cuDNN takes a convolution for a large product


def cudnn_kind(
    kernel_size: Sizes, stride: Sizes, groups: int, channels: int
) -> ops.ConvolutionKind:
    """How cuDNN works on a convolution of so many input channels."""
    strided = max(stride) > 1
    if groups > 1 and groups == channels:
        return ops.DEPTHWISE_STRIDED if strided else ops.DEPTHWISE
    if max(kernel_size) > 1:
        few = groups == 1 and channels * prod(kernel_size) < NARROW
        return ops.IMAGE if few else ops.DENSE
    if strided:
        return ops.STRIDED
    return ops.POINTWISE if channels // groups >= NARROW else ops.NARROW


def refuse_even_same(padding: Paddings, kernel_size: Sizes, dilation: Sizes) -> None:
    """Raise ValueError where `same` padding is not possible for a kernel."""
    if padding != SAME:
        return
    for size, rate in zip(kernel_size, dilation, strict=True):
        if rate * (size - 1) % 2:
            raise ValueError(
                f"F={size} is even, so no padding P = (F - 1)/2 keeps the size; "
                f"write P, or F={size - 1} or F={size + 1}"
            )


def along_axis(start: int, end: int) -> int | Ends:
    """The padding along an axis."""
    return start if start == end else Ends(start, end)


def padding_argument(call: TracedCall) -> Padding:
    """The padding of a call, width first; twice as many numbers are starts, then ends."""
    given = call.arguments.get("padding")
    axes = max(len(call.output.shape) - 2, 1)
    if isinstance(given, (list, tuple)) and len(given) == 2 * axes and axes:
        return tuple(map(along_axis, given[axes - 1 :: -1], given[: axes - 1 : -1]))
    return call.sizes_argument("padding")


def rows_first_padding(windows: Windows) -> Any:
    """The padding of the windows, the last axis first, or one number for all."""
    return rows_first(tuple(window.padding for window in windows))
