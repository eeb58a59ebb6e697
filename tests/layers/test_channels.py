"""split, shuffle, axispool, expand, layerscale, stochasticdepth: what happens to channels."""

import pytest
from single import layer, network, output, parameters, problem

from convcalc.facts.operators.vocabulary import SCATTERED, SPACED


def test_a_split_is_a_view_of_some_channels():
    facts = layer("split: {parts: 4, part: 3}").facts
    assert (str(facts.output), facts.activations) == ("32x32x4", 0)


def test_the_parts_of_a_split_make_up_the_whole():
    layers = "  - concat: [[split: {part: 1}], [split: {part: 2}]]"
    assert str(network(layers).nodes[-1].facts.output) == "32x32x16"


@pytest.mark.parametrize(
    ("item", "message", "hint"),
    [
        ("split: {parts: 3}", "parts=3 does not divide the 16 input channels", "parts=2 does"),
        (
            "shuffle: {groups: 7}",
            "groups=7 does not divide the 16 input channels",
            "groups=8 does",
        ),
        (
            "groupnorm: {groups: 32}",
            "groups=32 does not divide the 16 input channels",
            "groups=16 does",
        ),
    ],
)
def test_parts_that_do_not_divide(item, message, hint):
    assert problem(item) == (message, hint)


def test_a_shuffle_keeps_everything():
    facts = layer("shuffle: {groups: 4}").facts
    assert (str(facts.output), facts.activations, facts.parameters) == ("32x32x16", 0, ())


def test_layer_scale_has_a_weight_a_channel():
    assert parameters("layerscale") == [(16, 1, 1)]


@pytest.mark.parametrize(
    "item", ["stochasticdepth: {p: 0.2}", "droppath: {rate: 0.2, mode: batch}"]
)
def test_stochastic_depth_counts_like_dropout(item):
    facts = layer(item).facts
    assert (facts.activations, str(facts.output)) == (0, output("relu"))


def test_stochastic_depth_without_probability_does_nothing():
    assert layer("stochasticdepth: {p: 0}").facts.operators == ()


@pytest.mark.parametrize(
    ("item", "size"),
    [
        ("axispool", "32x32x1"),
        ("channel_pool: {mode: max}", "32x32x1"),
        ("axispool: {over: width}", "1x32x16"),
        ("axispool: {axis: height, mode: mean}", "32x1x16"),
    ],
)
def test_pooling_over_an_axis(item, size):
    assert output(item) == size


def test_a_row_that_is_pooled_is_seen_whole():
    node = layer("axispool: {over: width}")
    assert (node.width.size, node.height.size) == (32, 1)


def test_a_gate_shown_at_every_position():
    layers = "  - gap: {name: gate}\n  - expand: {from: [gate, input]}"
    node = network(layers).nodes[-1]
    assert (str(node.facts.output), node.facts.activations) == ("32x32x16", 0)


def test_an_axis_of_one_shown_often():
    assert output("expand: {size: 8x4}", "1x1x16") == "8x4x16"
    assert output("expand: {channels: 5}", "3x2x1") == "3x2x5"


@pytest.mark.parametrize(
    ("volume", "layout"), [("1x1x1", SPACED), ("1x1x16", SCATTERED), ("3x1x1", SCATTERED)]
)
def test_one_value_is_a_row_as_it_lies(volume, layout):
    """torch: x.expand(...).flatten(1) is a view where all steps are 0, otherwise a copy."""
    size = "3x4" if volume.startswith("3") else "2x4"
    (operator,) = layer(f"expand: {{size: {size}}}", volume).facts.operators
    assert operator.layout == layout


def test_only_an_axis_of_one_expands():
    message = "cannot show 32x32x16 as 8x32x16: only an axis of 1 expands, not the width"
    assert problem("expand: {size: 8x32}") == (message, "")


def test_the_maximum_of_everything_keeps_what_torch_keeps():
    """torch.amax: input and result; adaptive max pooling: input and places as int64."""
    (amax,) = layer("gap: {mode: amax}").facts.operators
    (pool,) = layer("gap: {mode: max}").facts.operators
    assert (len(amax.saves), amax.extras) == (2, ())
    assert (len(pool.saves), [extra.per_image for extra in pool.extras]) == (1, [16])
