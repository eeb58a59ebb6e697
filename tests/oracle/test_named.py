"""Networks by name against torchvision's own: counts, and every mark of two real steps."""

from functools import partial

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from hold import BATCH, Held, by_torch
from imported import counted
from torchvision_import import models

from convcalc.facts.setup import INFER, TRAIN
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

NAMES = """
    resnext101_32x8d resnext101_64x4d wide_resnet101_2 densenet161 densenet169 densenet201
    mnasnet0_5 mnasnet0_75 mnasnet1_3 shufflenet_v2_x0_5 shufflenet_v2_x1_5 shufflenet_v2_x2_0
"""
TRAINED = [(name, TRAIN) for name in NAMES.split()]
# A local variable of densenet's forward holds the concatenated maps: no block's input.
SERVED = [(name, INFER) for name, _ in TRAINED if not name.startswith("densenet")]


@pytest.mark.parametrize(("name", "mode"), TRAINED + SERVED)
def test_counts_and_marks(name: str, mode: str) -> None:
    build = partial(getattr(models, name), weights=None)
    torchs = by_torch(Held(name, build, [[3, 224, 224]]), mode)
    walk = propagate(load(name))
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False, mode=mode)
    assert counted(walk)._asdict() == torchs.counts
    assert [tuple(mark) for mark in simulate(walk, setup).marks] == torchs.marks
