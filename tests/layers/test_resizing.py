"""upsample, zeropad, crop, adaptivepool, pixel shuffles, unpool: sizes and receptive fields."""

from fractions import Fraction
from math import ceil, floor

import pytest
from single import layer, network, output, problem

from convcalc.walk.kept_tensors import kept_tensors
from convcalc.walk.propagation import Propagation


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ("upsample", "64x64x16"),
        ("upsample: {scale: 3x1}", "96x32x16"),
        ("upsample: {size: 50x20, mode: bilinear}", "50x20x16"),
        ("zeropad: {pad: 2}", "36x36x16"),
        ("zeropad: {left: 1, right: 2, top: 3, bottom: 4}", "35x39x16"),
        ("zeropad: {pad: 1, right: 0}", "33x34x16"),
        ("zeropad: {pad: {left: 2, right: 3}}", "37x32x16"),
        ("zeropad: {pad: {top: 1}, left: 4}", "36x33x16"),
        ("crop: {size: 30x20}", "30x20x16"),
        ("adaptivepool: {size: 7}", "7x7x16"),
        ("adaptivepool: {size: 3x5, mode: max}", "3x5x16"),
        ("adaptive_avg_pool2d: {output_size: 1}", "1x1x16"),
        ("reflection_pad2d: {pad: 3x1}", "38x34x16"),
        ("pad: {right: 2, mode: edge}", "34x32x16"),
        ("constant_pad2d: {pad: 1, value: 0.5}", "34x34x16"),
        ("pixel_shuffle: {upscale_factor: 2}", "64x64x4"),
        ("depth_to_space: {r: 4}", "128x128x1"),
        ("pixel_unshuffle: {downscale_factor: 4}", "8x8x256"),
    ],
)
def test_sizes(item, size):
    assert output(item) == size


@pytest.mark.parametrize("word", ["upsample", "crop"])
def test_the_size_of_another_layer(word):
    layers = f"  - pool: {{name: small, size: 2}}\n  - {word}: {{name: last, from: [input, small]}}"
    node = network(layers).nodes[-1]
    assert str(node.facts.output) == "16x16x16"
    assert (node.width.size, node.inputs) == (1, (0, 1))


def test_a_crop_is_only_a_view():
    assert layer("crop: {size: 30x20}").facts.activations == 0


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ("size: 30x30", 1),
        ("size: 29x29", 1),
        ("size: 28x28, offset: 0", 0),
        ("size: 8, offset: 5", 5),
    ],
)
def test_where_a_crop_starts(options, start):
    node = layer(f"crop: {{{options}}}")
    assert (node.width.start, node.width.size) == (start, 1)


@pytest.mark.parametrize(
    ("item", "message", "hint"),
    [
        ("crop: {size: 33x8}", "cannot cut 33x8 out of 32x32x16", "at most 32x32"),
        (
            "crop: {size: 30x8, offset: 3}",
            "cannot cut 30x8 out of 32x32x16, 3x3 from its corner",
            "at most 29x29",
        ),
    ],
)
def test_a_crop_that_is_too_large(item, message, hint):
    assert problem(item) == (message, hint)


def test_padding_moves_the_first_pixel():
    node = layer("zeropad: {left: 3, top: 1}")
    assert (node.width.start, node.height.start, node.width.size) == (-3, -1, 1)


@pytest.mark.parametrize(("mode", "seen"), [("nearest", 1), ("bilinear", 2), ("bicubic", 4)])
def test_what_interpolation_sees(mode, seen):
    node = layer(f"upsample: {{size: 48x64, mode: {mode}}}")
    assert (node.width.size, node.width.jump) == (seen, Fraction(2, 3))
    assert (node.height.size, node.height.jump) == (seen, Fraction(1, 2))


@pytest.mark.parametrize("wanted", range(1, 13))
@pytest.mark.parametrize("given", range(1, 13))
def test_adaptive_pooling_sees_its_widest_window(given, wanted):
    starts = [floor(i * given / wanted) for i in range(wanted)]
    ends = [ceil((i + 1) * given / wanted) for i in range(wanted)]
    node = layer(f"adaptivepool: {{size: {wanted}}}", f"{given}x{given}x4")
    assert node.width.size == max(end - start for start, end in zip(starts, ends, strict=True))
    assert node.width.jump == Fraction(given, wanted)


def test_adaptive_pooling_to_the_same_size_is_counted():
    facts = layer("adaptivepool: {size: 6}", "6x6x256").facts
    assert (facts.activations, facts.windows[0].kernel_size) == (6 * 6 * 256, 1)


@pytest.mark.parametrize("word", ["adaptivepool", "gap"])
def test_pools_are_reported_as_pools(word):
    item = "adaptivepool: {size: 2}" if word == "adaptivepool" else word
    assert layer(item).node.layer.type_name == "POOL"


@pytest.mark.parametrize(
    ("item", "message", "hint"),
    [
        (
            "zeropad: {pad: 32x1, mode: reflect}",
            "cannot reflect more of 32x32x16 than 31x31 beside its border",
            "at most 31x31",
        ),
        (
            "pixelshuffle: {factor: 3}",
            "pixels=9 does not divide the 16 input channels",
            "pixels=8 does",
        ),
    ],
)
def test_what_the_volume_does_not_have(item, message, hint):
    assert problem(item) == (message, hint)


def test_a_border_as_wide_as_the_rest_is_reflected():
    assert output("zeropad: {pad: 31, mode: reflect}") == "94x94x16"


