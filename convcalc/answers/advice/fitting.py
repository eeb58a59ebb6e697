"""The answer of `fit`: the largest batch of a network on a card, and what it takes there."""

from collections.abc import Generator, Iterator
from typing import NamedTuple

from convcalc.answers.advice.edge import Batches, Search, Uneven
from convcalc.answers.advice.remedies import Advice, Case, at_batch, combine_changes, try_larger
from convcalc.answers.limits import Limits
from convcalc.facts.setup import INFER, TRAIN, Setup
from convcalc.memory.verdict import FitRule
from convcalc.text.errors import Finding
from convcalc.walk.propagation import Propagation

FLOAT32, AMP = "float32", "amp"
BATCH, INPUT = "batch", "input"  # what is varied


class SizeRow(NamedTuple):
    """The memory at one batch in bytes, by column; None where it does not fit, but for one."""

    size: int  # images in a batch, or pixels along a side of the input
    figures: dict[str, int | None]


class Target(NamedTuple):
    """What a batch that was asked for takes as it is, and with changes."""

    batch: int
    figure: int
    fits: bool
    together: Advice | None  # the fewest changes that make it fit, where one is not enough


class Fitting(NamedTuple):
    """A network on a card. `largest` and `rows` have a column for each way to run it."""

    walked: Propagation
    limits: Limits
    rule: FitRule
    rounding: str
    largest: dict[str, int]
    rows: list[SizeRow]
    advice: list[Advice]
    target: Target | None = None
    vary: str = BATCH
    most: dict[str, int] | None = None  # that runs at all, by giving cached memory back
    uneven: Uneven = Uneven()  # around the setup's own largest batch

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with its shapes."""
        return self.walked.findings

    @property
    def tells_nothing(self) -> bool:
        """Whether every figure is of sizes that do not fit; inputs that are looked for do."""
        return self.vary == BATCH and self.walked.broken

    @property
    def own_largest(self) -> int:
        """The largest batch or side under the setup that was asked for; 0 where none is known."""
        return self.largest.get(column_of(self.limits.setup), 0)


class Columns:
    """The ways to run a network, side by side; simulations are shared between cards."""

    def __init__(self, walked: Propagation, setup: Setup, rounding: str = "") -> None:
        self.walked = walked
        self.setup = setup
        self.rounding = rounding
        self.batches = {name: Batches(walked, each) for name, each in columns_for(setup).items()}

    def fitting_for(
        self, limits: Limits, rule: FitRule, advise: bool, target: int | None
    ) -> Fitting:
        """The answer for one card. `limits` must have a limit of memory."""
        *_, whole = self.fitting_steps(limits, rule, advise, target)
        return whole

    def fitting_steps(
        self, limits: Limits, rule: FitRule, advise: bool, target: int | None
    ) -> Iterator[Fitting]:
        """The answer as far as it is known: the setup's own largest batch first, the whole last.

        It comes more often than it changes, so that other work can be done in between.
        """
        assert limits.memory is not None
        limit = limits.memory
        own = column_of(self.setup)
        known: dict[str, int] = {}
        advice: list[Advice] = []
        partial = Fitting(self.walked, limits, rule, self.rounding, {}, [], [])
        for name in sorted(self.batches, key=lambda name: name != own):
            search = self.batches[name].search_fitting(rule, limit)
            known[name] = yield from _repeated(partial, search)
            partial = partial._replace(largest=known.copy())
            yield partial
        largest = {name: known[name] for name in self.batches}
        case = Case(self.walked, self.setup, rule, limit, self.rounding)
        if advise and target:
            advice = at_batch(case, target)
        elif advise:
            for advice in try_larger(case, largest[own]):
                partial = partial._replace(advice=advice)
                yield partial
        most = None
        if advise and not rule.textbook:
            most = {}
            for name, each in self.batches.items():
                search = each.search_running(rule, limit)
                most[name] = yield from _repeated(partial, search)
        uneven = self.batches[own].uneven_around(rule, limit, largest[own]) if advise else Uneven()
        asked = self._target_for(case, target, advice) if target else None
        yield Fitting(self.walked, limits, rule, self.rounding, largest,
                      self._size_rows(largest, rule), advice, asked, most=most,
                      uneven=uneven)  # fmt: skip

    def _size_rows(self, largest: dict[str, int], rule: FitRule) -> list[SizeRow]:
        """Batches 1, 2, 4 ... and every largest one."""
        most = max(largest.values())
        sizes = {1 << power for power in range(most.bit_length()) if 1 << power <= most}
        return [
            SizeRow(
                size, {name: self._figure_at(name, size, largest[name], rule) for name in largest}
            )
            for size in sorted({1, *sizes, *(size for size in largest.values() if size)})
        ]

    def _figure_at(self, name: str, size: int, most: int, rule: FitRule) -> int | None:
        return self.batches[name].judge_batch(size, rule).figure if size <= max(1, most) else None

    def _target_for(self, case: Case, batch: int, advice: list[Advice]) -> Target:
        judged = self.batches[column_of(self.setup)].judge_batch(batch, case.rule)
        fits = judged.fits(case.limit)
        enough = fits or any(a.fits for a in advice if a.change.code != "accumulate")
        together = None if enough or not advice else combine_changes(case, batch)
        return Target(batch, judged.figure, fits, together)


def _repeated(partial: Fitting, search: Search[int]) -> Generator[Fitting, None, int]:
    """What a search finds; between its steps the answer as far as it is known."""
    while True:
        try:
            next(search)
        except StopIteration as end:
            found: int = end.value
            return found
        yield partial


def columns_for(setup: Setup) -> dict[str, Setup]:
    """Training in float32 and with amp, running it only, and the setup itself if another."""
    plain = setup._replace(mode=TRAIN, dtype=FLOAT32, amp=False)
    found = {FLOAT32: plain, AMP: plain._replace(amp=True), INFER: setup._replace(mode=INFER)}
    found.setdefault(column_of(setup), setup)
    return found


def column_of(setup: Setup) -> str:
    """The column that a setup is."""
    if setup.mode == INFER:
        return INFER
    return AMP if setup.amp else setup.dtype
