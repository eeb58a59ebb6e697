"""Everything that is known about a network under a setup, as plain values to render."""

from typing import TYPE_CHECKING, TypeVar

from convcalc.answers.figures import COUNT, of_layers
from convcalc.answers.layer_row import LayerRow, rows_of
from convcalc.facts.setup import INFER, Setup
from convcalc.network.graph import Network
from convcalc.text.errors import ERROR, Finding
from convcalc.walk.propagation import Propagation, propagate

if TYPE_CHECKING:
    from convcalc.memory.estimate import Estimate, Machine
    from convcalc.memory.textbook import Textbook
    from convcalc.memory.verdict import Verdict

R = TypeVar("R", bound="Report")
BOTH, TEXTBOOK, PYTORCH = "both", "textbook", "pytorch"  # models of memory
SAFE = "safe"  # the figure that counts unless another is asked for


def share_totals(rows: list[LayerRow]) -> dict[str, int]:
    """Let rows know the sums that their shares are of; returns these by figure."""
    counts = [each for each in of_layers() if each.sums and each.unit is COUNT]
    totals = {each.key: sum(map(each.reader, rows)) for each in counts}
    for row in rows:
        row.totals = totals
    return totals


class Report:
    """One network under one setup."""

    __slots__ = (
        "_verdict",
        "assumed",
        "by",
        "findings",
        "machine",
        "name",
        "pytorch",
        "reference",
        "rows",
        "setup",
        "source",
        "textbook",
        "totals",
        "walked",
    )

    def __init__(self, walked: Propagation, setup: Setup) -> None:
        self.walked = walked
        network = walked.network
        self.name = network.title
        self.source = network.source
        self.reference = network.reference
        self.setup = setup
        self.assumed = network.assumed
        self.findings: list[Finding] = walked.findings
        self.rows = rows_of(walked, setup)
        self.totals = share_totals(self.rows)
        self.by = SAFE  # the PyTorch model's figure that counts
        self._verdict: Verdict | None = None
        self.machine: Machine | None = None
        self.textbook: Textbook | None = None
        self.pytorch: Estimate | None = None

    def add_estimate(self, walked: Propagation, machine: "Machine") -> None:
        """Add the PyTorch model's figures."""
        from convcalc.memory.estimate import Estimate

        self.pytorch = Estimate(walked, self.setup, machine)
        result = self.pytorch.result
        live = zip(result.held_by_node, result.made_at_peak, result.live_forward,
                   result.live_backward, strict=True)  # fmt: skip
        for row, (held, made, forward, backward) in zip(self.rows, live, strict=True):
            row.held, row.made_at_peak = held, made
            row.live_forward, row.live_backward = forward, backward

    def keepers_of(self, index: int) -> list[str] | None:
        """Who keeps for the backward pass what a layer keeps too, as `result.keepers_of` says."""
        return self.pytorch.result.keepers_of(index) if self.pytorch else []

    @property
    def made_at_peak(self) -> list[int]:
        """Bytes of activations alive at the peak that each layer made; empty where not known."""
        return self.pytorch.result.made_at_peak if self.pytorch else []

    def per_gpu(self) -> dict[str, int]:
        """Live bytes on each of several GPUs by strategy; empty for one, or without training."""
        if self.setup.gpus == 1 or self.pytorch is None or self.setup.mode == INFER:
            return {}
        from convcalc.memory.formulas import per_gpu

        return per_gpu(self.pytorch.result, self.setup.gpus)

    @property
    def broken(self) -> bool:
        """Whether a finding is an error: the figures are those of the rounded-down walk."""
        return any(finding.severity == ERROR for finding in self.findings)

    @property
    def verdict(self) -> "Verdict | None":
        """The figure that counts, held against the machine's memory; None without a limit."""
        if self.machine is None or self.machine.capacity is None:
            return None
        if self._verdict is None:
            from convcalc.memory.verdict import FitRule, Judged

            rule = FitRule(self.machine, self.by, self.pytorch is None)
            judged = Judged(self.walked, self.setup, rule, estimate=self.pytorch)
            self._verdict = judged.verdict(self.machine.capacity)
        return self._verdict

    @property
    def over(self) -> bool:
        """Whether it does not fit the machine's memory, by the PyTorch model if it was asked."""
        return self.verdict is not None and not self.verdict.fits


def build_report(
    network: Network,
    setup: Setup,
    rounding: str = "",
    machine: "Machine | None" = None,
    memory: str = BOTH,
    estimate: str = SAFE,
) -> Report:
    """The report on a network under a setup, on a machine."""
    walked = walk_with_hints(network, rounding)
    return filled_report(Report(walked, setup), machine, memory, estimate)


def walk_with_hints(network: Network, rounding: str = "") -> Propagation:
    """A network walked; what is wrong with it has hints."""
    walked = propagate(network, rounding)
    if walked.findings:
        from convcalc.walk.hints import with_hints

        walked = with_hints(walked, rounding)
    return walked


def filled_report(
    report: R, machine: "Machine | None" = None, memory: str = BOTH, estimate: str = SAFE
) -> R:
    """A report with the figures of the models that are asked for."""
    report.machine, report.by = machine, estimate
    if memory != PYTORCH:
        from convcalc.memory.textbook import textbook_memory

        report.textbook = textbook_memory(report.walked.nodes, report.setup)
    if memory != TEXTBOOK:
        from convcalc.memory.estimate import Machine

        report.add_estimate(report.walked, machine or Machine())
    return report
