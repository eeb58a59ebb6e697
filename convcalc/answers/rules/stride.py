"""A stride beyond the first convolution, where a pool could stand."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_convolutions,
    first_line,
    is_convolution,
    option_value,
    window_text,
)
from convcalc.models.writing.shorthand import pattern_text
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    first = first_convolutions(walked)
    for index, node in enumerate(walked.nodes):
        if not is_convolution(node) or index in first or max(option_value(node, "stride")) == 1:
            continue
        stride = option_value(node, "stride")
        message = f"S={window_text(stride)} beyond the first convolution"
        yield Spot(node, message, f"write `{_one_step(node)} -> {_pool_text(stride)}`")


def _one_step(node: Walked) -> str:
    """The same filters at every position, in a volume that keeps its size."""
    odd = tuple(size - 1 + size % 2 for size in option_value(node, "kernel_size"))
    layer = node.node.layer
    once = (1,) * len(odd)
    return pattern_text(layer, kernel_size=odd, stride=once, padding="same", rounding=None)


def _pool_text(stride: tuple[int, ...]) -> str:
    return (
        "POOL2" if set(stride) == {2} else f"POOL(F={window_text(stride)}, S={window_text(stride)})"
    )


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "3.2, and 2.2 on doing without pools",
    "A stride of 1 works better and leaves downsampling to pools; where memory is short, a larger "
    "one goes to the first convolution",
    _find_spots,
)
