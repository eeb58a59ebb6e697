"""The largest square input that a network takes at a batch: it fits its windows and the card.

Between two sides that fit their windows there may be many that do not (a network of stride
32 takes every 32nd). The side behind the answer is the next that fits the windows.
"""

from collections.abc import Callable, Iterator
from itertools import takewhile

from convcalc.answers.advice.edge import Batches
from convcalc.answers.advice.fitting import INPUT, Fitting, SizeRow, columns_for
from convcalc.answers.limits import Limits
from convcalc.facts.setup import Setup
from convcalc.facts.shape import AXES
from convcalc.memory.verdict import FitRule, Judged
from convcalc.network.graph import Network
from convcalc.walk.propagation import Propagation, every_layer_fits, propagate

LARGEST_SIDE = 2**16  # pixels
WIDEST_GAP = 512  # pixels between two sides that fit the windows
SEARCHED = 4  # sides behind an edge that are tried


class Inputs:
    """A network at every side of its input, each walked once."""

    def __init__(self, network: Network, setup: Setup, rounding: str = "") -> None:
        self.network = network
        self.setup = setup
        self.rounding = rounding
        self._valid: dict[int, bool] = {}
        self._runs: dict[tuple[int, str], Batches] = {}

    def network_at(self, side: int) -> Network:
        """The network with another input."""
        layer = self.network.nodes[0].layer
        sides = dict.fromkeys(AXES[layer.axes], side)
        return self.network.resize_inputs(**sides)

    def is_valid(self, side: int) -> bool:
        """Whether every window fits."""
        if side not in self._valid:
            self._valid[side] = every_layer_fits(self.network_at(side), self.rounding)
        return self._valid[side]

    def judge_side(self, side: int, column: str, rule: FitRule) -> Judged:
        """A run at a side, in one of the ways to run it."""
        key = (side, column)
        if key not in self._runs:
            setup = columns_for(self.setup)[column]
            self._runs[key] = Batches(self._walk_at(side), setup)
        return self._runs[key].judge_batch(self.setup.batch_size, rule)

    def _walk_at(self, side: int) -> Propagation:
        return propagate(self.network_at(side), self.rounding)

    def next_valid(self, side: int, most: int) -> int:
        """The first side from `side` up to `most` that fits the windows; 0 where none does."""
        return next((each for each in range(side, most + 1) if self.is_valid(each)), 0)

    def largest_side(self, column: str, rule: FitRule, limit: int) -> int:
        """The largest side in pixels; 0 where none fits."""

        def within(side: int) -> bool:
            return self.judge_side(side, column, rule).fits(limit)

        low, high = self._bracket_edge(within)
        while low and high:
            half = (low + high + 1) // 2
            middle = self.next_valid(half, high - 1) or self.next_valid(low + 1, half - 1)
            if not middle:
                break
            low, high = (middle, high) if within(middle) else (low, middle)
        return self._largest_behind(low, column, rule, limit) if low else 0

    def _bracket_edge(self, within: Callable[[int], bool]) -> tuple[int, int]:
        """A side that fits the card and a larger one that does not; 0 for none."""
        low = 0
        for side in self.valid_sides():
            if not within(side):
                return low, side
            low = side
        return low, 0

    def valid_sides(self) -> Iterator[int]:
        """Sides that fit the windows, each about twice the one before."""
        side = self.next_valid(1, WIDEST_GAP)
        while side and side <= LARGEST_SIDE:
            yield side
            side = self.next_valid(2 * side, 2 * side + WIDEST_GAP)

    def _largest_behind(self, edge: int, column: str, rule: FitRule, limit: int) -> int:
        """The largest side that fits again behind an edge, or the edge."""
        side, tries = edge, 0
        while tries < SEARCHED:
            side, tries = self.next_valid(side + 1, side + WIDEST_GAP), tries + 1
            if not side or self.judge_side(side, column, rule).least_figure > limit:
                break
            if self.judge_side(side, column, rule).fits(limit):
                edge, tries = side, 0
        return edge

    def fitting_for(self, walked: Propagation, limits: Limits, rule: FitRule) -> Fitting:
        """The answer for one card. `limits` must have a limit of memory."""
        assert limits.memory is not None
        names = list(columns_for(self.setup))
        largest = {name: self.largest_side(name, rule, limits.memory) for name in names}
        most = max(largest.values())
        sides = set(takewhile(lambda side: side <= most, self.valid_sides()))
        rows = [
            SizeRow(side, {name: self._figure_at(side, name, largest, rule) for name in names})
            for side in sorted(sides | {side for side in largest.values() if side})
        ]
        return Fitting(walked, limits, rule, self.rounding, largest, rows, [], vary=INPUT)

    def _figure_at(
        self, side: int, name: str, largest: dict[str, int], rule: FitRule
    ) -> int | None:
        return self.judge_side(side, name, rule).figure if side <= largest[name] else None
