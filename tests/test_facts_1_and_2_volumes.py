"""CS231n's notes, 1 and 2: volumes, the kinds of layers, the CIFAR-10 example."""

import pytest
from support import report, sizes, walk

from convcalc.layers import find_spelling

CIFAR = "[INPUT[32x32x3]-CONV3-12-RELU-POOL-FC-10]"


def weights_of_a_neuron(volume: str) -> int:
    return report(f"INPUT[{volume}] -> FC-1").totals["weights"]


@pytest.mark.parametrize(
    ("volume", "weights"),
    [
        pytest.param("32x32x3", 3_072, id="a CIFAR-10 image"),
        pytest.param("200x200x3", 120_000, id="a larger image"),
    ],
)
def test_a_neuron_that_sees_the_whole_image(volume, weights):
    assert weights_of_a_neuron(volume) == weights


def test_a_volume_is_width_by_height_by_depth():
    shape = walk("INPUT[5x7x3] -> FC").nodes[0].facts.output
    assert (shape.width, shape.height, shape.channels) == (5, 7, 3)
    assert str(shape) == "5x7x3"


def test_hyphens_join_the_layers_and_brackets_stand_around_the_whole():
    kinds = [row.type for row in report("[INPUT-CONV-RELU-POOL-FC]").rows]
    assert kinds == ["INPUT", "CONV", "RELU", "POOL", "FC"]


def test_the_cifar_example_size_by_size():
    assert sizes(CIFAR) == ["32x32x3", "32x32x12", "32x32x12", "16x16x12", "1x1x10"]


def test_the_shipped_cifar_example_is_the_same():
    from convcalc import analyze, load

    shipped = analyze(load("cifar10_simple"), memory="textbook")
    assert [str(row.output) for row in shipped.rows] == sizes(CIFAR)


@pytest.mark.parametrize(
    ("layer", "has_parameters"),
    [("conv1_1", True), ("relu1_1", False), ("pool1", False), ("fc1", True)],
)
def test_which_layers_have_parameters(layer, has_parameters):
    (row,) = [row for row in report(CIFAR).rows if row.name == layer]
    assert (row.parameters > 0) == has_parameters


@pytest.mark.parametrize(
    ("keyword", "letters"),
    [("CONV", "KFSP"), ("POOL", "FSP"), ("FC", "K")],
)
def test_which_layers_have_hyperparameters(keyword, letters):
    assert all(
        letter.lower() in find_spelling(keyword).type.options_by_name() for letter in letters
    )


def test_relu_has_no_hyperparameters_in_the_table():
    (relu,) = [row for row in report(CIFAR).rows if row.type == "RELU"]
    assert relu.summary() == ""
