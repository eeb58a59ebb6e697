"""An even filter, whose padding cannot keep the size."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    changed_text,
    first_line,
    input_volume,
    is_convolution,
    option_value,
    window_text,
)
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if not is_convolution(node) or max(option_value(node, "stride")) > 1:
            continue
        before, after = input_volume(walked, node), node.facts.output
        if is_even_and_padded(node):
            size = option_value(node, "kernel_size")
            message = f"F={window_text(size)} with padding makes {after} of {before}"
            odd = changed_text(node, kernel_size=_odd_size(size), padding="same")
            yield Spot(node, message, f"write `{odd}`")


def is_even_and_padded(node: Walked) -> bool:
    """Whether a window is even along an axis, and zeros stand around the input."""
    windows = node.facts.windows or ()
    padded = any(window.total_padding for window in windows)
    return padded and any(window.extent % 2 == 0 for window in windows)


def _odd_size(size: tuple[int, ...]) -> tuple[int, ...]:
    """The next odd size below."""
    return tuple(side - 1 + side % 2 for side in size)


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "P = (F - 1)/2 keeps the size, and is a whole number for an odd F only",
    _find_spots,
)
