"""Autocast in real steps: bfloat16 on a CPU, for operators that its lists treat as CUDA's.

A CPU's lists (autocast_mode.cpp) differ for softmax, layer and group norm, pow and
interpolation; that islands of float32 cost what the simulator says is shown with reflection
padding, which is one on a CPU.
"""

import copy
from collections.abc import Iterator

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import fx_bridge
import torch
from compare import differences, on_cpu
from modules import IMAGE, NETWORKS
from random_networks import Item, text_of, walk_of
from spec_module import SpecModule
from torch import Tensor, nn
from torchvision_import import models

from convcalc.facts import operators as op
from convcalc.facts.setup import INFER
from convcalc.facts.shape import Shape

OTHER_LISTS = (
    nn.Softmax,
    nn.LocalResponseNorm,
    nn.LPPool2d,
    nn.GroupNorm,
    nn.LayerNorm,
    nn.InstanceNorm2d,
    nn.Upsample,
    nn.ReflectionPad2d,
    nn.Softplus,
)
SAME_LISTS = [
    name
    for name, model in NETWORKS.items()
    if not any(isinstance(m, OTHER_LISTS) for m in model.modules())
]
ALIKE = pytest.mark.parametrize("name", SAME_LISTS)


@ALIKE
def test_training(name: str) -> None:
    assert not differences(copy.deepcopy(NETWORKS[name]), IMAGE, on_cpu(amp=True))


@ALIKE
def test_inference(name: str) -> None:
    assert not differences(copy.deepcopy(NETWORKS[name]), IMAGE, on_cpu(amp=True, mode=INFER))


@pytest.mark.parametrize("name", ["add", "concat", "gate first", "perceptron"])
def test_accumulating_gradients(name: str) -> None:
    model = copy.deepcopy(NETWORKS[name])
    assert not differences(model, IMAGE, on_cpu(amp=True, accumulate=2))


@pytest.mark.parametrize("name", ["resnet18", "squeezenet1_1"])
def test_networks(name: str) -> None:
    model = getattr(models, name)(weights=None, num_classes=10)
    assert not differences(model, (3, 32, 32), on_cpu(amp=True))


class Island(nn.Module):
    """A float32 map `a` and a half map `b`, and what joins them."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind
        self.stem, self.pad = nn.Conv2d(3, 8, 3), nn.ReflectionPad2d(1)
        self.middle, self.last = nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 1)
        self.gamma = nn.Parameter(torch.ones(8, 1, 1))
        self.head = nn.Linear((16 if kind == "cat" else 8) * 13 * 11, 5)

    def forward(self, x: Tensor) -> Tensor:
        a = self.pad(self.stem(x))
        b = self.middle(a)
        if self.kind == "add":
            y = a + b
        elif self.kind == "add the other way":
            y = b + a
        elif self.kind == "scale":
            y = self.last(self.gamma * b) + b
        elif self.kind == "cat":
            y = torch.cat([a, b], 1)
        else:
            y = a * b
        return self.head(torch.flatten(y, 1))


@pytest.fixture
def padding_in_float32(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(
        fx_bridge.MODULES,
        nn.ReflectionPad2d,
        lambda call: op.keeps_input(call.count, autocast=op.FLOAT32),
    )
    yield


@pytest.mark.usefixtures("padding_in_float32")
@pytest.mark.parametrize("kind", ["add", "add the other way", "scale", "cat", "multiply"])
def test_islands_of_float32(kind: str) -> None:
    assert not differences(Island(kind), IMAGE, on_cpu(amp=True))


BEHIND: dict[str, list[Item]] = {
    "conv": ["relu"],
    "bn": ["bn", {"silu": {"inplace": False}}],
    "transposed": [{"convtranspose": {"filters": 4, "size": 2, "stride": 2}}],
    "max pool": [{"pool": {"mode": "max", "size": 2, "stride": 1}}],
    "average pool": [{"pool": {"mode": "avg", "size": 2, "stride": 1}}],
    "gap": ["gap"],
}
IN_FLOAT32 = ("max pool", "average pool", "gap")  # along three axes, on a CPU: CUDA lists none


@pytest.mark.parametrize(
    ("size", "kind"),
    [(Shape(30, 3), kind) for kind in BEHIND]
    + [(Shape(7, 6, 5, 3), kind) for kind in BEHIND if kind not in IN_FLOAT32],
    ids=str,
)
def test_one_and_three_axes(size: Shape, kind: str) -> None:
    first: Item = {"conv": {"filters": 8, "size": 3}}
    walk = walk_of(text_of(size, [first, *BEHIND[kind], {"fc": {"units": 5}}]))
    model = SpecModule(walk)
    assert not differences(model, size.in_torch, on_cpu(amp=True), run=model, graph=walk)


def test_fixed_scales_widen_what_they_multiply() -> None:
    """Buffers stay float32, so what a frozen batch norm makes of a convolution's half does too."""
    layers: list[Item] = [{"conv": {"filters": 8, "size": 3}}, "frozenbn", {"fc": {"units": 5}}]
    walk = walk_of(text_of(Shape(9, 7, 3), layers))
    model = SpecModule(walk)
    assert not differences(model, (3, 7, 9), on_cpu(amp=True), run=model, graph=walk)
