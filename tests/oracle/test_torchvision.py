"""torchvision's networks: the fixtures, and real steps at small sizes."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from compare import differences, on_cpu
from fx_bridge import TracedGraph, trace
from torch import nn
from torchvision_import import models

from convcalc.facts.setup import INFER
from convcalc.memory.simulate import CPU, SimulationSetup, simulate

FIXTURES = Path(__file__).parents[1] / "fixtures"
PEAKS = json.loads((FIXTURES / "pytorch_peaks.json").read_text())
FACTS = json.loads((FIXTURES / "torchvision_facts.json").read_text())
SMALL = {"alexnet": 64, "squeezenet1_1": 64, "googlenet": 64, "inception_v3": 299}
NAMES = [
    "alexnet",
    "resnet18",
    "mobilenet_v2",
    "squeezenet1_1",
    "googlenet",
    "densenet121",
    "efficientnet_b0",
    "mobilenet_v3_small",
    "shufflenet_v2_x1_0",
    "regnet_y_400mf",
    "mnasnet1_0",
    "convnext_tiny",
    "inception_v3",
]
# A local variable of densenet's forward holds the concatenated maps: no block's input.
EAGER = [name for name in NAMES if name != "densenet121"]


def model(name: str, device: str = "meta", **options: Any) -> nn.Module:
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    with torch.device("cpu" if name.startswith("regnet") else device):
        return getattr(models, name)(weights=None, **options)


@cache
def traced(name: str, image: int, aux: bool) -> TracedGraph:
    options = {"aux_logits": aux} if name in ("googlenet", "inception_v3") else {}
    return trace(model(name, **options), (3, image, image))


def setup_of(row: dict[str, Any], **options: Any) -> SimulationSetup:
    optimizer, _, decay = row["optimizer"].partition(" + ")
    weight_decay = 1e-4 if decay else 0.0
    return SimulationSetup(row["batch"], optimizer=optimizer, weight_decay=weight_decay, **options)


def name_of(row: dict[str, Any]) -> str:
    return f"{row['model']}-{row['batch']}-{row.get('optimizer', '')}"


@pytest.mark.parametrize("row", PEAKS["large"], ids=name_of)
def test_published_peaks(row: dict[str, Any]) -> None:
    result = simulate(traced(row["model"], row["image"], aux=False), setup_of(row))
    assert result.peak_live == row["peak_live"]
    assert [mark.live for mark in result.marks] == [mark["live"] for mark in row["marks"]]


@pytest.mark.parametrize("row", PEAKS["small"], ids=name_of)
def test_measured_peaks(row: dict[str, Any]) -> None:
    graph = traced(row["model"], row["image"], aux=False)
    in_place = simulate(graph, setup_of(row, variant=CPU)).peak_live
    out_of_place = simulate(graph, setup_of(row, variant=CPU, in_place=False)).peak_live
    assert in_place == row["peak_live_in_place_accumulation"]
    assert out_of_place == row["peak_live_out_of_place_accumulation"]
    assert out_of_place == row["measured_peak_live_cpu"]


@pytest.mark.parametrize("row", FACTS, ids=name_of)
def test_saved_for_backward(row: dict[str, Any]) -> None:
    graph = traced(row["model"], row["image"], aux=True)
    result = simulate(graph, SimulationSetup(row["batch"], variant=CPU))
    assert result.held_for_backward == row["saved_for_backward"]


@pytest.mark.parametrize("name", NAMES)
def test_real_steps(name: str) -> None:
    size = SMALL.get(name, 32)
    assert not differences(model(name, "cpu", num_classes=10), (3, size, size), on_cpu())


@pytest.mark.parametrize("name", EAGER)
def test_real_inference_with_the_frames_of_blocks(name: str) -> None:
    size = SMALL.get(name, 32)
    options = {"aux_logits": False} if name in ("googlenet", "inception_v3") else {}
    network = model(name, "cpu", num_classes=10, **options).eval()
    image, setup = (3, size, size), on_cpu(mode=INFER)
    assert not differences(network, image, setup, run=network, graph=trace(network, image))
