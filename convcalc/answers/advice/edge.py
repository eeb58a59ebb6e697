"""The largest batch that fits, exactly: it fits and the next one does not.

The figure grows with the batch, but the caching allocator makes it fall here and there: a
tensor that needed a segment of its own finds room in another's. So the first edge that
bisection finds may have batches behind it that fit again; those are looked for too. Further off
there may be more, for which `Uneven` has a word: no search over all of them would end.
"""

from collections.abc import Callable, Generator
from itertools import islice
from typing import NamedTuple, TypeVar

from convcalc.facts.setup import Setup
from convcalc.memory.cublas import Blocks
from convcalc.memory.estimate import simulation_setup
from convcalc.memory.timeline import FIRST, BatchPeaks, Timeline
from convcalc.memory.verdict import FitRule, Judged
from convcalc.memory.workspaces import WorkspaceRule
from convcalc.walk.propagation import Propagation

T = TypeVar("T")
MOST_BATCH = 2**31 - 1
SEARCHED = 32  # batches behind an edge that are tried; 13 in a row is the most that was seen
STRAIGHT = 4  # guesses by a straight line before bisection
BEHIND = 128  # batches behind the largest of which one may fit again; 64 behind it was seen
NEAR, FAR = 8, 16  # batches that are tried below the largest: next to it, and down to 3/4 of it


Search = Generator[None, None, T]  # works a little between its yields, and returns the answer


def finished(search: Search[T]) -> T:
    """The answer of a search, all of its work done at once."""
    while True:
        try:
            next(search)
        except StopIteration as end:
            found: T = end.value
            return found


class Uneven(NamedTuple):
    """Batches around the largest that are not as it says; None where none was found."""

    misfit: int | None = None  # a smaller one that does not fit
    larger: int | None = None  # one behind some that do not fit, that fits


class Batches:
    """Runs of a network under one setup, by batch; cards share their peaks and a timeline."""

    def __init__(self, walked: Propagation, setup: Setup) -> None:
        self.walked = walked
        self.setup = setup
        self._runs: dict[tuple[Blocks, WorkspaceRule, bool, int], Judged] = {}
        self._timeline: Timeline | None = None

    def judge_batch(self, batch: int, rule: FitRule) -> Judged:
        """A run at a batch, under a rule: its figure and whether that fits."""
        machine = rule.machine
        key = (machine.cublas, machine.workspaces, rule.textbook, batch)
        if key not in self._runs:
            setup = self.setup._replace(batch_size=batch)
            alone = rule.textbook or batch < FIRST or setup.spreads
            peaks = None if alone else self._peaks(batch, rule)
            self._runs[key] = Judged(self.walked, setup, rule, peaks)
        return self._runs[key].under_rule(rule)

    def _peaks(self, batch: int, rule: FitRule) -> BatchPeaks:
        if self._timeline is None:
            setup = simulation_setup(self.setup, self.walked, rule.machine)
            self._timeline = Timeline(self.walked, setup)
        return BatchPeaks(self._timeline, batch, rule.machine.cublas, rule.machine.workspaces)

    def largest_fitting(self, rule: FitRule, limit: int) -> int:
        """The largest batch that fits into `limit` bytes; 0 where none does."""
        return finished(self.search_fitting(rule, limit))

    def search_fitting(self, rule: FitRule, limit: int) -> Search[int]:
        """The same as a generator: it yields behind each batch that was tried."""
        return self._search_largest(
            self.fits_by_batch(rule, limit),
            lambda batch: self.judge_batch(batch, rule).figure,
            lambda batch: self.judge_batch(batch, rule).least_figure,
            limit,
        )

    def search_running(self, rule: FitRule, limit: int) -> Search[int]:
        """The largest batch that runs at all: the allocator gives back what it has cached."""

        def least(batch: int) -> int:
            return self.judge_batch(batch, rule).least_running

        def runs(batch: int) -> bool:
            return self.judge_batch(batch, rule).runs_within(limit)

        return self._search_largest(runs, least, least, limit)

    def largest_around(self, rule: FitRule, limit: int, batch: int) -> list[int]:
        """The largest batch that fits; before it, where it is above one that does not, the next
        below that: the figure need not grow with the batch. Empty where none fits.
        """
        largest = self.largest_fitting(rule, limit)
        if largest < batch or self.judge_batch(batch, rule).fits(limit):
            return [largest] if largest else []
        smaller = range(batch - 1, max(0, batch - 1 - 2 * SEARCHED), -1)
        below = (each for each in smaller if self.judge_batch(each, rule).fits(limit))
        return [*islice(below, 1), largest]

    def fits_by_batch(self, rule: FitRule, limit: int) -> Callable[[int], bool]:
        """Whether a batch is within the limit."""
        return lambda batch: self.judge_batch(batch, rule).fits(limit)

    def uneven_around(self, rule: FitRule, limit: int, largest: int) -> Uneven:
        """What is not as the largest batch says; what the notes count grows evenly."""
        if rule.textbook or not largest:
            return Uneven()
        fits = self.fits_by_batch(rule, limit)
        larger = None
        for batch in range(largest + 2, min(largest + BEHIND, MOST_BATCH) + 1):
            if self.judge_batch(batch, rule).least_figure > limit:
                break
            if fits(batch):
                larger = batch
                break
        return Uneven(smaller_misfit(fits, largest), larger)

    def _search_largest(
        self,
        fits: Callable[[int], bool],
        figure: Callable[[int], int],
        least: Callable[[int], int],
        limit: int,
    ) -> Search[int]:
        """The largest that `fits`, which `figure` decides; `least` grows and is no larger."""
        edge = (yield from _search_edge(fits, figure, limit)) if fits(1) else 0
        batch = edge + 2
        while batch <= min(edge + 1 + SEARCHED, MOST_BATCH):
            if least(batch) > limit:
                break
            edge = batch if fits(batch) else edge
            batch += 1
            yield
        return edge


def smaller_misfit(fits: Callable[[int], bool], largest: int) -> int | None:
    """A batch below the largest that does not fit, of some that are tried."""
    near = range(largest - 1, max(0, largest - 1 - NEAR), -1)
    far = range(largest - 1 - NEAR, 3 * largest // 4, -max(1, largest // (4 * FAR)))
    return next((batch for batch in [*near, *far] if batch > 0 and not fits(batch)), None)


def _search_edge(
    fits: Callable[[int], bool], figure: Callable[[int], int], limit: int
) -> Search[int]:
    """A batch that fits, whose next does not; batch 1 must fit."""
    low, high, other, steps = 1, 0, 2, 0  # low fits, high does not (0: not known yet)
    while high != low + 1 and low < MOST_BATCH:
        guess = _guess_edge(low, high, other, figure, limit) if steps < STRAIGHT else 0
        if not guess:
            guess = (low + high) // 2 if high else 2 * low
        guess = min(max(guess, low + 1), high - 1 if high else MOST_BATCH)
        steps += 1
        if fits(guess):
            low, other = guess, low
        else:
            high = other = guess
        yield
    return low


def _guess_edge(low: int, high: int, other: int, figure: Callable[[int], int], limit: int) -> int:
    """Where a straight line through two batches meets the limit; 0 where it does not."""
    rise = (figure(other) - figure(low)) * (1 if other > low else -1)
    if rise <= 0:
        return 0
    return low + (limit - figure(low)) * abs(other - low) // rise


def largest_batch(walked: Propagation, setup: Setup, rule: FitRule, limit: int) -> int:
    """The largest batch within a limit, as `convcalc fit` finds it."""
    return Batches(walked, setup).largest_fitting(rule, limit)
