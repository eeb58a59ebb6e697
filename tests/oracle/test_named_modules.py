"""Networks by name against modules written from their papers: counts, and every mark of two steps.

SegNet: layer by layer its authors' segnet_train.prototxt (github.com/alexgkendall/SegNet-Tutorial),
in which poolings round up. SSD300: torchvision's backbone, and its heads map by map.
"""

from functools import partial
from itertools import pairwise

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from hold import BATCH, Held, by_torch
from imported import counted
from torch import Tensor, nn
from torchvision.models.detection import ssd300_vgg16

from convcalc.facts.setup import INFER, TRAIN
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate


def convolutions(*depths: int) -> nn.Sequential:
    """Each with a batch norm and a ReLU, as all but the last of SegNet's are."""
    layers: list[nn.Module] = []
    for before, after in pairwise(depths):
        layers += [nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(True)]
    return nn.Sequential(*layers)


class SegNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.down1 = convolutions(3, 64, 64)
        self.down2 = convolutions(64, 128, 128)
        self.down3 = convolutions(128, 256, 256, 256)
        self.down4 = convolutions(256, 512, 512, 512)
        self.down5 = convolutions(512, 512, 512, 512)
        self.up5 = convolutions(512, 512, 512, 512)
        self.up4 = convolutions(512, 512, 512, 256)
        self.up3 = convolutions(256, 256, 256, 128)
        self.up2 = convolutions(128, 128, 64)
        self.up1 = nn.Sequential(*convolutions(64, 64), nn.Conv2d(64, 11, 3, padding=1))
        self.pool = nn.MaxPool2d(2, ceil_mode=True, return_indices=True)
        self.unpool = nn.MaxUnpool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        stages = (self.down1, self.down2, self.down3, self.down4, self.down5)
        kept: list[Tensor] = []
        sizes = []
        for stage in stages:
            x = stage(x)
            sizes.append(x.shape)
            x, positions = self.pool(x)
            kept.append(positions)
            del positions
        for stage in (self.up5, self.up4, self.up3, self.up2, self.up1):
            x = self.unpool(x, kept.pop(), output_size=sizes.pop())
            x = stage(x)
        return x


class SSD300(nn.Module):
    def __init__(self, classes: int) -> None:
        super().__init__()
        whole = ssd300_vgg16(weights=None, weights_backbone=None, num_classes=classes)
        self.backbone = whole.backbone
        self.scores = whole.head.classification_head.module_list
        self.sides = whole.head.regression_head.module_list

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        found: list[Tensor] = []
        maps = self.backbone(x).values()
        for each, scores, sides in zip(maps, self.scores, self.sides, strict=True):
            found += [scores(each), sides(each)]
        return tuple(found)


MODULES = [
    ("segnet", SegNet, [3, 360, 480], 29_449_355),  # the paper: 29.45 M
    ("ssd300", partial(SSD300, 21), [3, 300, 300], 26_285_486),
    ("ssd300_vgg16", partial(SSD300, 91), [3, 300, 300], 35_641_826),  # as torchvision says itself
]


@pytest.mark.parametrize("mode", [TRAIN, INFER])
@pytest.mark.parametrize(("name", "build", "image", "parameters"), MODULES)
def test_counts_and_marks(name, build, image, parameters, mode):
    torchs = by_torch(Held(name, build, [image]), mode)
    walk = propagate(load(name))
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False, mode=mode)
    assert counted(walk)._asdict() == torchs.counts
    assert torchs.counts["parameters"] == parameters
    assert [tuple(mark) for mark in simulate(walk, setup).marks] == torchs.marks
