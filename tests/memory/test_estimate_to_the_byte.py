"""Whether a figure is within a limit, to the byte, on either side of the figure."""

from typing import NamedTuple

import pytest
from support import walk

from convcalc.facts.setup import Setup
from convcalc.facts.stack import EAGER, Stack
from convcalc.memory.cards import find_card
from convcalc.memory.estimate import Estimate, Machine, find_machine, simulation_setup
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
    most = 2 * 2 * 29 * 15 * 5 * 4 * 2  # twice the factor, of the convolution's output
    more = most if factor else 40_000_000 * 7 // 100 + 3
    assert estimate.least_figure(True) == 40_000_000 + more + 12
    assert estimate.least_figure(False) == 40_000_000 + (most // 2 if factor else 0) + 10


def test_runs_where_cached_memory_is_given_back():
    estimate = Estimate(WALKED, Setup(2), CARD, Peaks(1000, peak_live=100))
    assert estimate.runs_within(100 + 3 + 10)
    assert not estimate.runs_within(100 + 3 + 9)
    assert not estimate.runs_within(10)
    least = Estimate(WALKED, Setup(2), CARD, Peaks(1000, more=0, peak_live=1))
    assert (least.runs_within(11), least.runs_within(10)) == (True, False)
    nothing = Estimate(WALKED, Setup(2), CARD, Peaks(0, more=0, peak_live=0))
    assert not nothing.runs_within(10)  # the context alone fills it


def test_the_same_run_on_another_machine():
    estimate = Estimate(WALKED, Setup(2), CARD, Peaks(1000))
    other = estimate.on_machine(CARD._replace(context=20))
    assert (estimate.expected, other.expected) == (1013, 1023)
    assert (other.setup, other.peaks) == (estimate.setup, estimate.peaks)


MIB = 2**20


@pytest.mark.parametrize(("mode", "gpus", "more"), [("train", 2, 276), ("infer", 2, 0)])
def test_the_safe_figure_of_several_gpus_has_nccls_buffers(mode, gpus, more):
    """789 MiB were seen on an A100 where two ranks talked, 513 where one ran alone."""
    alone, both = (
        Estimate(WALKED, Setup(2, mode=mode, gpus=each), CARD, Peaks(1000)) for each in (1, gpus)
    )
    assert both.safe - alone.safe == more * MIB
    assert both.expected == alone.expected


def test_without_a_card_the_context_lies_between_those_that_were_seen():
    """530 MiB by the rule for an A100, 762 of an H200; an A100's units and its eager context."""
    machine = find_machine()
    assert (machine.context, machine.most_context) == (646 * MIB, 762 * MIB)
    assert machine.workspaces == find_machine("a100-80gb").workspaces
    eager = Stack(loading=EAGER)
    assert find_machine(stack=eager).context == find_machine("a100-80gb", stack=eager).context


@pytest.mark.parametrize("loading", ["lazy", EAGER])
def test_a_card_loads_its_libraries_as_it_is_told(loading):
    card, machine = find_card("t4"), find_machine("t4", stack=Stack(loading=loading))
    if loading == EAGER:  # all at once, cuBLAS too
        expected = (card.context_eager, card.context_eager, 0)
    else:
        expected = (card.context_with_libraries, card.context_most, card.cublas_context)
    assert (machine.context, machine.most_context, machine.cublas_context) == expected


def test_a_figure_is_the_sum_of_its_parts_where_gpus_hold_a_share_each():
    estimate = Estimate(WALKED, Setup(2, gpus=4, strategy="zero-3"), CARD)
    assert estimate.spread != 0
    own = estimate.peaks.peak_reserved + estimate.context + estimate.spread
    assert own + estimate.safe_margin == estimate.safe
    assert own + estimate.workspace == estimate.expected


def test_blocks_that_are_checkpointed_are_named_to_the_simulator():
    text = """\
input: 9x5x3
blocks:
  b: {layers: [relu, tanh]}
layers: [b: {checkpoint: true}, b, fc: {units: 2}]
"""
    setup = simulation_setup(Setup(2), walk(text, is_yaml=True), CARD)
    assert [".".join(scope) for scope in setup.checkpoint] == ["b1"]
    assert simulation_setup(Setup(2), WALKED, CARD).checkpoint == frozenset()
