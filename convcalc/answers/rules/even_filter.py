"""An even filter, whose padding cannot keep the size."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_line,
    is_convolution,
    option,
    side,
    volume,
)
from convcalc.models.writing.shorthand import written
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation


def _check(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if not is_convolution(node) or option(node, "stride") != (1, 1):
            continue
        windows = node.facts.windows or ()
        before, after = volume(walked, node), node.facts.output
        padded = any(window.total_padding for window in windows)
        if padded and any(window.extent % 2 == 0 for window in windows):
            size = option(node, "kernel_size")
            message = f"F={side(size)} with padding makes {after} of {before}"
            odd = written(node.node.layer, kernel_size=_odd(size), padding="same")
            yield Spot(node, message, f"write `{odd}`")


def _odd(size: tuple[int, int]) -> tuple[int, int]:
    """The next odd size below."""
    return size[0] - 1 + size[0] % 2, size[1] - 1 + size[1] % 2


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "P = (F - 1)/2 keeps the size, and is a whole number for an odd F only",
    _check,
)
