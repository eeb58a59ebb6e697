"""A pool with padding."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    changed_text,
    first_line,
    is_pool,
    option_value,
    window_text,
)
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        steps = is_pool(node) and max(option_value(node, "stride")) > 1
        if steps and any(option_value(node, "padding")):
            bare = changed_text(
                node, kernel_size=(2, 2), stride=(2, 2), padding=(0, 0), dilation=(1, 1)
            )
            padding = window_text(option_value(node, "padding"))
            yield Spot(node, f"a pool with P={padding}", f"write `{bare}`")


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "2.2",
    "Pools are seldom padded: they are there to make the volume smaller",
    _find_spots,
)
