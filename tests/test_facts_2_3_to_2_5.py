"""CS231n's notes, 2.3 to 2.5: normalisation, fully connected layers, and these as CONV."""

import pytest
from support import report, sizes, walk

HEAD = "CONV7-4096(P=0) -> RELU -> CONV1-4096 -> RELU -> CONV1-1000"


@pytest.mark.parametrize(
    ("layer", "learned"),
    [
        pytest.param("LRN", 0, id="of AlexNet: nothing to learn"),
        pytest.param("BN", 2 * 64, id="of ResNet: a scale and a shift a channel"),
    ],
)
def test_normalisation_layers(layer, learned):
    row = report(f"INPUT[8x8x64] -> {layer}").rows[-1]
    assert (row.type, str(row.output), row.parameters) == (layer, "8x8x64", learned)


def test_batch_normalisation_keeps_two_statistics_and_a_counter():
    assert report("INPUT[8x8x64] -> BN").rows[-1].buffers == 2 * 64 + 1


def test_a_neuron_of_fc_sees_everything():
    fc = report("INPUT[7x7x512] -> FC-4096").rows[-1]
    assert (fc.weights, fc.biases) == (7 * 7 * 512 * 4096, 4096)


def test_fc_is_a_convolution_with_f_7():
    fc = report("INPUT[7x7x512] -> FC-4096").rows[-1]
    conv = report("INPUT[7x7x512] -> CONV7-4096/1(P=0)").rows[-1]
    for name in ("output", "weights", "biases", "macs", "activations", "receptive_field"):
        assert getattr(fc, name) == getattr(conv, name), name


@pytest.mark.parametrize(
    ("side", "expected"),
    [
        pytest.param(7, ["1x1x4096", "1x1x4096", "1x1x1000"], id="224"),
        pytest.param(12, ["6x6x4096", "6x6x4096", "6x6x1000"], id="384: (12 - 7)/1 + 1 = 6"),
    ],
)
def test_the_three_fc_layers_as_convolutions(side, expected):
    found = sizes(f"INPUT[{side}x{side}x512] -> {HEAD}")
    assert [size for size in found[1:] if size != found[0]][::2] == expected


def convolutional_vgg16(side: int):
    body = "[[CONV -> RELU]*2 -> POOL]*2 -> [[CONV -> RELU]*3 -> POOL]*3"
    return walk(f"INPUT[{side}x{side}x3] -> {body} -> {HEAD}")


def test_at_384_there_are_36_positions_32_pixels_apart():
    last = convolutional_vgg16(384).nodes[-1]
    assert str(last.facts.output) == "6x6x1000"
    assert (last.width.jump, last.height.jump) == (32, 32)


def test_the_volume_before_the_head_is_a_thirty_second():
    walked = {side: convolutional_vgg16(side) for side in (224, 384)}
    before = {side: next(n for n in w.nodes if n.name == "pool5") for side, w in walked.items()}
    assert {side: str(node.facts.output) for side, node in before.items()} == {
        224: "7x7x512",
        384: "12x12x512",
    }
