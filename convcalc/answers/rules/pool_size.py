"""A pool over a window of more than 3x3."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    IMAGES,
    LintRule,
    Spot,
    changed_text,
    first_line,
    is_pool,
    option_value,
    window_text,
)
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation

LARGEST = 3


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if is_pool(node) and max(option_value(node, "kernel_size")) > LARGEST:
            usual = changed_text(
                node, kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1)
            )
            size = window_text(option_value(node, "kernel_size"))
            yield Spot(node, f"a pool over windows of {size}", f"write `{usual}`")


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "Pooling over more than 3x3 is rare: it loses too much at once",
    _find_spots,
    IMAGES,
)
