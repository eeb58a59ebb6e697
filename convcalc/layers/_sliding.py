"""What layers that slide a window over their input have in common."""

from typing import Any

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import rows_first
from convcalc.facts.window import Window
from convcalc.layers._options import SAME, Sizes

Windows = tuple[Window, ...]


def make_windows(
    kernel_size: Sizes, stride: Sizes, padding: Sizes | str, dilation: Sizes
) -> Windows:
    """The windows along each axis."""
    if not isinstance(padding, tuple):
        padding = tuple(
            rate * (size - 1) // 2 for size, rate in zip(kernel_size, dilation, strict=True)
        )
    return tuple(map(Window, kernel_size, stride, padding, dilation))


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


NARROW = 64  # input channels, from which cuDNN takes a 1x1 convolution as a plain product


def cudnn_kind(
    kernel_size: Sizes, stride: Sizes, groups: int, channels: int
) -> ops.ConvolutionKind:
    """How cuDNN works on a convolution of so many input channels."""
    strided = max(stride) > 1
    if groups > 1 and groups == channels:
        return ops.DEPTHWISE_STRIDED if strided else ops.DEPTHWISE
    if max(kernel_size) > 1:
        return ops.DENSE
    if strided:
        return ops.STRIDED
    return ops.POINTWISE if channels // groups >= NARROW else ops.NARROW


def refuse_even_same(padding: Sizes | str, kernel_size: Sizes, dilation: Sizes) -> None:
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
    """The padding of the windows, the last axis first, or one number for all."""
    return rows_first(tuple(window.padding for window in windows))
