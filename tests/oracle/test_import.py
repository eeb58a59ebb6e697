"""Imported models beside torch: counts, every mark of two training steps, and inference.

A model runs as it stands: its variables hold values, and the spec says until when. The whole
of torchvision's classification networks is held to the same in `import_all.py`.
"""

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from imported import counted, counted_by_torch, imported, marks
from imported_models import MODELS
from torch import nn
from torchvision_import import models

from convcalc.models.importers.torch_target import build_module

NAMES = ["alexnet", "vgg11_bn", "resnet50", "squeezenet1_1", "googlenet", "inception_v3",
         "densenet121", "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5", "shufflenet_v2_x0_5",
         "regnet_y_400mf", "efficientnet_b0", "convnext_tiny"]  # fmt: skip
SEGMENTATION = ["fcn_resnet50", "deeplabv3_mobilenet_v3_large", "lraspp_mobilenet_v3_large"]
BACKBONES = {
    "resnet50_fpn": ("resnet_fpn_backbone", {"backbone_name": "resnet50"}),
    "mobilenet_fpn": (
        "mobilenet_backbone",
        {"backbone_name": "mobilenet_v3_large", "fpn": True},
    ),
}
SETUPS = [{"optimizer": "momentum"}, {"optimizer": "adam"}, {"mode": "infer"}]
SMALLEST = {"inception_v3": 299}  # its auxiliary head
# What is still too low in a peak of the forward pass, and why (docs/import.md says so too).
KNOWN = {
    "mobilenet_fpn": "256 B: a value that the list of the pyramid's results holds as it is filled",
}


def expect_known(request: pytest.FixtureRequest, name: str, setup: dict[str, str]) -> None:
    """A difference that is known must be there: who mends it takes it out of the list."""
    reason = KNOWN.get(name) or KNOWN.get(f"{name} {setup.get('mode', 'train')}")
    if reason:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True))


def maker(name: str, mode: str = "train") -> Callable[[], nn.Module]:
    """A torchvision model on the meta device; in evaluation it has no auxiliary heads."""
    options: dict[str, Any] = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        options |= {"init_weights": False, "aux_logits": mode == "train"}
    if name in BACKBONES:
        function, more = BACKBONES[name]
        place = "torchvision.models.detection.backbone_utils"
        return lambda: build_module(f"{place}:{function}", {"weights": None, **more})
    if name in SEGMENTATION:
        options["weights_backbone"] = None
        name = f"segmentation.{name}"
    return lambda: build_module(f"torchvision.models:{name}", options)


@pytest.mark.parametrize("name", [*NAMES, *SEGMENTATION, *BACKBONES])
def test_counts(name: str) -> None:
    size = 299 if name == "inception_v3" else 224
    walk = imported(maker(name)(), size)
    assert counted(walk) == counted_by_torch(maker(name)().train(), size)


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: " ".join(setup.values()))
@pytest.mark.parametrize("name", [*NAMES, *SEGMENTATION, *BACKBONES])
def test_every_mark(name: str, setup: dict[str, str], request: pytest.FixtureRequest) -> None:
    expect_known(request, name, setup)
    make = maker(name, setup.get("mode", "train"))
    real, simulated = marks(make, SMALLEST.get(name, 64), **setup)
    assert real == simulated


@pytest.mark.parametrize("setup", SETUPS, ids=lambda setup: " ".join(setup.values()))
@pytest.mark.parametrize("name", MODELS)
def test_models_that_nobody_prepared(
    name: str, setup: dict[str, str], request: pytest.FixtureRequest
) -> None:
    expect_known(request, name, setup)
    assert counted(imported(MODELS[name](), 32)) == counted_by_torch(MODELS[name](), 32)
    real, simulated = marks(MODELS[name], 32, **setup)
    assert real == simulated


def test_meta_is_all_that_is_needed() -> None:
    with torch.device("meta"):
        huge = nn.Sequential(nn.Conv2d(3, 100_000, 3), nn.Conv2d(100_000, 100_000, 3))
    assert counted(imported(huge, 16)).parameters == 90_002_900_000


def test_every_classification_network_is_there() -> None:
    """The 68 of torchvision that are not transformers: a new one must be looked at."""
    names = models.list_models(module=models)
    assert len([n for n in names if not n.startswith(("vit", "swin", "maxvit"))]) == 68
