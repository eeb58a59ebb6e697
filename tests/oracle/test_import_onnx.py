"""ONNX files of torchvision's networks beside torch: counts, and two training steps.

Exported in training mode by the TorchScript exporter, without constant folding, which would
fold batch norms; the weights are taken out of the files. CONVCALC_IMPORT_ALL=1 takes 25 networks
in place of five.
"""

import os
import warnings
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")
pytest.importorskip("onnx")

import onnx
import torch
from compare import observed, on_cpu
from imported import BATCH, Flat, counted, counted_by_torch
from imported_models import Arithmetic
from torch import nn
from torchvision_import import models

from convcalc.memory.simulate import simulate
from convcalc.models.importers.onnx_import import import_onnx
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate

SAMPLE = ["alexnet", "resnet18", "squeezenet1_1", "mobilenet_v2", "shufflenet_v2_x0_5"]
ALL = [*SAMPLE, "squeezenet1_0", "resnet34", "resnet50", "resnet101", "resnet152",
       "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2",
       "wide_resnet101_2", "mnasnet0_5", "mnasnet0_75", "mnasnet1_0", "mnasnet1_3",
       "shufflenet_v2_x1_0", "shufflenet_v2_x1_5", "shufflenet_v2_x2_0", "vgg11", "vgg11_bn",
       "densenet121"]  # fmt: skip
NAMES = ALL if os.environ.get("CONVCALC_IMPORT_ALL") else SAMPLE
SIZE = 64
LARGE = ("alexnet", "vgg11", "vgg11_bn")  # adaptive pooling is exported where it divides


def model(name: str) -> nn.Module:
    return models.get_model(name, weights=None, num_classes=10)


def exported(network: nn.Module, path: Path, size: int, **options: Any) -> Path:
    """An ONNX file without weights."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network,
            (torch.randn(BATCH, 3, size, size),),
            str(path),
            dynamo=False,
            training=torch.onnx.TrainingMode.TRAINING,
            do_constant_folding=False,
            input_names=["images"],
            **options,
        )
    file = onnx.load(path)
    for tensor in file.graph.initializer:
        if len(tensor.raw_data) > 4096:
            tensor.ClearField("raw_data")
    onnx.save(file, path)
    return path


@pytest.mark.parametrize("name", NAMES)
def test_counts_and_training_steps(name: str, tmp_path: Path) -> None:
    holds(model(name).train(), 224 if name in LARGE else SIZE, tmp_path)


def test_numbers_and_tensors_in_sums_and_products(tmp_path: Path) -> None:
    holds(Arithmetic(), SIZE, tmp_path)


def holds(network: nn.Module, size: int, tmp_path: Path) -> None:
    path = exported(network, tmp_path / "net.onnx", size, dynamic_axes={"images": {0: "batch"}})
    walk = propagate(parse_written(import_onnx(str(path))))
    assert counted(walk) == counted_by_torch(network, size)
    for optimizer in ("momentum", "adam"):
        setup = on_cpu(BATCH, optimizer=optimizer)
        run = Flat(network, torch.zeros(BATCH, 3, size, size))
        real = observed(run, (3, size, size), setup)
        found = simulate(walk, setup)
        assert found.peak_live == max(mark.phase_peak for mark in real)
        # `out += identity` cannot be told from `out + identity`: only marks in the forward
        # pass may differ by it, never what is held when it ends.
        assert [mark.live for mark in found.marks] == [mark.live for mark in real]


@pytest.mark.parametrize("opset", [9, 11, 13, 17, 20])
def test_every_opset(opset: int, tmp_path: Path) -> None:
    network = model("mobilenet_v2").train()
    path = exported(network, tmp_path / "net.onnx", SIZE, opset_version=opset)
    assert counted(propagate(parse_written(import_onnx(str(path))))) == counted_by_torch(
        network, SIZE
    )
