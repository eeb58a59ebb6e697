"""Whether a figure is within a limit, to the byte, on either side of the safe figure."""

from typing import NamedTuple

import pytest
from support import walk

from convcalc.facts.setup import Setup
from convcalc.memory.cublas import Blocks
from convcalc.memory.estimate import Estimate, Machine


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


@pytest.mark.parametrize("factor", [None, 2.0])
@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("reserved", range(997, 1007))
def test_fits_is_what_the_figure_says(factor, safe, reserved):
    """Whatever the remainder of what the safe figure adds."""
    card = Machine(context=10, most_context=12, factor=factor, cublas=Blocks(9))
    estimate = Estimate(WALKED, Setup(2), card, Peaks(reserved))
    figure = estimate.safe if safe else estimate.expected
    for limit in range(figure - 6, figure + 7):
        assert estimate.fits(limit, safe) == (figure <= limit)
    assert not estimate.fits(9, safe)  # less than the context


def test_a_run_without_products_loads_no_cublas():
    card = Machine(context=10, cublas_context=4)
    assert Estimate(WALKED, Setup(2), card, Peaks(1, multiplies=False)).context == 6
    assert Estimate(WALKED, Setup(2), card, Peaks(1)).context == 10


@pytest.mark.parametrize("factor", [None, 2.0])
def test_what_a_figure_cannot_be_below(factor):
    card = Machine(context=10, most_context=12, factor=factor)
    estimate = Estimate(WALKED, Setup(2), card, Peaks(50_000_000, peak_live=40_000_000))
    for safe in (True, False):
        figure = estimate.safe if safe else estimate.expected
        assert 40_000_000 + 10 <= estimate.least(safe) <= figure
