"""A filter of more than 5x5 beyond the first convolution."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    IMAGES,
    LintRule,
    Spot,
    changed_text,
    first_convolutions,
    first_line,
    is_convolution,
    option_value,
    window_text,
)
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation

LARGEST = 5


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    first = first_convolutions(walked)
    for index, node in enumerate(walked.nodes):
        if not is_convolution(node) or index in first:
            continue
        size = option_value(node, "kernel_size")
        if min(size) > LARGEST:
            smaller = changed_text(node, kernel_size=(3, 3), padding=(1, 1), dilation=(1, 1))
            yield Spot(
                node, f"F={window_text(size)} beyond the first convolution", f"write `{smaller}`"
            )


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "Filters are 3x3, at most 5x5; a larger one is for the first look at the image",
    _find_spots,
    IMAGES,
)
