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
    efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6
    efficientnet_b7 efficientnet_v2_s efficientnet_v2_m efficientnet_v2_l
    regnet_x_400mf regnet_x_800mf regnet_x_1_6gf regnet_x_3_2gf regnet_x_8gf regnet_x_16gf
    regnet_x_32gf regnet_y_800mf regnet_y_1_6gf regnet_y_3_2gf regnet_y_8gf regnet_y_16gf
    regnet_y_32gf regnet_y_128gf convnext_small convnext_base convnext_large
    fcn_resnet50 fcn_resnet101 deeplabv3_resnet50 deeplabv3_resnet101
    deeplabv3_mobilenet_v3_large lraspp_mobilenet_v3_large
"""
SERVED_TOO = """
    resnext101_32x8d wide_resnet101_2 mnasnet0_5 shufflenet_v2_x0_5 efficientnet_b1
    efficientnet_v2_s regnet_x_400mf regnet_y_800mf convnext_small
"""
TRAINED = [(name, TRAIN) for name in NAMES.split()]
SERVED = [(name, INFER) for name in SERVED_TOO.split()]


@pytest.mark.parametrize(("name", "mode"), TRAINED + SERVED)
def test_counts_and_marks(name: str, mode: str) -> None:
    walk = propagate(load(name))
    image = list(walk.nodes[0].facts.output.in_torch)
    untrained = (
        {"weights": None, "weights_backbone": None} if image[1] == 520 else {"weights": None}
    )
    build = partial(models.get_model, name, **untrained)
    torchs = by_torch(Held(name, build, [image]), mode)
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False, mode=mode)
    assert counted(walk)._asdict() == torchs.counts
    assert [tuple(mark) for mark in simulate(walk, setup).marks] == torchs.marks
