"""Every behaviour of a layer, in real steps on a CPU."""

import copy

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from compare import differences, on_cpu
from modules import IMAGE, NETWORKS, Maps
from torch import nn

from convcalc.facts.setup import INFER

ALL = pytest.mark.parametrize("name", NETWORKS)
SOME = pytest.mark.parametrize(
    "name", ["add", "concat", "gate first", "perceptron", str(nn.BatchNorm2d(8))]
)


def network(name: str) -> nn.Module:
    return copy.deepcopy(NETWORKS[name])


@ALL
@pytest.mark.parametrize(("optimizer", "batch"), [("momentum", 2), ("adam", 3), ("sgd", 2)])
def test_training(name: str, optimizer: str, batch: int) -> None:
    assert not differences(network(name), IMAGE, on_cpu(batch, optimizer=optimizer))


@ALL
def test_inference(name: str) -> None:
    assert not differences(network(name), IMAGE, on_cpu(mode=INFER))


@ALL
@pytest.mark.parametrize("pattern", ["all but the first", "the last", "every other"])
def test_frozen_layers(name: str, pattern: str) -> None:
    model = network(name)
    layers = [m for m in model.modules() if list(m.parameters(recurse=False))]
    for position, layer in enumerate(layers):
        learns = {
            "all but the first": position > 0,
            "the last": position == len(layers) - 1,
            "every other": position % 2 == 0,
        }[pattern]
        for parameter in layer.parameters(recurse=False):
            parameter.requires_grad_(learns)
    assert not differences(model, IMAGE, on_cpu())


@SOME
@pytest.mark.parametrize("optimizer", ["momentum", "adam"])
def test_accumulating_gradients(name: str, optimizer: str) -> None:
    assert not differences(network(name), IMAGE, on_cpu(accumulate=3, optimizer=optimizer))


@SOME
@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_other_types(name: str, dtype: str) -> None:
    assert not differences(network(name), IMAGE, on_cpu(dtype=dtype))


@pytest.mark.parametrize("implementation", ["foreach", "for-loop"])
@pytest.mark.parametrize("weight_decay", [0.0, 1e-4])
@pytest.mark.parametrize(
    "optimizer",
    ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "amsgrad"],
)
def test_optimizers(optimizer: str, weight_decay: float, implementation: str) -> None:
    setup = on_cpu(optimizer=optimizer, weight_decay=weight_decay, implementation=implementation)
    assert not differences(network("concat"), IMAGE, setup)


def test_several_outputs_that_are_maps() -> None:
    assert not differences(Maps(), (3, 12, 12), on_cpu(), labels=(12, 12))
