"""Whether a figure is within a limit, to the byte, on either side of the safe figure."""

from typing import NamedTuple

import pytest
from support import walk

from convcalc.facts.setup import Setup
from convcalc.memory.cublas import Blocks
from convcalc.memory.estimate import Estimate, Machine, find_machine


class Peaks(NamedTuple):
    """A run whose segments are as large as they are said to be."""

    peak_reserved: int
    more: int = 3
    peak_live: int = 1
    multiplies: bool = True

    @property
    def peak_reserved_with_workspaces(self) -> int:
        return self.peak_reserved + self.more

    def reserves_at_most(self, most, workspaces=False):
        return self.peak_reserved + self.more * workspaces <= most

    def runs_within(self, most, workspaces=False):
        return self.peak_live + self.more * workspaces <= most


WALKED = walk("INPUT[31x17x3] -> CONV3-5(P=0) -> FC-3")


@pytest.mark.parametrize("replayed", [True, False])
@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("reserved", range(997, 1007))
def test_fits_is_what_the_figure_says(replayed, safe, reserved):
    """Five quarters of what is reserved, whatever the remainder."""
    card = Machine(context=10, replayed=replayed, cublas=Blocks(9))
    estimate = Estimate(WALKED, Setup(2), card, Peaks(reserved))
    figure = estimate.safe if safe else estimate.expected
    for limit in range(figure - 6, figure + 7):
        assert estimate.fits(limit, safe) == (figure <= limit)
    assert not estimate.fits(9, safe)  # less than the context


def test_the_figures():
    peaks = Peaks(1001)
    replayed = Estimate(WALKED, Setup(2), Machine(context=10, replayed=True), peaks)
    assert (replayed.expected, replayed.safe, replayed.floor) == (1004 + 10, 1255 + 10, 11)
    assert (replayed.workspace, replayed.safe_workspace) == (3, 254)
    plain = Estimate(WALKED, Setup(2), Machine(context=10), peaks)
    base = 2 * 4 * 29 * 15 * 5  # bytes of the larger of input and output, of two images
    assert (plain.expected, plain.safe) == (1001 + 2 * base + 10, 1001 + 4 * base + 10)
    assert (plain.workspace, plain.safe_workspace) == (2 * base, 4 * base)
    half = Estimate(WALKED, Setup(2, amp=True), Machine(context=10), peaks)
    assert half.expected == 1001 + base + 10


def test_a_run_without_products_loads_no_cublas():
    card = Machine(context=10, cublas_context=4)
    assert Estimate(WALKED, Setup(2), card, Peaks(1, multiplies=False)).context == 6
    assert Estimate(WALKED, Setup(2), card, Peaks(1)).context == 10


@pytest.mark.parametrize("replayed", [True, False])
def test_what_a_figure_cannot_be_below(replayed):
    card = Machine(context=10, replayed=replayed)
    estimate = Estimate(WALKED, Setup(2), card, Peaks(50_000_000, peak_live=40_000_000))
    for safe in (True, False):
        figure = estimate.safe if safe else estimate.expected
        assert 40_000_000 + 10 <= estimate.least(safe) <= figure
    if replayed:
        assert (estimate.least(True), estimate.least(False)) == (50_000_010, 40_000_010)


def test_runs_where_cached_memory_is_given_back():
    card = Machine(context=10, replayed=True)
    estimate = Estimate(WALKED, Setup(2), card, Peaks(1000, more=100, peak_live=500))
    assert [estimate.runs(limit) for limit in (609, 610)] == [False, True]
    plain = Estimate(WALKED, Setup(2), Machine(context=10), Peaks(1000, peak_live=500))
    least = 500 + 10 + plain.workspace
    assert [plain.runs(limit) for limit in (least - 1, least)] == [False, True]


def test_a_context_of_ones_own_is_whole_and_a_factor_is_not_replayed():
    card = find_machine("h200", context=7)
    assert (card.context, card.cublas_context, card.replayed) == (7, 0, True)
    factored = find_machine("h200", workspace_factor=1.5)
    found = (factored.workspace_expected, factored.workspace_safe, factored.replayed)
    assert found == (1.5, 3.0, False)
