"""Networks exported by torch's two exporters, and Keras's, beside the direct import.

Parameters, multiply-adds, and the bytes that a forward pass leaves for the backward pass.
The newer exporter needs onnxscript, and folds batch norms unless it is told not to.
"""

import sys
import warnings
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")
pytest.importorskip("onnx")

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("importers", "fixtures/models")]

import keras_models
import networks
import torch
import torch.nn.functional as F
from compare import on_cpu
from torch import Tensor, nn

from convcalc.facts.shape import Shape
from convcalc.memory.simulate import simulate
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.importers.torch_import import spec_of
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate

NAMES = ["mnist_example", "srcnn", "alexnet_lrn", "wrn28_4", "pix2pix_unet", "edsr", "dncnn",
         "mcnn", "unetpp", "crnn_cnn_part"]  # fmt: skip


def figures(text: str) -> tuple[int, int, int]:
    walk = propagate(parse_written(text))
    facts = [node.facts for node in walk.nodes]
    parameters = sum(each.elements for fact in facts for each in fact.parameters)
    marks = {mark.phase: mark.live for mark in simulate(walk, on_cpu(2)).marks}
    return parameters, sum(fact.macs for fact in facts), marks["fwd0"]


@pytest.mark.parametrize("name", NAMES)
def test_the_exporter_of_torchscript(name: str, tmp_path: Path) -> None:
    options = {"dynamo": False, "training": torch.onnx.TrainingMode.PRESERVE}
    holds(name, tmp_path, do_constant_folding=False, **options)


@pytest.mark.parametrize("name", NAMES)
def test_the_exporter_of_dynamo(name: str, tmp_path: Path) -> None:
    pytest.importorskip("onnxscript")
    holds(name, tmp_path, dynamo=True, external_data=False, optimize=False, verbose=False)


def holds(name: str, folder: Path, **options: object) -> None:
    """Compare a network as an exporter writes it with its direct import."""
    item = next(each for each in networks.ITEMS if each["name"] == name)
    depth, height, width = item["inputs"][0]
    model, path = getattr(networks, name)(**item["args"]).train(), str(folder / "net.onnx")
    image = torch.zeros(2, depth, height, width)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(model, (image,), path, **options)
    direct = spec_of(getattr(networks, name)(**item["args"]), Shape(width, height, depth), name)
    assert figures(import_onnx(path)) == figures(direct)


def same(x: Tensor, size: int, stride: int, value: float = 0.0) -> Tensor:
    """TensorFlow's `same` padding of a strided window."""
    total = [max(0, (-(-side // stride) - 1) * stride + size - side) for side in x.shape[:1:-1]]
    ends = [part for each in total for part in (each // 2, each - each // 2)]
    return F.pad(x, ends, value=value) if any(ends) else x


class Strided(nn.Conv2d):
    def forward(self, x: Tensor) -> Tensor:
        return super().forward(same(x, self.kernel_size[0], self.stride[0]))


class Lenet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(1, 8, 4, padding="same"), nn.Conv2d(8, 16, 5)
        self.c, self.d = nn.Linear(400, 32), nn.Linear(32, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu_(self.a(x)), 2)
        x = F.max_pool2d(same(F.relu_(self.b(x)), 3, 2, -1e30), 3, 2)
        return F.softmax(self.d(F.relu_(self.c(x.flatten(1)))), 1)


def mobile() -> nn.Module:
    parts: list[nn.Module] = []
    for i, o, size, s, g in ((3, 16, 3, 2, 1), (16, 16, 3, 1, 16), (16, 24, 1, 1, 1),
                             (24, 24, 3, 2, 24), (24, 32, 1, 1, 1)):  # fmt: skip
        kind = Strided(i, o, size, s, bias=False, groups=g)
        if s == 1:
            kind = nn.Conv2d(i, o, size, padding=size // 2, bias=False, groups=g)
        parts += [kind, nn.BatchNorm2d(o), nn.ReLU6(inplace=True)]
    return nn.Sequential(*parts, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 5))


class Residual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b, self.c = (
            Strided(3, 8, 3, 2), nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        )  # fmt: skip
        self.d, self.e = nn.Conv2d(8, 4, 3, padding=1), nn.Linear(12, 6)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu_(self.a(x))
        x = F.relu_(x + self.c(F.relu_(self.b(x))))
        return self.e(torch.cat([x, self.d(x)], 1).mean((2, 3)))


KERAS = {"lenet": (Lenet, Shape(28, 28, 1)), "mobile": (mobile, Shape(64, 64, 3)),
         "residual": (Residual, Shape(30, 30, 3))}  # fmt: skip


@pytest.mark.parametrize("name", KERAS)
def test_keras(name: str, tmp_path: Path) -> None:
    build, image = KERAS[name]
    text = import_onnx(str(getattr(keras_models, name)(tmp_path)))
    assert figures(text) == figures(spec_of(build(), image, name))
