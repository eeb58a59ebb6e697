"""scale, bias, layerscale, subtract, dropout: numbers and tensors in sums and products."""

import pytest
from single import layer, network, output, parameters

from convcalc.facts.shape import Shape
from convcalc.text.errors import SpecError


@pytest.mark.parametrize(
    ("item", "shape"),
    [
        ("layerscale", (16, 1, 1)),
        ("layerscale: {over: volume}", (16, 8, 32)),
        ("layerscale: {over: one}", (1,)),
        ("layerscale: {over: scalar}", ()),
        ("bias", (16, 1, 1)),
        ("bias: {over: volume}", (16, 8, 32)),
    ],
)
def test_what_a_learned_tensor_is_over(item, shape):
    assert parameters(item, "32x8x16") == [shape]


@pytest.mark.parametrize(("over", "elements"), [("channels", 16), ("volume", 4096), ("one", 1)])
@pytest.mark.parametrize("word", ["layerscale", "bias"])
def test_a_fixed_tensor_is_a_buffer(word, over, elements):
    facts = layer(f"{word}: {{over: {over}, learned: false}}", "32x8x16").facts
    assert facts.parameters == ()
    assert [buffer.elements for buffer in facts.buffers] == [elements]


def test_a_bias_is_no_weight():
    (shift,) = layer("bias").facts.parameters
    assert shift.role == "bias"


def test_over_is_one_of_a_few_words():
    expected = "`over` must be one of channels, volume, one, scalar, not `rows`"
    with pytest.raises(SpecError, match=expected):
        layer("bias: {over: rows}")


WRITTEN = [
    ("{factor: 2}", "{0} * 2.0", "a product"),
    ("{offset: 1.5}", "{0} + 1.5", "a sum"),
    ("{factor: -1}", "-{0}", "a sign"),
    ("{factor: -1, offset: 1}", "1.0 - {0}", "a number less the volume"),
    ("{factor: 2, offset: -3, inplace: true}", "{0}.mul_(2.0).add_(-3.0)", "both in place"),
]


@pytest.mark.parametrize(
    ("options", "expected"), [row[:2] for row in WRITTEN], ids=[row[2] for row in WRITTEN]
)
def test_scale_as_python_writes_it(options, expected):
    found, size = layer(f"scale: {options}").node.layer, Shape(1, 1, 1)
    assert found.torch_code((size,), size).call == expected


def test_arithmetic_with_a_number_keeps_the_size():
    assert output("scale: {factor: 0.5, offset: 2}") == "32x32x16"


def test_a_difference_of_two_volumes():
    text = "  - conv: {name: a, filters: 16, size: 1}\n  - subtract: {from: [a, input]}"
    assert str(network(text).nodes[-1].facts.output) == "32x32x16"


def test_volumes_of_other_sizes_are_no_difference():
    found = network("  - pool: {name: a, size: 2, stride: 2}\n  - subtract: {from: [a, input]}")
    (finding,) = found.findings
    assert finding.message == (
        "subtracts volumes that differ in width and height: `a` is 16x16x16 (line 3, column 5), "
        "`input` is 32x32x16 (line 1, column 8)"
    )


def test_noise_for_whole_channels_is_small():
    whole = layer("dropout: {channels: true}").facts.operators
    single = layer("dropout").facts.operators
    assert [operator.extras[0].per_image for operator in (*whole, *single)] == [16, 16384]


def test_dropping_nothing_is_nothing():
    assert layer("dropout: {p: 0, channels: true}").facts.operators == ()


def test_a_wrong_factor():
    with pytest.raises(SpecError, match="`factor` must be a number, not `two`"):
        layer("scale: {factor: two}")