@pytest.mark.parametrize(
    ("mode", "kept"), [("constant", 0), ("reflect", 1), ("replicate", 1)], ids=lambda value: value
)
def test_what_a_border_keeps_for_backward(mode, kept):
    (operator,) = layer(f"zeropad: {{pad: 1, mode: {mode}}}").facts.operators
    assert len(operator.saves) == kept


def test_pixels_that_change_places_are_no_activations():
    items = ["pixelshuffle", "pixelunshuffle"]
    assert [layer(item).facts.activations for item in items] == [0, 0]


def test_pixels_laid_out_as_channels_must_fit():
    finding = network("  - pixelunshuffle: {factor: 3}").findings[0]
    assert finding.code == "fit"
    assert finding.message == (
        "the window does not tile its input 32x32x16 exactly: (32 - 3 + 2*0)/3 + 1 = 10 2/3 "
        "along width and height"
    )


def test_shuffled_pixels_lie_closer():
    assert layer("pixelshuffle").width.jump == Fraction(1, 2)


def unpooled(pool: str, unpool: str, size: str = "32x32x16", **more: str) -> Propagation:
    """A pooling, a convolution that keeps its size, and the unpooling."""
    between = f"  - conv: {{name: deep, filters: {more.get('filters', 16)}, size: 1}}"
    layers = [f"  - pool: {{name: pooled, {pool}}}", between, f"  - unpool: {{{unpool}}}"]
    return network("\n".join(layers), size)


@pytest.mark.parametrize(
    ("pool", "unpool", "size", "output"),
    [
        ("size: 2", "", "32x32x16", "32x32x16"),
        ("size: 3, stride: 2", "size: 3", "31x33x16", "31x33x16"),
        ("size: 3, stride: 2, pad: 1", "size: 3, pad: 1", "31x33x16", "31x33x16"),
        ("size: 2, rounding: ceil", "output_size: 31x33", "31x33x16", "31x33x16"),
        ("size: 2, rounding: floor", "output_size: 31x33", "31x33x16", "31x33x16"),
        ("size: 2x4, stride: 2x4", "size: 2x4, stride: 2x4", "8x8x16", "8x8x16"),
    ],
)
def test_unpooling_is_as_large_as_what_was_pooled(pool, unpool, size, output):
    found = unpooled(pool, f"from: [deep, pooled], {unpool}", size)
    assert [finding.message for finding in found.findings if finding.severity == "error"] == []
    last = found.nodes[-1].facts
    assert (str(last.output), last.parameters, last.macs) == (output, (), 0)
    assert last.activations == last.output.elements


def test_a_third_layer_says_the_size_of_an_unpooling():
    found = unpooled("size: 2, rounding: ceil", "from: [deep, pooled, input]", "31x33x16")
    assert str(found.nodes[-1].facts.output) == "31x33x16"


@pytest.mark.parametrize(
    ("pool", "unpool", "message", "hint"),
    [
        (
            "size: 2, rounding: ceil",
            "from: [deep, pooled]",
            "unpools to 32x34x16, but its maxima were found in 31x33x16: "
            "`pooled` is 16x17x16 (line 3, column 5)",
            "write `output_size: 31x33`",
        ),
        (
            "size: 2, rounding: ceil, mode: avg",
            "from: [deep, pooled]",
            "POOL keeps no positions of maxima to unpool by: "
            "`pooled` is 16x17x16 (line 3, column 5)",
            "write a max pooling as the second layer of `from`",
        ),
        (
            "size: 2, rounding: ceil",
            "from: [deep, pooled], output_size: 30x33",
            "unpools to 30x33x16, but its maxima were found in 31x33x16: "
            "`pooled` is 16x17x16 (line 3, column 5)",
            "write `output_size: 31x33`",
        ),
        (
            "size: 3, stride: 4x2, rounding: ceil",
            "from: [deep, pooled]",
            "unpools to 16x32x16, but its maxima were found in 31x33x16: "
            "`pooled` is 8x16x16 (line 3, column 5)",
            "write `size: 3, stride: 4x2`, as the pooling has",
        ),
        (
            "size: 2, rounding: ceil",
            "from: [deep, pooled], pad: 2, output_size: 31x33",
            "cannot unpool 16x17x16 to 31x33",
            "its window makes 28x30 of it, and up to S - 1 more or less",
        ),
        (
            "size: 2, rounding: ceil",
            "from: [deep, pooled], pad: 40",
            "P=40 cuts away the whole output of 16x17x16",
            "",
        ),
    ],
)
def test_what_cannot_be_unpooled(pool, unpool, message, hint):
    found = unpooled(pool, unpool, "31x33x16").findings
    assert [(f.message, f.hint) for f in found if f.severity == "error"] == [(message, hint)]


def test_what_is_unpooled_is_as_deep_as_what_was_pooled():
    found = unpooled("size: 2", "from: [deep, pooled]", filters="8").findings
    assert [finding.hint for finding in found] == [
        "write `conv: {filters: 8, size: 1}` between `pooled` and this layer"
    ]


def test_unpooling_keeps_the_positions_of_the_pooling():
    (line,) = kept_tensors(unpooled("size: 2", "from: [deep, pooled]").nodes[-1])
    assert line == "where the maxima of its input 2 were, as int64: its gradient is read there"


def test_an_unpooled_value_comes_from_one_of_the_pooled():
    node = unpooled("size: 2", "from: [deep, pooled]").nodes[-1]
    assert (node.width.size, node.width.jump) == (2, 1)
