"""Whether a figure is within a limit, to the byte, on either side of the figure."""

from typing import NamedTuple

import pytest
from support import walk

from convcalc.facts.setup import Setup
from convcalc.memory.estimate import Estimate, Machine
from convcalc.memory.stacks import Margin


class Peaks(NamedTuple):
    """A run whose segments are as large as they are said to be."""

    peak_reserved: int
    more: int = 3
    peak_live: int = 1
    has_products: bool = True
    largest_workspace: int = 2

    @property
    def peak_reserved_with_workspaces(self) -> int:
        return self.peak_reserved + self.more

    def reserves_at_most(self, most, workspaces=False):
        return self.peak_reserved + self.more * workspaces <= most

    def runs_within(self, most, workspaces=False):
        return self.peak_live + self.more * workspaces <= most


WALKED = walk("INPUT[31x17x3] -> CONV3-5(P=0) -> FC-3")
CARD = Machine(context=10, most_context=12, margin=Margin(part=7, largest=1.5, fixed=0))


@pytest.mark.parametrize("factor", [None, 2.0])
@pytest.mark.parametrize("safe", [True, False])
@pytest.mark.parametrize("reserved", range(997, 1012))
def test_fits_is_what_the_figure_says(factor, safe, reserved):
    """Whatever the remainder of the part that the safe figure adds."""
    estimate = Estimate(WALKED, Setup(2), CARD._replace(factor=factor), Peaks(reserved))
    figure = estimate.safe if safe else estimate.expected
    for limit in range(figure - 9, figure + 10):
        assert estimate.fits(limit, safe) == (figure <= limit)
    assert not estimate.fits(9, safe)  # less than the context


def test_the_figures():
    """By hand: 1003 with workspaces; 7 % more, the most of a context, 1.5 largest workspaces."""
    estimate = Estimate(WALKED, Setup(2), CARD, Peaks(1000))
    assert estimate.expected == 1003 + 10
    assert estimate.safe == 1003 * 107 // 100 + 12 + 3
    assert estimate.max_memory_reserved == 1003
    assert estimate.floor == 1 + 10
    assert estimate.workspace == 3
    assert estimate.safe_margin == estimate.safe - 1000 - 10
    largest = 29 * 15 * 5 * 4 * 2  # the output of the convolution, in float32, of two images
    assert 31 * 17 * 3 < 29 * 15 * 5
    with_factor = Estimate(WALKED, Setup(2), CARD._replace(factor=0.5), Peaks(1000))
    assert with_factor.expected == 1000 + largest // 2 + 10
    assert with_factor.safe == 1000 + largest + 12


def test_a_run_without_products_loads_no_cublas():
    card = CARD._replace(cublas_context=4)
    without = Estimate(WALKED, Setup(2), card, Peaks(1, has_products=False))
    assert (without.context, without.safe) == (6, 4 * 107 // 100 + 8 + 3)
    assert Estimate(WALKED, Setup(2), card, Peaks(1)).context == 10


@pytest.mark.parametrize("factor", [None, 2.0])
def test_what_a_figure_cannot_be_below(factor):
    peaks = Peaks(50_000_000, peak_live=40_000_000)
    estimate = Estimate(WALKED, Setup(2), CARD._replace(factor=factor), peaks)
    for safe in (True, False):
        figure = estimate.safe if safe else estimate.expected
        assert 40_000_000 + 10 <= estimate.least_figure(safe) <= figure
    least = estimate.least_figure(True)
    assert factor or least == 40_000_000 * 107 // 100 + 12 + 3


def test_runs_where_cached_memory_is_given_back():
    estimate = Estimate(WALKED, Setup(2), CARD, Peaks(1000, peak_live=100))
    assert estimate.runs_within(100 + 3 + 10)
    assert not estimate.runs_within(100 + 3 + 9)
    assert not estimate.runs_within(10)


def test_the_same_run_on_another_machine():
    estimate = Estimate(WALKED, Setup(2), CARD, Peaks(1000))
    other = estimate.on_machine(CARD._replace(context=20))
    assert (estimate.expected, other.expected) == (1013, 1023)
    assert (other.setup, other.peaks) == (estimate.setup, estimate.peaks)
