"""What layers that slide a window over their input have in common."""

from typing import Any

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.window import Window
from convcalc.layers._options import SAME, Pair

Windows = tuple[Window, Window]


def window_pair(kernel_size: Pair, stride: Pair, padding: Pair | str, dilation: Pair) -> Windows:
    """The windows along width and height."""
    return (
        _one_window(
            kernel_size[0], stride[0], padding if padding == SAME else padding[0], dilation[0]
        ),
        _one_window(
            kernel_size[1], stride[1], padding if padding == SAME else padding[1], dilation[1]
        ),
    )


def _one_window(kernel_size: int, stride: int, padding: int | str, dilation: int) -> Window:
    if not isinstance(padding, int):
        padding = dilation * (kernel_size - 1) // 2
    return Window(kernel_size, stride, padding, dilation)


def output_shape(both: Windows, volume: Shape, channels: int, rounding: str) -> Shape:
    """The output volume: a position of the window for each neuron of a slice."""
    return Shape(
        both[0].output(volume.width, rounding), both[1].output(volume.height, rounding), channels
    )


def workspace_base(kernel_size: Pair, groups: int, volume: Shape, output: Shape) -> int:
    """Elements for one image that cuDNN's workspace is taken to be proportional to.

    The larger of input and output of a dense convolution of more than 1x1; others get by
    without. A margin fitted to measured peaks, not derived: see docs/memory.md.
    """
    return max(volume.elements, output.elements) if kernel_size != (1, 1) and groups == 1 else 0


NARROW = 64  # input channels, from which cuDNN takes a 1x1 convolution as a plain product


def cudnn_kind(kernel_size: Pair, stride: Pair, groups: int, channels: int) -> int:
    """How cuDNN works on a convolution of so many input channels."""
    strided = max(stride) > 1
    if groups > 1 and groups == channels:
        return ops.DEPTHWISE_STRIDED if strided else ops.DEPTHWISE
    if kernel_size != (1, 1):
        return ops.DENSE
    if strided:
        return ops.STRIDED
    return ops.POINTWISE if channels // groups >= NARROW else ops.NARROW


def refuse_even_same(padding: Pair | str, kernel_size: Pair, dilation: Pair) -> None:
    """Raise ValueError where `same` padding is not possible for a kernel."""
    if padding != SAME:
        return
    for size, rate in zip(kernel_size, dilation, strict=True):
        if rate * (size - 1) % 2:
            raise ValueError(
                f"F={size} is even, so no padding P = (F - 1)/2 keeps the size; "
                f"write P, or F={size - 1} or F={size + 1}"
            )


def rows_first_padding(windows: Windows) -> Any:
    """The padding of both windows, height before width, or one number for both."""
    across, down = (window.padding for window in windows)
    return across if across == down else (down, across)
