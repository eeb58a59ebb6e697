"""Networks side by side: what each counts, and what it takes to train and to run."""

from collections.abc import Iterator

from convcalc.answers.advice.edge import Batches, Uneven, smaller_misfit
from convcalc.answers.families.figures import Conditions, Figures
from convcalc.answers.figures import COMPARE, NetworkRow, row_of
from convcalc.answers.limits import Limits
from convcalc.memory.parts import figure_parts
from convcalc.memory.verdict import SAFE, FitRule
from convcalc.walk.propagation import Propagation


def compared_row(walked: Propagation, limits: Limits, rule: FitRule) -> NetworkRow:
    """The figures of a network under its limits, with the largest batch within them."""
    batches, limit = Batches(walked, limits.setup), limits.memory
    own = Conditions(limits.setup, rule, True, limit, limits.holder,
                     lambda *_: batches.largest_fitting(rule, limit or 0))  # fmt: skip
    head = {"name": walked.network.title, "source": walked.network.source}
    figures = Figures(walked, own)
    row = row_of(COMPARE, head, figures)
    if (estimate := figures.judged.estimate) is None:
        return row
    parts = figure_parts(estimate, rule.estimate == SAFE)
    fits = None if limit is None else batches.fits_by_batch(rule, limit)
    return row._replace(parts=parts, fits_batch=fits, peak_phase=estimate.result.peak_phase)


def uneven_rows(rows: list[NetworkRow]) -> Iterator[tuple[NetworkRow, Uneven]]:
    """Rows whose largest batches are not to be compared as they stand, and what is why.

    A larger batch that another row of the same network has is tried here too.
    """
    for row in rows:
        largest, fits = row.values["max_batch"], row.fits_batch
        if fits is None or not largest or row.broken:
            continue
        others = {other.values["max_batch"] or 0 for other in rows
                  if other.head["source"] == row.head["source"]}  # fmt: skip
        larger = next((each for each in sorted(others) if each > largest and fits(each)), None)
        uneven = Uneven(smaller_misfit(fits, largest), larger)
        if any(uneven):
            yield row, uneven
