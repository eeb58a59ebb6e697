"""A bias that a batch norm behind it takes away again."""

from collections.abc import Iterator

from convcalc.answers.rules._base import LintRule, Spot, changed_text, first_line
from convcalc.facts.layer_facts import BIAS
from convcalc.facts.units import format_count
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    consumers: dict[int, list[int]] = {}
    for index, node in enumerate(walked.nodes):
        for k in node.inputs:
            consumers.setdefault(k, []).append(index)
    for index, node in enumerate(walked.nodes):
        behind = [walked.nodes[k].node.layer for k in consumers.get(index, ())]
        biases = sum(p.elements for p in node.facts.parameters if p.role == BIAS)
        useless = behind and all(layer.cancels_bias for layer in behind)
        if node.facts.macs and biases and useless and index not in walked.outputs:
            message = f"{format_count(biases)} biases that the normalisation behind takes away"
            yield Spot(node, message, f"write `{changed_text(node, bias=False)}`")


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "",
    "Normalising subtracts the mean of every channel, and a constant with it",
    _find_spots,
)
