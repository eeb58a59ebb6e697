"""Networks from papers by name: every mark of two real steps of the module that export writes."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from hold import BATCH, Held, by_torch
from imported import counted
from test_export import built
from torch import nn

from convcalc.facts.setup import TRAIN
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

EXACT = """
    nin_cifar10 srcnn dcgan_generator dcgan_discriminator pix2pix_discriminator all_cnn_a all_cnn_b
    resnet20_cifar mobilenet_v1 preact_resnet18_cifar se_resnet50 darknet19 ssd300
"""
# The exported forward is one function, whose variables hold what the papers' modules let go
# of: live bytes at the end of every phase are equal, the peak of the forward pass is not.
HELD_LONGER = "pix2pix_generator edsr_baseline_x4 yolov3_tiny segnet"


@pytest.mark.parametrize("name", [*EXACT.split(), *HELD_LONGER.split()])
def test_counts_and_marks(name: str) -> None:
    walk = propagate(load(name))

    def build() -> nn.Module:
        with torch.device("meta"):
            return built(walk)

    torchs = by_torch(Held(name, build, [list(walk.nodes[0].facts.output.in_torch)]), TRAIN)
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False)
    marks = [tuple(mark) for mark in simulate(walk, setup).marks]
    assert counted(walk)._asdict() == torchs.counts
    if name in HELD_LONGER.split():
        forward = [mark[:2] for mark in torchs.marks]
        assert [mark[:2] for mark in marks] == forward
    else:
        assert marks == torchs.marks
