"""CS231n's notes, 2.1: the convolutional layer."""

import pytest
from support import report, sizes, walk

from convcalc.facts.window import Window


def row(text: str):
    """The last layer of a pattern."""
    return report(text).rows[-1]


@pytest.mark.parametrize(
    ("pattern", "weights", "biases"),
    [
        pytest.param("INPUT[32x32x3] -> CONV5-1", 75, 1, id="5x5 on depth 3"),
        pytest.param("INPUT[16x16x20] -> CONV3-1", 180, 1, id="3x3 on depth 20"),
        pytest.param("INPUT[227x227x3] -> CONV11-1/4(P=0)", 363, 1, id="AlexNet's conv1"),
    ],
)
def test_a_neuron_sees_the_whole_depth(pattern, weights, biases):
    assert (row(pattern).weights, row(pattern).biases) == (weights, biases)


@pytest.mark.parametrize(
    ("stride", "output"), [pytest.param(1, 5, id="5x5"), pytest.param(2, 3, id="3x3")]
)
def test_a_7x7_input_with_f_3(stride, output):
    assert sizes(f"INPUT[7x7x1] -> CONV3-1/{stride}(P=0)")[-1] == f"{output}x{output}x1"


@pytest.mark.parametrize(
    ("size", "stride", "formula"),
    [
        pytest.param(7, 3, "(7 - 3 + 2*0)/3 + 1 = 2 1/3", id="W=7 S=3"),
        pytest.param(10, 2, "(10 - 3 + 2*0)/2 + 1 = 4.5", id="W=10 S=2"),
    ],
)
def test_a_fraction_is_refused_and_not_rounded(size, stride, formula):
    (finding,) = walk(f"INPUT[{size}x{size}x1] -> CONV3-1/{stride}(P=0)").findings
    assert (finding.code, finding.severity) == ("fit", "error")
    assert formula in finding.message


@pytest.mark.parametrize("kernel", [1, 3, 5, 7, 9, 11])
def test_same_padding_keeps_the_size(kernel):
    padding = (kernel - 1) // 2
    text = f"INPUT[32x31x3] -> CONV{kernel}-8/1(P={padding}) -> CONV{kernel}-8(P=same)"
    assert sizes(text) == ["32x31x3", "32x31x8", "32x31x8"]


def test_the_common_setting_is_what_a_pattern_assumes():
    assert row("INPUT -> CONV").summary() == row("INPUT -> CONV3-64/1(P=same)").summary()
    assert sizes("INPUT -> CONV") == sizes("INPUT -> CONV3-64/1(P=1)")


def test_alexnets_first_layer_shares_its_parameters():
    conv1 = row("INPUT[227x227x3] -> CONV11-96/4(P=0)")
    assert str(conv1.output) == "55x55x96"
    assert conv1.activations == 290_400
    assert (conv1.weights, conv1.biases, conv1.parameters) == (34_848, 96, 34_944)


def test_without_sharing_each_neuron_has_its_own():
    local = row("INPUT[227x227x3] -> LOCAL11-96/4(P=0)")
    assert str(local.output) == "55x55x96"
    assert local.parameters == 290_400 * 364 == 105_705_600


def test_locally_connected_layers_compute_as_much_as_convolutions():
    text = "INPUT[32x32x3] -> {}5-8"
    assert row(text.format("LOCAL")).macs == row(text.format("CONV")).macs


def test_a_1x1_convolution_sees_the_depth_only():
    assert (row("INPUT[8x8x64] -> CONV1-16").weights) == 64 * 16
    assert sizes("INPUT[8x8x64] -> CONV1-16")[-1] == "8x8x16"


@pytest.mark.parametrize(
    ("kernel", "dilation", "extent"),
    [(3, 1, 3), (3, 2, 5), (3, 3, 7), (5, 2, 9), (1, 9, 1), (2, 4, 5)],
)
def test_dilation_widens_the_filter(kernel, dilation, extent):
    assert Window(kernel, dilation=dilation).extent == dilation * (kernel - 1) + 1 == extent
    narrowed = walk(f"INPUT[9x9x1] -> CONV{kernel}-1(P=0,dilation={dilation})").nodes[-1]
    assert narrowed.facts.output.width == 9 - extent + 1
    assert narrowed.width.size == extent


def test_dilation_takes_no_weights():
    assert row("INPUT -> CONV3-8(dilation=4)").weights == row("INPUT -> CONV3-8").weights
