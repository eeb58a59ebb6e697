"""Networks of one and three axes and of two inputs, held to torch as hold.py holds them."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from hold import BATCH, Held, by_torch, differences, of_file
from imported import counted
from torch import nn
from torchvision_import import models

from convcalc.facts.setup import INFER, TRAIN
from convcalc.facts.shape import Shape, Vector
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.models.importers.torch_import import spec_of
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

MODELS = Path(__file__).parents[1] / "fixtures" / "models"
NETWORKS = {
    network.name: network
    for name in ("volumes.py", "unusual_volumes.py", "mixed_axes.py", "laid_over.py")
    for network in of_file(str(MODELS / name), [])
}
LAID_OVER = str(MODELS / "laid_over.py")
VIDEO = ("r3d_18", "mc3_18", "r2plus1d_18")


@pytest.mark.parametrize("mode", [TRAIN, INFER])
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name: str, mode: str) -> None:
    assert not differences(NETWORKS[name], mode)


@pytest.mark.parametrize("name", [each.name for each in of_file(LAID_OVER, [])])
def test_sums_of_unlike_sizes_are_layers_and_not_records(name: str) -> None:
    network = NETWORKS[name]
    sizes = [
        Vector(1, 1, *size) if len(size) == 1 else Shape(*size[::-1]) for size in network.inputs
    ]
    written = spec_of(network.build(), sizes, "a test")
    assert "operator:" not in written
    assert "add:" in written or "subtract:" in written


@pytest.mark.parametrize("name", VIDEO)
def test_a_network_for_video(name: str) -> None:
    assert not differences(_video(name, [3, 16, 32, 32]), TRAIN)


@pytest.mark.parametrize("mode", [TRAIN, INFER])
@pytest.mark.parametrize("name", [*VIDEO, "s3d"])
def test_a_network_for_video_by_name(name: str, mode: str) -> None:
    walk = propagate(load(name))
    torchs = by_torch(_video(name, list(walk.nodes[0].facts.output.in_torch)), mode)
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False, mode=mode)
    assert counted(walk)._asdict() == torchs.counts
    assert [tuple(mark) for mark in simulate(walk, setup).marks] == torchs.marks


def _video(name: str, size: list[int]) -> Held:
    def build() -> nn.Module:
        with torch.device("meta"):
            return models.video.__dict__[name](weights=None)

    return Held(name, build, [size])
