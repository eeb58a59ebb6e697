"""Shipped specs against torchvision's networks as Python runs them: nothing is traced.

Every mark of two real training steps, or of inference, equals the spec's in the variant of
the simulator that a dispatch mode on a CPU can observe. Where torch holds something that a
spec does not express, the difference stands here to the byte, with its reason.
"""

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from compare import observed, on_cpu
from torch import fx, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torchvision_import import models

from convcalc.facts.setup import INFER, TRAIN
from convcalc.memory.simulate import simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

FACTS = json.loads((Path(__file__).parents[1] / "fixtures" / "torchvision_facts.json").read_text())
NAMES = [facts["model"] for facts in FACTS]
NOT_THE_NOTES = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19")
BATCH = 2
ITEM = 4  # bytes
LOGITS = BATCH * 1000 * ITEM
SCALARS = 8  # the loss, and the sum of weights that it saves


def _held_by_forward(values: int) -> dict[str, int]:
    """`forward` holds what the classifier's dropout has read, which saves only its noise.

    The peak is at the last output then, before its logarithms and the loss are made; in
    step 1 the output and loss of step 0 are still there.
    """
    held = BATCH * values * ITEM
    return {"fwd0": held - LOGITS - SCALARS, "fwd1": held - SCALARS}


# Bytes by which a phase's peak under torch is above the simulated one.
ABOVE: dict[tuple[str, str], dict[str, int]] = {
    ("alexnet", TRAIN): _held_by_forward(6 * 6 * 256),
    ("squeezenet1_0", TRAIN): _held_by_forward(13 * 13 * 512),
    ("squeezenet1_1", TRAIN): _held_by_forward(13 * 13 * 512),
    # `bn_function` holds the concatenation while its 1x1 convolution makes 128 maps.
    ("densenet121", INFER): dict.fromkeys(("fwd0", "fwd1"), BATCH * 56 * 56 * 128 * ITEM),
}


def network(name: str) -> nn.Module:
    if name in ("googlenet", "inception_v3"):
        return getattr(models, name)(weights=None, init_weights=False, aux_logits=False)
    return getattr(models, name)(weights=None)


def marks(name: str, mode: str) -> tuple[list, list]:
    """Phases with their live bytes and peaks: of torch, and of the spec."""
    walk = propagate(load(f"{name}_torchvision" if name in NOT_THE_NOTES else name))
    setup = on_cpu(BATCH, mode=mode)
    size = walk.nodes[0].facts.output.width
    model = network(name).train(mode == TRAIN)
    real = observed(model, (3, size, size), setup)
    return [tuple(mark) for mark in real], [tuple(mark) for mark in simulate(walk, setup).marks]


@pytest.mark.parametrize("mode", [TRAIN, INFER])
@pytest.mark.parametrize("name", NAMES)
def test_every_mark(name: str, mode: str) -> None:
    real, simulated = marks(name, mode)
    above = ABOVE.get((name, mode), {})
    assert real == [(phase, live, peak + above.get(phase, 0)) for phase, live, peak in simulated]


class Sums(TorchDispatchMode):
    """Counts sums of two volumes: out of place, and in place."""

    def __init__(self) -> None:
        super().__init__()
        self.found = {"add": 0, "add_": 0}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = func.overloadpacket.__name__
        if name in self.found and args[0].dim() == 4:
            self.found[name] += 1
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize(("name", "blocks"), [("resnet18", 8), ("resnet50", 16)])
def test_resnets_add_in_place_unless_traced_by_fx(name: str, blocks: int) -> None:
    """Why the shipped ResNets say `inplace: true` where the fixture's peaks do not."""
    model, image = network(name), torch.randn(BATCH, 3, 64, 64)
    with Sums() as eager:
        model(image)
    with Sums() as traced:
        fx.symbolic_trace(model)(image)
    assert eager.found == {"add": 0, "add_": blocks}
    assert traced.found == {"add": blocks, "add_": 0}
