"""What would make a batch fit, or a larger one: every change, tried out on the model."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

from convcalc.answers.advice.change import Change, of_setup
from convcalc.answers.advice.edge import Batches, Search, finished
from convcalc.answers.advice.ways import all_changes
from convcalc.facts.setup import TRAIN, Setup
from convcalc.facts.units import format_bytes
from convcalc.memory.verdict import FitRule
from convcalc.network.graph import Network
from convcalc.walk.propagation import Propagation, propagate

MOST_ACCUMULATED = 1024  # micro-batches, as the command line has it
MOST_COMBINED = 4  # changes made together


class Case(NamedTuple):
    """A network under a setup, the rule it is judged by and its limit in bytes."""

    walked: Propagation
    setup: Setup
    rule: FitRule
    limit: int
    rounding: str = ""

    def fitting_batches(self) -> list[int]:
        """The largest batch that fits, with the next smaller one than the setup's before it
        where that is below it; none where it is one image that does not fit.
        """
        batch = self.setup.batch_size
        batches = Batches(self.walked, self.setup)
        return batches.largest_around(self.rule, self.limit, batch) if batch > 1 else []


class Advice(NamedTuple):
    """A change with what the model says about it.

    `figure` are bytes at `batch` images a step; `fits` tells whether they are within the limit.
    """

    change: Change
    batch: int
    figure: int
    fits: bool

    def __str__(self) -> str:
        fits = "fits" if self.fits else "still too much"
        return f"{self.change.text}: {format_bytes(self.figure)} at batch {self.batch}, {fits}"


def at_batch(case: Case, batch: int) -> list[Advice]:
    """What each change makes of a batch that is given, the best of each kind first found.

    Changes that save nothing are left out; the largest saving comes first.
    """
    base = Batches(case.walked, case.setup).judge_batch(batch, case.rule).figure
    tried = [_advice_at(case, change, batch) for change in _possible_changes(case)]
    found = [advice for advice in tried if advice.figure < base]
    accumulated = accumulate_batches(case, batch)
    found += [accumulated] if accumulated else []
    return _best_advice(found, lambda advice: (not advice.fits, advice.figure))


def larger_batches(case: Case, base: int) -> list[Advice]:
    """The largest batch with each change, where it is larger than `base`."""
    *_, found = ([], *try_larger(case, base))
    return found


def try_larger(case: Case, base: int) -> Iterator[list[Advice]]:
    """The same as far as it is known; more often than it changes."""
    found: list[Advice] = []
    kept: list[Advice] = []
    searches: list[Search[Advice | None]] = [
        _search_with(case, change) for change in _possible_changes(case)
    ]
    if base:
        searches.append(_search_accumulated(case, 2 * base))
    for search in searches:
        while True:
            try:
                next(search)
            except StopIteration as end:
                advice = end.value
                break
            yield kept
        if advice and advice.batch > base:
            found.append(advice)
            kept = _best_advice(found, lambda advice: (-advice.batch, advice.figure))
        yield kept


def combine_changes(case: Case, batch: int) -> Advice | None:
    """The fewest changes that together make a batch fit, accumulation left out."""
    useful = [a.change for a in at_batch(case, batch) if a.change.code != "accumulate"]
    for number in range(2, min(len(useful), MOST_COMBINED) + 1):
        for some in combinations(useful, number):
            if len({change.code for change in some}) == number:
                advice = _advice_at(case, _join_changes(some), batch)
                if advice.fits:
                    return advice
    return None


def accumulate_batches(case: Case, batch: int) -> Advice | None:
    """The fewest micro-batches that fit and make up at least `batch` images a step."""
    return finished(_search_accumulated(case, batch))


def _search_accumulated(case: Case, batch: int) -> Search[Advice | None]:
    if case.setup.mode != TRAIN or case.setup.accumulate != 1:
        return None
    several = Batches(case.walked, case.setup._replace(accumulate=2))
    most = yield from several.search_fitting(case.rule, case.limit)
    if not most or most >= batch:
        return None
    for count in range(-(-batch // most), MOST_ACCUMULATED + 1):
        micro = -(-batch // count)
        setup = case.setup._replace(accumulate=count)
        judged = Batches(case.walked, setup).judge_batch(micro, case.rule)
        if judged.fits(case.limit):
            text = f"{count} micro-batches of {micro}"
            options = f"--accumulate {count} --batch {micro}"
            change = of_setup("accumulate", text, options, accumulate=count, batch_size=micro)
            return Advice(change, count * micro, judged.figure, True)
        yield
    return None


def _possible_changes(case: Case) -> list[Change]:
    return list(all_changes(case.walked, case.setup, case.rounding))


def _changed_batches(case: Case, change: Change) -> Batches:
    network: Network = case.walked.network
    network, setup = change.apply(network, case.setup)
    same = network is case.walked.network
    return Batches(case.walked if same else propagate(network, case.rounding), setup)


def _advice_at(case: Case, change: Change, batch: int) -> Advice:
    judged = _changed_batches(case, change).judge_batch(batch, case.rule)
    return Advice(change, batch, judged.figure, judged.fits(case.limit))


def _search_with(case: Case, change: Change) -> Search[Advice | None]:
    batches = _changed_batches(case, change)
    batch = yield from batches.search_fitting(case.rule, case.limit)
    return Advice(change, batch, batches.judge_batch(max(1, batch), case.rule).figure, batch > 0)


def _best_advice(found: Iterable[Advice], order: Any) -> list[Advice]:
    """In order, of checkpoints only the first: the others are blocks of it or around it."""
    kept: list[Advice] = []
    for advice in sorted(found, key=order):
        if advice.change.code != "checkpoint" or all(
            other.change.code != "checkpoint" for other in kept
        ):
            kept.append(advice)
    return kept


def _join_changes(changes: tuple[Change, ...]) -> Change:
    def apply(network: Network, setup: Setup) -> tuple[Network, Setup]:
        for change in changes:
            network, setup = change.apply(network, setup)
        return network, setup

    text = " and ".join(change.text for change in changes)
    typed = " and ".join(change.at_prompt for change in changes)
    fields = {change.code: change.fields for change in changes}
    return Change("combined", text, fields, apply, typed)


def hint_sentences(case: Case, prompt: bool) -> Iterator[str]:
    """What would make the case fit, in words for a finding; with options at a `prompt`."""

    def words(advice: Advice) -> str:
        said = advice.change.at_prompt if prompt else advice.change.text
        return f"{said}: {format_bytes(advice.figure)}"

    batch = case.setup.batch_size
    if sizes := case.fitting_batches():
        yield f"batch {' or '.join(map(str, sizes))}"
    advices = at_batch(case, batch)
    yield from (words(advice) for advice in advices if advice.fits)
    if not any(a.fits for a in advices if a.change.code != "accumulate"):
        together = combine_changes(case, batch)
        if together:
            yield words(together)
