"""convcalc.analyze on modules that somebody holds: the figures of an import, nothing touched."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from torch import nn
from torchvision.models import resnet18

import convcalc
from convcalc.text.errors import ConvcalcError


class Pair(nn.Module):
    """Two inputs of different sizes."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.right = nn.Conv2d(3, 4, 3), nn.Linear(7, 4)

    def forward(self, image, vector):
        return self.left(image).mean((2, 3)) + self.right(vector.flatten(1))


def test_a_module_is_what_its_import_is():
    module = resnet18().eval()
    before = {name: tensor.clone() for name, tensor in module.state_dict().items()}
    made = convcalc.analyze(module, input=(3, 224, 224), batch=2)
    named = convcalc.analyze("torch:torchvision.models:resnet18", batch=2)
    assert made.totals == named.totals
    assert made.pytorch.expected == named.pytorch.expected
    assert not module.training
    for name, tensor in module.state_dict().items():
        assert tensor.device.type == "cpu"
        assert torch.equal(tensor, before[name]), name


def test_several_inputs():
    made = convcalc.analyze(Pair(), input=[(3, 16, 24), (7, 1, 1)])
    assert [row.output for row in made.rows if row.type == "INPUT"] == [(24, 16, 3), (1, 1, 7)]
    assert made.totals["parameters"] == sum(p.numel() for p in Pair().parameters())


def test_a_module_needs_the_size_of_its_input():
    with pytest.raises(ConvcalcError) as caught:
        convcalc.analyze(nn.Sequential(nn.Flatten(), nn.Linear(48, 3)))
    assert str(caught.value) == (
        "Sequential does not say the size of its input\nhint: give it: input=(3, 224, 224)"
    )
