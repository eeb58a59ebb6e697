"""The one figure that answers "what does it take", and the parts that add up to it."""

from typing import NamedTuple

from convcalc.answers.report import SAFE, Report
from convcalc.facts.operators import COPIES, INDICES, MASKS, STATISTICS
from convcalc.memory.tape import (
    ACTIVATIONS,
    BATCH,
    BUCKETS,
    BUFFERS,
    GRADIENTS,
    PARAMETERS,
    STATE,
    TEMPORARIES,
    WEIGHT_COPIES,
    WORKSPACE,
)

OPTIMIZER, CACHE, CONTEXT, MARGIN = (
    "optimizer", "workspaces and cache", "CUDA context", "margin",
)  # fmt: skip
GATHERED, SHARED = "gathered", "DDP's buckets"  # of other GPUs, and for them
_PART_OF = {
    PARAMETERS: "parameters",
    BUFFERS: "parameters",
    GRADIENTS: "gradients",
    STATE: OPTIMIZER,
    BATCH: "activations",
    ACTIVATIONS: "activations",
    INDICES: "activations",
    MASKS: "activations",
    STATISTICS: "activations",
    COPIES: "activations",
    WEIGHT_COPIES: "activations",
    TEMPORARIES: "temporaries",
    BUCKETS: SHARED,
    WORKSPACE: CACHE,
}


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
    parts: dict[str, int] = {}
    for kind, size in estimate.result.at_peak.items():
        if kind != WORKSPACE:  # in the segments already
            name = _PART_OF.get(kind, kind)
            parts[name] = parts.get(name, 0) + size
    parts[CACHE] = estimate.max_memory_reserved - estimate.spread - estimate.result.peak_live
    figure = estimate.safe if report.by == SAFE else estimate.expected
    parts[MARGIN] = figure - estimate.expected
    parts[CONTEXT] = estimate.context
    _spread_out(parts, estimate.spread)
    return MemoryFigure(figure, {name: size for name, size in parts.items() if size})


def _spread_out(parts: dict[str, int], added: int) -> None:
    """What several GPUs hold for each other, and what they gather."""
    if added > 0:
        parts[GATHERED] = added
    for name in (OPTIMIZER, "gradients", "parameters", "temporaries", "activations"):
        if added < 0 and name in parts:
            saved = min(parts[name], -added)
            parts[name] -= saved
            added += saved
