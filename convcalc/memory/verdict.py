"""Whether a run fits into a limit: decided here, for every command and the Python API.

A run fits when its figure is no larger than the limit. The figure is the PyTorch model's
`safe` unless the rule says otherwise, so that a verdict of "fits" is one to rely on. That it
would run by giving cached memory back is a note beside a verdict of "does not fit".
"""

from copy import copy
from typing import NamedTuple

from convcalc.facts.setup import Setup
from convcalc.memory.estimate import Estimate, Machine, Peaks
from convcalc.memory.textbook import Textbook, textbook_memory
from convcalc.walk.propagation import Propagation

SAFE, EXPECTED = "safe", "expected"
ESTIMATES = (SAFE, EXPECTED)
MOST_CONTRIBUTORS = 3
FITS, OVER = "fits", "does not fit"
RECLAIMS = "without a margin it runs, by giving cached memory back"


class FitRule(NamedTuple):
    """By which figure a run is judged, on which machine."""

    machine: Machine = Machine()
    estimate: str = SAFE  # or EXPECTED
    textbook: bool = False  # the notes' total in place of the PyTorch model

    @property
    def name(self) -> str:
        """How messages call the figure."""
        return "textbook" if self.textbook else self.estimate


class Verdict(NamedTuple):
    """A figure held against a limit. Bytes; `by` says which figure it is."""

    by: str
    figure: int
    limit: int
    fits: bool
    reclaims: bool = False  # runs all the same, by giving cached memory back

    @property
    def word(self) -> str:
        """fits, or does not fit."""
        return FITS if self.fits else OVER


class Judged:
    """A run under a rule. Bytes everywhere; what takes time is worked out when asked for."""

    __slots__ = ("estimate", "rule", "textbook")

    def __init__(
        self,
        walked: Propagation,
        setup: Setup,
        rule: FitRule,
        peaks: Peaks | None = None,
        estimate: Estimate | None = None,
    ) -> None:
        """Judge a run; `estimate` is one made already, for the rule's machine."""
        self.rule = rule
        self.textbook: Textbook | None = None
        self.estimate: Estimate | None = None
        if rule.textbook:
            self.textbook = textbook_memory(walked.nodes, setup)
        else:
            self.estimate = estimate or Estimate(walked, setup, rule.machine, peaks)

    def under_rule(self, rule: FitRule) -> "Judged":
        """The same run under a rule whose machine has blocks and workspaces as large."""
        other = copy(self)
        other.rule = rule
        if self.estimate is not None:
            other.estimate = self.estimate.on_machine(rule.machine)
        return other

    @property
    def figure(self) -> int:
        """What is compared with a limit."""
        if self.estimate is None:
            assert self.textbook is not None
            return self.textbook.total
        return self.estimate.safe if self._is_safe else self.estimate.expected

    @property
    def least_figure(self) -> int:
        """What the figure cannot be below; it grows with the batch, as the figure need not."""
        estimate = self.estimate
        if estimate is None:
            return self.figure
        return estimate.least_figure(self._is_safe)

    @property
    def least_running(self) -> int:
        """What it cannot run in less than; it grows with the batch."""
        return self.figure if self.estimate is None else self.estimate.least_running

    def fits(self, limit: int) -> bool:
        """Whether the figure is within the limit."""
        if self.estimate is None:
            return self.figure <= limit
        return self.estimate.fits(limit, self._is_safe)

    def runs_within(self, limit: int) -> bool:
        """Whether it runs within the limit at all, by giving cached memory back."""
        return self.fits(limit) if self.estimate is None else self.estimate.runs_within(limit)

    def verdict(self, limit: int) -> Verdict:
        """The figure, the limit and whether it fits; every command's answer comes from here."""
        fits = self.fits(limit)
        runs = not fits and self.runs_within(limit)
        return Verdict(self.rule.name, self.figure, limit, fits, runs)

    @property
    def _is_safe(self) -> bool:
        return self.rule.estimate == SAFE

    def largest_parts(self) -> list[tuple[str, int, dict[str, int]]]:
        """The largest parts of the figure at the peak, with their largest layers where known."""
        if self.estimate is None:
            assert self.textbook is not None
            parts: dict[str, int] = self.textbook._asdict()
            layers: dict[str, int] = {}
        else:
            from convcalc.memory.parts import figure_parts  # only what does not fit is taken apart

            parts = figure_parts(self.estimate, self._is_safe)
            layers = self.estimate.result.layers_at_peak()
        largest = sorted(parts.items(), key=lambda item: -item[1])[:MOST_CONTRIBUTORS]
        return [(part, size, layers if part == "activations" else {})
                for part, size in largest if size]  # fmt: skip
