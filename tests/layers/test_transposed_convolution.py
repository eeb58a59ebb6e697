"""convtranspose: sizes and receptive fields against spreading every input by hand."""

from itertools import product

import pytest
from single import layer, network, output, parameters, problem


def spread(size, kernel, stride, padding, dilation):
    """For each output, the inputs that reach it."""
    reached = {}
    for i, tap in product(range(size), range(kernel)):
        reached.setdefault(i * stride + tap * dilation - padding, []).append(i)
    end = (size - 1) * stride + dilation * (kernel - 1) + 1 - 2 * padding
    return [sorted(reached.get(place, [])) for place in range(end)]


EVERY = [
    (kernel, stride, padding, dilation)
    for kernel, stride, padding, dilation in product((1, 2, 3, 4, 5), (1, 2, 3), (0, 1, 2), (1, 2))
    if 2 * padding <= dilation * (kernel - 1)
]


@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), EVERY)
def test_every_output_is_where_the_filters_reach(kernel, stride, padding, dilation):
    options = f"size: {kernel}, stride: {stride}, pad: {padding}, dilation: {dilation}"
    node = layer(f"convtranspose: {{filters: 4, {options}}}", "9x9x3")
    outputs = spread(9, kernel, stride, padding, dilation)
    assert node.facts.output.width == len(outputs)
    assert node.width.jump * stride == 1
    spans = [inputs[-1] - inputs[0] + 1 for inputs in outputs if inputs]
    assert max(spans) <= node.width.size
    assert max(spans) == node.width.size or dilation > 1  # gaps between the taps


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ("convtranspose: {filters: 8, size: 2, stride: 2}", "64x64x8"),  # U-Net's up-convolution
        ("convtranspose: {filters: 8, size: 4, stride: 2, pad: 1}", "64x64x8"),  # DCGAN's
        ("convtranspose: {filters: 8, size: 3, stride: 2, pad: 1, output_padding: 1}", "64x64x8"),
        ("convtranspose: {filters: 8, size: 3x5, stride: 1x2}", "34x67x8"),
        ("deconv: {K: 8, F: 16, S: 8}", "264x264x8"),
        ("conv2d_transpose: {filters: 8, kernel_size: 1}", "32x32x8"),
    ],
)
def test_sizes(item, size):
    assert output(item) == size


def test_weights_lie_with_the_input_channels_first():
    assert parameters("convtranspose: {filters: 8, size: 3x5, groups: 2}") == [(16, 4, 5, 3), (8,)]
    assert parameters("convtranspose: {filters: 8, size: 2, bias: false}") == [(16, 8, 2, 2)]


def test_a_multiply_add_for_each_weight_at_each_input_position():
    facts = layer("convtranspose: {filters: 8, size: 3, stride: 2}").facts
    assert facts.macs == 16 * 8 * 3 * 3 * 32 * 32


def test_padding_that_leaves_nothing():
    item = "convtranspose: {filters: 8, size: 2, pad: 40}"
    assert problem(item) == ("P=40x40 cuts away the whole output of 32x32x16", "")


def test_an_empty_output_does_not_stop_the_walk():
    found = network("  - convtranspose: {filters: 8, size: 2, pad: 40}\n  - relu")
    assert [str(node.facts.output) for node in found.nodes[1:]] == ["0x0x8", "0x0x8"]
