"""A stride beyond the first convolution, where a pool could stand."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_convolutions,
    first_line,
    is_convolution,
    option,
    side,
)
from convcalc.models.writing.shorthand import written
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


def _check(walked: Propagation) -> Iterator[Spot]:
    first = first_convolutions(walked)
    for index, node in enumerate(walked.nodes):
        if not is_convolution(node) or index in first or option(node, "stride") == (1, 1):
            continue
        stride = option(node, "stride")
        message = f"S={side(stride)} beyond the first convolution"
        yield Spot(node, message, f"write `{_one_step(node)} -> {_pool(stride)}`")


def _one_step(node: Walked) -> str:
    """The same filters at every position, in a volume that keeps its size."""
    odd = tuple(size - 1 + size % 2 for size in option(node, "kernel_size"))
    layer = node.node.layer
    return written(layer, kernel_size=odd, stride=(1, 1), padding="same", rounding=None)


def _pool(stride: tuple[int, int]) -> str:
    return "POOL2" if stride == (2, 2) else f"POOL(F={side(stride)}, S={side(stride)})"


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "3.2, and 2.2 on doing without pools",
    "A stride of 1 works better and leaves downsampling to pools; where memory is short, a larger "
    "one goes to the first convolution",
    _check,
)
