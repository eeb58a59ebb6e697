"""A stride of 3 or more."""

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
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation

RARE = 3


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    first = first_convolutions(walked)
    for index, node in enumerate(walked.nodes):
        if not is_convolution(node):
            continue
        stride = option_value(node, "stride")
        if max(stride) < RARE:
            continue
        where = "in the first convolution" if index in first else "beyond the first convolution"
        smaller = changed_text(node, stride=(2,) * len(stride), rounding="floor")
        yield Spot(node, f"S={window_text(stride)} {where}", f"write `{smaller}`")


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "2.1, and 3.2 on the first convolution of AlexNet",
    "A stride of 3 or more is rare; where memory is short, the first convolution may have one",
    _find_spots,
    IMAGES,
)
