"""A fully connected layer that holds most of the weights."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_convolutions,
    first_line,
    input_volume,
    is_dense,
    weight_count,
)
from convcalc.facts.units import format_count
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    total = sum(map(weight_count, walked.nodes))
    if not first_convolutions(walked):
        return  # without features to average over: a linear classifier, a perceptron
    for node in walked.nodes:
        if not is_dense(node) or 2 * weight_count(node) <= total:
            continue
        shape = input_volume(walked, node)
        if shape.positions == 1:
            continue
        left = shape.channels * node.facts.output.channels
        message = (
            f"{format_count(weight_count(node))} of the network's {format_count(total)} weights; "
            f"behind global average pooling they would be {format_count(left)}, "
            f"the network's {format_count(total - weight_count(node) + left)}"
        )
        yield Spot(node, message, f"write `GAP -> FC-{node.facts.output.channels}`")


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.3",
    "Later networks average over all positions instead, and lose nothing by it",
    _find_spots,
)
