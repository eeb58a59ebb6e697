"""What had fallen out of favour when the notes were written, in 2016."""

from collections.abc import Iterator

from convcalc.answers.rules._base import LintRule, Spot, first_line
from convcalc.models.writing.shorthand import pattern_text
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes[1:]:
        layer = node.node.layer
        favoured = layer.in_favour()
        if favoured is not None and node.facts.output.positions > 1:
            message = f"{pattern_text(layer)} inside the network"
            yield Spot(node, message, f"write `{pattern_text(favoured)}`")


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "2.2 and 2.3",
    "So the notes of 2016: average pooling gave way to max pooling, and normalisation in the "
    "manner of biological brains was found to contribute little",
    _find_spots,
)
