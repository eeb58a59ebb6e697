"""Networks of one and three axes and of two inputs, held to torch as hold.py holds them."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from hold import Held, differences, of_file
from torch import nn
from torchvision_import import models

from convcalc.facts.setup import TRAIN

FILE = Path(__file__).parents[1] / "fixtures" / "models" / "volumes.py"
NETWORKS = {network.name: network for network in of_file(str(FILE), [])}
VIDEO = ("r3d_18", "mc3_18", "r2plus1d_18")


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network(name: str) -> None:
    assert not differences(NETWORKS[name], TRAIN)


@pytest.mark.parametrize("name", VIDEO)
def test_a_network_for_video(name: str) -> None:
    def build() -> nn.Module:
        with torch.device("meta"):
            return models.video.__dict__[name](weights=None)

    assert not differences(Held(name, build, [[3, 16, 32, 32]]), TRAIN)
