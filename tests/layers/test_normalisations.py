"""bn, layernorm, groupnorm, instancenorm, lrn, l2norm: what is learned, what is kept beside it."""

import pytest
from single import layer, output, parameters

C, H, W = 16, 24, 32


@pytest.mark.parametrize(
    ("item", "shapes"),
    [
        ("bn", [(C,), (C,)]),
        ("bn: {affine: false}", []),
        ("layernorm", [(C,), (C,)]),
        ("layernorm: {over: volume}", [(C, H, W), (C, H, W)]),
        ("layernorm: {affine: false}", []),
        ("groupnorm: {groups: 4}", [(C,), (C,)]),
        ("groupnorm: {groups: 4, affine: false}", []),
        ("instancenorm", []),
        ("instancenorm: {affine: true}", [(C,), (C,)]),
        ("lrn", []),
        ("l2norm", []),
    ],
)
def test_parameters(item, shapes):
    assert parameters(item, f"{W}x{H}x{C}") == shapes


@pytest.mark.parametrize(
    "item", ["bn", "layernorm", "groupnorm: {groups: 4}", "instancenorm", "lrn", "l2norm"]
)
def test_normalisations_count_their_output(item):
    facts = layer(item).facts
    assert (str(facts.output), facts.activations, facts.macs) == ("32x32x16", 32 * 32 * 16, 0)


def test_batch_norm_keeps_two_statistics_a_channel_and_a_counter():
    buffers = layer("bn").facts.buffers
    assert sum(buffer.elements for buffer in buffers) == 2 * 16 + 1


@pytest.mark.parametrize(
    "item", ["layernorm", "groupnorm: {groups: 4}", "instancenorm", "lrn", "l2norm"]
)
def test_the_others_keep_nothing(item):
    assert layer(item).facts.buffers == ()


@pytest.mark.parametrize("item", ["layernorm", "bn", "relu"])
def test_a_single_position_is_a_volume_too(item):
    assert output(item, "1x1x768") == "1x1x768"
