"""An early convolution without padding."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    changed_text,
    first_line,
    input_volume,
    is_convolution,
    option_value,
)
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked

EARLY = 2  # pixels between neighbours at most: the image has been halved once


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if not is_convolution(node) or max(option_value(node, "stride")) > 1:
            continue
        if is_early_and_bare(node):
            before, after = input_volume(walked, node), node.facts.output
            size = tuple(extent - 1 + extent % 2 for extent in option_value(node, "kernel_size"))
            padded = changed_text(node, kernel_size=size, padding="same")
            yield Spot(node, f"P=0 makes {after} of {before}", f"write `{padded}`")


def is_early_and_bare(node: Walked) -> bool:
    """Whether a window of several positions slides over a large volume without padding."""
    windows = node.facts.windows or ()
    bare = not any(window.total_padding for window in windows)
    return bare and max(node.jumps) <= EARLY and max(window.extent for window in windows) > 1


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "Without padding the volume shrinks at every convolution and its border is soon lost",
    _find_spots,
)
