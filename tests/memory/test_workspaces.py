"""What cuDNN and cuBLAS take, beside single requests recorded on an H200."""

import pytest

from convcalc.facts.operators import (
    DENSE,
    DEPTHWISE,
    DEPTHWISE_STRIDED,
    NARROW,
    NO_CONVOLUTION,
    POINTWISE,
    STRIDED,
)
from convcalc.facts.setup import Setup
from convcalc.memory.cublas import LT_WORKSPACE, WORKSPACE_SM90, Blocks
from convcalc.memory.estimate import Machine, find_machine, simulation_setup
from convcalc.memory.simulate import simulate
from convcalc.memory.workspaces import Operands, workspaces_of
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

HEADER = 1024  # bytes that a request may have besides what is copied
FORWARD, INPUT, WEIGHT = range(3)


def operands(volume, weight, result, item=4):
    return Operands(volume * item, weight * item, result * item, item)


@pytest.mark.parametrize(
    ("kind", "of", "which", "recorded"),
    [
        pytest.param(DENSE, operands(224 * 224 * 64, 64 * 64 * 9, 224 * 224 * 64), FORWARD,
                     822_231_187, id="VGG-16's second, forward"),
        pytest.param(DENSE, operands(224 * 224 * 3, 64 * 3 * 49, 112 * 112 * 64), FORWARD,
                     122_065_680, id="ResNet's first, forward"),
        pytest.param(DENSE, operands(56 * 56 * 128, 128 * 128 * 9, 28 * 28 * 128), INPUT,
                     64_815_251, id="with a stride, for its input"),
        pytest.param(DENSE, operands(28 * 28 * 128, 128 * 128 * 9, 28 * 28 * 128), WEIGHT,
                     34_538_151, id="for its weights, summed in 14 slices"),
        pytest.param(DENSE, operands(28 * 28 * 512, 512 * 512 * 9, 28 * 28 * 512), WEIGHT,
                     120_849_135, id="for its weights, a tile a multiprocessor"),
        pytest.param(DENSE, operands(14 * 14 * 256, 256 * 256 * 9, 14 * 14 * 256, 2), WEIGHT,
                     7_602_192, id="for its weights, in half precision"),
        pytest.param(STRIDED, operands(56 * 56 * 256, 512 * 256, 28 * 28 * 512), INPUT,
                     154_140_819, id="1x1 with a stride, for its input"),
        pytest.param(POINTWISE, operands(56 * 56 * 64, 128 * 64, 56 * 56 * 128), WEIGHT,
                     1_048_576, id="1x1, for its weights, image by image"),
        pytest.param(DEPTHWISE, operands(112 * 112 * 32, 32 * 9, 112 * 112 * 32, 2), WEIGHT,
                     51_562_178, id="depthwise in half precision, for its weights"),
    ],
)  # fmt: skip
def test_a_recorded_request(kind, of, which, recorded):
    more = recorded - workspaces_of(kind, of)[which].bytes_at(32)
    depthwise_sums = 181_954 if kind == DEPTHWISE else 0
    assert 0 <= more - depthwise_sums <= HEADER


@pytest.mark.parametrize(
    ("kind", "item"),
    [(NO_CONVOLUTION, 4), (DEPTHWISE, 4), (DEPTHWISE_STRIDED, 2)],
    ids=["no convolution", "depthwise by PyTorch's kernel", "likewise with a stride"],
)
def test_what_asks_for_nothing(kind, item):
    found = workspaces_of(kind, operands(100, 100, 100, item))
    assert [each.bytes_at(32) for each in found] == [0, 0, 0]


def test_few_channels_are_copied_in_float32_only():
    of = operands(1000, 100, 2000), operands(1000, 100, 2000, 2)
    assert [workspaces_of(NARROW, each)[WEIGHT].bytes_at(2) for each in of] == [
        4 * (2 * 3000 + 14 * 100),
        2 * 2 * 100,
    ]


@pytest.mark.parametrize(
    ("spec", "mode", "expected"),
    [
        ("resnet18", "train", [WORKSPACE_SM90, LT_WORKSPACE, WORKSPACE_SM90]),
        ("resnet18", "infer", [WORKSPACE_SM90, LT_WORKSPACE]),
        ("squeezenet1_0", "train", []),
    ],
    ids=["a block a thread", "no backward pass", "no product"],
)
def test_blocks_come_with_products(spec, mode, expected):
    walked = propagate(load(spec))
    run = simulate(walked, simulation_setup(Setup(2, mode=mode), walked, find_machine("h200")))
    assert [size for _, size in run.blocks.requests_among(run.run.tape)] == expected


def test_without_a_card_blocks_come_with_the_products():
    walked = propagate(load("squeezenet1_0"))
    run = simulate(walked, simulation_setup(Setup(2), walked, Machine()))
    assert run.blocks == Blocks(WORKSPACE_SM90, True)
    assert run.blocks.requests_among(run.run.tape) == []  # it has no matrix product
