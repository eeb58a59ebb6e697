"""Which inputs an output comes from, along one axis, where no plain window says it.

Positions go on to both sides without end, as a receptive field does that is larger than its
image. An output's inputs are a range; `rate` inputs for each output is the distance of ranges.
"""

from math import gcd
from typing import NamedTuple, Protocol

Rate = tuple[int, int]  # numerator and denominator, in lowest terms


class Reading(Protocol):
    """What a layer reads for each of its outputs along an axis."""

    @property
    def rate(self) -> Rate:
        """Inputs for each output."""

    def inputs_of(self, position: int) -> range:
        """Positions of the inputs that one output comes from; empty where there are none."""


class Interpolation(NamedTuple):
    """Values between values: `given` inputs become `wanted` outputs.

    Source: torch's upsample kernels with align_corners=False: output p lies at
    (p + 1/2) given/wanted - 1/2 of the input. Of an output that lies on an input, the others
    have weights of 0. The nearest is the input that p given/wanted is rounded down to.
    """

    given: int
    wanted: int
    neighbours: int = 1  # inputs of an output that lies between: 1 nearest, 2 linear, 4 cubic

    @property
    def rate(self) -> Rate:
        """given/wanted."""
        return _lowest_terms(self.given, self.wanted)

    def inputs_of(self, position: int) -> range:
        """The nearest, or as many on each side."""
        if self.neighbours == 1:
            nearest = position * self.given // self.wanted
            return range(nearest, nearest + 1)
        below, rest = divmod((2 * position + 1) * self.given - self.wanted, 2 * self.wanted)
        aside = self.neighbours // 2
        return range(below - aside + 1, below + aside + 1) if rest else range(below, below + 1)


class TransposedWindow(NamedTuple):
    """Each input is spread over `kernel_size` outputs, `dilation` apart, `stride` further on."""

    kernel_size: int
    stride: int
    padding: int
    dilation: int = 1

    @property
    def rate(self) -> Rate:
        """1/stride."""
        return 1, self.stride

    def inputs_of(self, position: int) -> range:
        """Inputs whose spread filter reaches the output: (p + P - kd)/S where that is whole."""
        at, step = position + self.padding, self.stride // gcd(self.stride, self.dilation)
        taps = range(min(self.kernel_size, step))
        first = next((k for k in taps if (at - k * self.dilation) % self.stride == 0), None)
        if first is None:
            return range(0)
        count = (self.kernel_size - 1 - first) // step + 1
        apart = step * self.dilation // self.stride
        last = (at - first * self.dilation) // self.stride
        return range(last - (count - 1) * apart, last + 1, apart)


class AdaptiveWindow(NamedTuple):
    """Windows that share an input out among `wanted` outputs, as evenly as they can."""

    given: int
    wanted: int

    @property
    def rate(self) -> Rate:
        """given/wanted."""
        return _lowest_terms(self.given, self.wanted)

    def inputs_of(self, position: int) -> range:
        """From floor(pW/w) to ceil((p + 1)W/w)."""
        start = position * self.given // self.wanted
        return range(start, -(-(position + 1) * self.given // self.wanted))


def _lowest_terms(numerator: int, denominator: int) -> Rate:
    common = gcd(numerator, denominator) or 1
    return numerator // common, denominator // common
