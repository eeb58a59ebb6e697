"""The one figure that answers "what does it take", and the parts that add up to it."""

from typing import NamedTuple

from convcalc.answers.report import SAFE, Report
from convcalc.memory.parts import figure_parts


class MemoryFigure(NamedTuple):
    """Bytes that a run takes of a card, and its parts; they add up to the figure exactly."""

    figure: int
    parts: dict[str, int]


def largest_batches(report: Report) -> list[int] | None:
    """The largest batch on the report's machine; None without a limit, or of no use.

    Where a smaller one does not fit that the report is of, the next below that fits is first.
    """
    machine = report.machine
    if report.broken or machine is None or machine.capacity is None:
        return None
    from convcalc.answers.advice.edge import Batches
    from convcalc.memory.verdict import FitRule

    rule = FitRule(machine, report.by, report.pytorch is None)
    batches = Batches(report.walked, report.setup)
    return batches.largest_around(rule, machine.capacity, report.setup.batch_size)


def memory_figure(report: Report) -> MemoryFigure | None:
    """The figure that verdicts are given by, taken apart; None without the PyTorch model."""
    estimate = report.pytorch
    if estimate is None:
        return None
    safe = report.by == SAFE
    figure = estimate.safe if safe else estimate.expected
    return MemoryFigure(figure, figure_parts(estimate, safe))
