"""Networks side by side: what each counts, and what it takes to train and to run."""

from convcalc.answers.families.figures import Conditions, Figures, Largest
from convcalc.answers.figures import COMPARE, NetworkRow, row_of
from convcalc.answers.limits import Limits
from convcalc.memory.verdict import FitRule
from convcalc.walk.propagation import Propagation


def compared_row(
    walked: Propagation, limits: Limits, rule: FitRule, largest: Largest
) -> NetworkRow:
    """The figures of a network under its limits; `largest` finds the largest batch."""
    own = Conditions(limits.setup, rule, True, limits.memory, limits.holder, largest)
    head = {"name": walked.network.title, "source": walked.network.source}
    return row_of(COMPARE, head, Figures(walked, own))
