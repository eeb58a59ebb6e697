"""What depends on both axes of a sliding window, each by itself."""

import pytest
from single import layer
from support import walk

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.layers import _sliding as sliding
from convcalc.layers.pool import Pool


@pytest.mark.parametrize(
    ("size", "ceil"),
    [("8x8", None), ("8x9", True), ("9x8", True), ("9x9", True)],
)
@pytest.mark.parametrize("mode", ["max", "avg", "l2"])
def test_a_pooling_rounds_up_in_torch_where_either_axis_does(size, ceil, mode):
    pool = Pool(mode=mode, rounding="ceil")
    volume = Shape(*map(int, size.split("x")), 3)
    code = pool.torch_code((volume,), pool.facts_for((volume,), "exact").output)
    written = {name: value for name, value, needed in code.said if needed}
    assert written.get("ceil_mode") == ceil


@pytest.mark.parametrize("stride", [(1, 2), (2, 1), (2, 2)])
def test_a_stride_along_either_axis_is_one(stride):
    assert sliding.cudnn_kind((1, 1), stride, 1, 64) == ops.STRIDED
    assert sliding.cudnn_kind((3, 3), stride, 64, 64) == ops.DEPTHWISE_STRIDED


@pytest.mark.parametrize(
    ("kernel_size", "groups", "channels", "kind"),
    [
        ((1, 1), 1, 64, ops.POINTWISE),
        ((1, 1), 1, 63, ops.NARROW),
        ((1, 1), 2, 128, ops.POINTWISE),
        ((1, 1), 2, 126, ops.NARROW),
        ((1, 3), 1, 64, ops.DENSE),
        ((3, 1), 2, 64, ops.DENSE),
        ((1, 2), 1, 64, ops.DENSE),
        ((1, 2), 1, 31, ops.IMAGE),
        ((1, 2), 1, 32, ops.DENSE),  # 64 weights of a filter
        ((1, 3), 64, 64, ops.DEPTHWISE),
        ((1, 1), 1, 1, ops.NARROW),
        ((3, 3), 1, 3, ops.IMAGE),
        ((4, 4), 1, 3, ops.IMAGE),
        ((7, 7), 1, 1, ops.IMAGE),
        ((7, 7), 1, 3, ops.DENSE),
        ((3, 3), 1, 8, ops.DENSE),
        ((3, 3), 8, 32, ops.DENSE),
        ((3, 3, 3), 1, 2, ops.IMAGE),
    ],
)
def test_how_cudnn_works_on_a_convolution(kernel_size, groups, channels, kind):
    assert sliding.cudnn_kind(kernel_size, (1, 1), groups, channels) == kind


@pytest.mark.parametrize(
    ("item", "base"),
    [
        ("conv: {filters: 2, size: 3, stride: 2, pad: 1}", 31 * 17 * 8),  # the input is larger
        ("conv: {filters: 9, size: 3x1, pad: 1x0}", 31 * 17 * 9),  # the output is
        ("conv: {filters: 9, size: 1}", 0),
        ("conv: {filters: 8, size: 3, groups: 2, pad: 1}", 0),
        ("convtranspose: {filters: 4, size: 3, pad: 1}", 31 * 17 * 8),
        ("convtranspose: {filters: 4, size: 2, stride: 2}", 62 * 34 * 4),
    ],
)
def test_what_a_workspace_is_proportional_to(item, base):
    assert layer(item, "31x17x8").facts.workspace_base == base


@pytest.mark.parametrize(
    ("first", "filters"),
    [
        (64, [64, 128, 256, 512, 512]),  # as VGG
        (300, [300, 512, 512, 512, 512]),
        (512, [512, 512, 512, 512, 512]),
        (600, [600, 600, 600, 600, 600]),  # no fewer than asked for
    ],
)
def test_filters_are_doubled_up_to_512_or_what_is_asked_for(first, filters):
    walked = walk("INPUT[96x64x3] -> [CONV -> POOL]*5", filters=first)
    found = [node.facts.output.channels for node in walked.nodes if node.name.startswith("conv")]
    assert found == filters


@pytest.mark.parametrize(("bias", "own"), [("true", [(16,)]), ("false", [])])
def test_fixed_filters_are_a_buffer(bias, own):
    options = f"filters: 16, size: 3, pad: 1, groups: 16, bias: {bias}, learned: false"
    found = layer(f"conv: {{{options}}}")
    assert [each.shape for each in found.facts.parameters] == own
    assert [each.elements for each in found.facts.buffers] == [16 * 9]
    assert found.facts.macs == 16 * 9 * 32 * 32
