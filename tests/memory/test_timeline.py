"""One timeline for every batch: the same events, sizes and peaks as a run at that batch."""

from itertools import cycle

import pytest
from support import ONE_OF_A_FAMILY

from convcalc.memory.cublas import Blocks
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.memory.timeline import BatchPeaks, Timeline
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

SETUPS = [
    SimulationSetup(),
    SimulationSetup(amp=True, optimizer="adam"),
    SimulationSetup(mode="infer"),
    SimulationSetup(dtype="bfloat16", accumulate=2, implementation="for-loop"),
]
BATCHES = (2, 7, 64, 1000)
CASES = [
    (name, setup, batch)
    for name, setup, batch in zip(
        ONE_OF_A_FAMILY, cycle(SETUPS), cycle([*BATCHES, 33]), strict=False
    )
]


@pytest.mark.parametrize(("name", "setup", "batch"), CASES, ids=[case[0] for case in CASES])
def test_a_run_at_any_batch(name, setup, batch):
    walked = propagate(load(name))
    run = simulate(walked, setup._replace(batch_size=batch))
    timeline = Timeline(walked, setup)
    assert timeline.events == run.run.tape.events
    assert timeline.sizes_at(batch) == run.run.tape.sizes
    peaks = BatchPeaks(timeline, batch, setup.cublas)
    assert (peaks.peak_live, peaks.peak_reserved) == (run.peak_live, run.peak_reserved)
    assert peaks.peak_reserved_with_workspaces == run.peak_reserved_with_workspaces


@pytest.mark.parametrize("first", [-1, 0, 1], ids=["a byte less first", "exact", "a byte more"])
def test_what_is_reserved_at_most(first):
    timeline = Timeline(propagate(load("resnet18")), SETUPS[0])
    reserved = BatchPeaks(timeline, 8, Blocks(0)).peak_reserved
    peaks = BatchPeaks(timeline, 8, Blocks(0))
    peaks.reserves_at_most(reserved + first)
    answers = [peaks.reserves_at_most(reserved + more) for more in (-1, 0, 1)]
    assert answers == [False, True, True]
    assert peaks.peak_reserved == reserved


def test_a_reservation_too_many_ends_the_replay():
    timeline = Timeline(propagate(load("resnet18")), SETUPS[0])
    peaks = BatchPeaks(timeline, 8, Blocks(0))
    assert not peaks.reserves_at_most(2**20)
    assert peaks._plain._found is None
