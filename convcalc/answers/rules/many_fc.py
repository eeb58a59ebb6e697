"""More than two hidden fully connected layers: K > 2."""

from collections.abc import Iterator

from convcalc.answers.rules._base import LintRule, Spot, first_line, is_dense
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation

MOST = 2


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    run: list[int] = []  # fully connected layers in a row, up to each layer
    for node in walked.nodes:
        before = run[node.inputs[0]] if len(node.inputs) == 1 else 0
        if is_dense(node):
            before += 1
            if before == MOST + 2:
                message = f"K={before - 1} hidden layers that see everything, or more"
                yield Spot(node, message, f"leave some out: `[FC -> RELU]*{MOST} -> FC`")
        run.append(before)


RULE = LintRule(first_line(__doc__), NOTE, "3.1", "Usually K < 3", _find_spots)
