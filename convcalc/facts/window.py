"""The arithmetic of a sliding window along one axis, exact.

Source: CS231n's notes, "Convolutional layer": (W - F + 2P)/S + 1. Dilation d widens
the window to d(F - 1) + 1. `ceil` follows PyTorch's ceil_mode: a last window that
would start in the padding behind the input is left out. Padding that differs from end
to end is a part of the input there, as F.pad has made it so.
"""

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from fractions import Fraction

EXACT, FLOOR, CEIL = "exact", "floor", "ceil"
ROUNDINGS = (EXACT, FLOOR, CEIL)


class Ends(NamedTuple):
    """Padding along an axis that differs from end to end; written `0:1`."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{self.start}:{self.end}"


Padding = tuple[int | Ends, ...]  # along each axis, width first


class Window(NamedTuple):
    """A window along one axis: sizes and positions in elements of the layer's input."""

    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    padding_end: int | None = None  # None: as much as in front

    @property
    def extent(self) -> int:
        """Input elements from the first that the window touches to the last."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def ends(self) -> Ends:
        """Zeros in front of the input and behind it."""
        end = self.padding if self.padding_end is None else self.padding_end
        return Ends(self.padding, end)

    @property
    def total_padding(self) -> int:
        """Zeros in front of the input and behind it, together."""
        end = self.padding_end
        return self.padding + (self.padding if end is None else end)

    @property
    def rate(self) -> tuple[int, int]:
        """Inputs for each output: the stride, as a numerator and a denominator."""
        return self.stride, 1

    def inputs_of(self, position: int) -> range:
        """Positions of the inputs that the window reads at a position; those of padding too."""
        start = position * self.stride - self.padding
        return range(start, start + self.extent, self.dilation)

    def reads(self, size: int, positions: int) -> int:
        """How often elements of the input are read, over all positions; padding is not."""
        if not self.total_padding:
            return positions * self.kernel_size
        steps = [(positions, self.stride), (self.kernel_size, self.dilation)]
        (few, apart), (many, step) = sorted(steps)
        starts = [place * apart - self.padding for place in range(few)]
        return sum(_count_inside(start, step, many, size) for start in starts)

    def slack(self, size: int) -> int:
        """Elements that the window can move by; negative when it does not fit even once."""
        return size + self.total_padding - self.extent

    def exact_positions(self, size: int) -> "Fraction":
        """The notes' formula, (W - F + 2P)/S + 1, before any rounding."""
        from fractions import Fraction

        return Fraction(self.slack(size), self.stride) + 1

    def fits(self, size: int) -> bool:
        """Whether the window tiles an input of `size` elements exactly."""
        slack = self.slack(size)
        return slack >= 0 and slack % self.stride == 0

    def output(self, size: int, rounding: str = EXACT) -> int:
        """Positions of the window; a misfit counts as `floor`, no room at all as 0."""
        slack = self.slack(size)
        positions = slack // self.stride + 1
        if rounding == CEIL and slack % self.stride:
            start, end = self.ends
            filled = size + start + (end if end != start else 0)  # what differs is of the input
            positions += positions * self.stride < filled
        return positions if positions > 0 else 0

    def unread_elements(self, size: int, rounding: str = EXACT) -> int:
        """Elements at the end of the input that no window reads (padding comes last)."""
        positions = self.output(size, rounding)
        if not positions:
            return size
        end = (positions - 1) * self.stride + self.extent - self.padding
        return max(0, size - end)


def _count_inside(start: int, step: int, count: int, size: int) -> int:
    """How many of `count` places, `step` apart from `start` on, are within 0 and `size`."""
    first = -(-max(0, -start) // step)
    end = min(count, (size - 1 - start) // step + 1)
    return max(0, end - first)
