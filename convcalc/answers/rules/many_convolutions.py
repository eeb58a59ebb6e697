"""More than three convolutions in a row: N > 3.

Those of 1x1 do not count: they see no further than the layer before.
"""

from collections.abc import Iterator

from convcalc.answers.rules._base import LintRule, Spot, first_line, is_convolution, option_value
from convcalc.models.writing.shorthand import pattern_text
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation

MOST = 3


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    run: list[int] = []  # convolutions since a pool, a stride or a join, up to each layer
    for node in walked.nodes:
        before = run[node.inputs[0]] if len(node.inputs) == 1 else 0
        if node.node.layer.ends_stage:
            before = 0
        elif is_convolution(node) and max(option_value(node, "kernel_size")) > 1:
            before = before + 1 if max(option_value(node, "stride")) == 1 else 1
            if before == MOST + 1:
                pooled = f"POOL -> {pattern_text(node.node.layer)}"
                yield Spot(node, f"the {before}th convolution in a row", f"write `{pooled}`")
        run.append(before)


RULE = LintRule(
    first_line(__doc__), NOTE, "3.1", "Usually N <= 3 convolutions stand before a pool", _find_spots
)
