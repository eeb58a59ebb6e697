"""A fully connected layer that holds most of the weights."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_convolutions,
    first_line,
    is_dense,
    volume,
    weights,
)
from convcalc.facts.units import format_count
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation


def _check(walked: Propagation) -> Iterator[Spot]:
    total = sum(map(weights, walked.nodes))
    if not first_convolutions(walked):
        return  # without features to average over: a linear classifier, a perceptron
    for node in walked.nodes:
        if not is_dense(node) or 2 * weights(node) <= total:
            continue
        shape = volume(walked, node)
        if shape.width * shape.height == 1:
            continue
        left = shape.channels * node.facts.output.channels
        message = (
            f"{format_count(weights(node))} of the network's {format_count(total)} weights; "
            f"behind global average pooling they would be {format_count(left)}, "
            f"the network's {format_count(total - weights(node) + left)}"
        )
        yield Spot(node, message, f"write `GAP -> FC-{node.facts.output.channels}`")


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.3",
    "Later networks average over all positions instead, and lose nothing by it",
    _check,
)
