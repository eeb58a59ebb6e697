"""Pools by a norm: how it is written, read and refused; sizes and memory are those of norm 2."""

import pytest
from single import layer, network

from convcalc.facts.torch_calls import Tensor, TracedCall
from convcalc.layers.pool import Pool
from convcalc.models.exporters.pattern import text as pattern_of
from convcalc.models.exporters.torch_code import module_source
from convcalc.models.writing.items import Listing, items_of
from convcalc.models.writing.spec import parse_written, spec_source
from convcalc.network.loading import load
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.walk.propagation import propagate

SPEC = "input: 33x21x3\nlayers:\n  - {item}\n"


@pytest.mark.parametrize(
    ("item", "made"),
    [
        ("l2pool: {size: 2, stride: 2}", "nn.LPPool2d(2, kernel_size=2)"),
        ("l2pool: {size: 2, stride: 2, norm: 1}", "nn.LPPool2d(1, kernel_size=2)"),
        ("lp_pool2d: {size: 2, stride: 2, norm_type: 3.0}", "nn.LPPool2d(3, kernel_size=2)"),
        ("pool: {mode: l2, size: 3x2, stride: 1x2, norm: 1.5}",
         "nn.LPPool2d(1.5, kernel_size=(2, 3), stride=(2, 1))"),
    ],
)  # fmt: skip
def test_it_is_that_of_torch(item, made):
    walked = propagate(parse_written(f"rounding: floor\n{SPEC.format(item=item)}"))
    assert made in module_source(walked, "net.yaml")


@pytest.mark.parametrize("axes", [1, 3])
def test_it_is_that_of_torch_along_other_axes(axes):
    size = "x".join(["16"] * axes)
    walked = network(f"  - lp_pool{axes}d: {{size: 2, stride: 2, norm: 4}}", f"{size}x3")
    assert f"nn.LPPool{axes}d(4, kernel_size=2)" in module_source(walked, "net.yaml")


@pytest.mark.parametrize("norm", [1, 3, 2.5])
def test_every_notation_keeps_it(norm):
    walked = network(f"  - l2pool: {{size: 2, stride: 2, norm: {norm}}}")
    listing = Listing("net", walked.nodes[0].facts.output, items_of(walked.network), ("pool1",))
    written, drawn = parse_written(spec_source(listing)), load(pattern_of(walked))
    for again in map(propagate, (written, drawn)):
        assert again.nodes[-1].node.layer == walked.nodes[-1].node.layer


def test_memory_does_not_depend_on_it():
    two, three = (layer(f"l2pool: {{size: 2, stride: 2, norm: {n}}}").facts for n in (2, 3))
    assert two == three


@pytest.mark.parametrize(
    ("item", "message", "place"),
    [
        ("maxpool: {norm: 3}", "`norm` is of `mode: l2`, not of `max`", "3"),
        ("avgpool: {size: 2, stride: 2, norm: 2}", "`norm` is of `mode: l2`, not of `avg`",
         "2"),
        ("l2pool: {norm: 0.5}", "`norm` must be from 1 to 1e+30, not 0.5", "0.5"),
        ("l2pool: {norm: .inf}", "`norm` must be a number, not `.inf`", ".inf"),
        ("l2pool: {norm: true}", "`norm` must be a number, not `true`", "true"),
    ],
)  # fmt: skip
def test_what_is_no_norm(item, message, place):
    with pytest.raises(SpecError) as caught:
        network(f"  - {item}")
    assert caught.value.message.endswith(f": {message}")
    span = caught.value.span
    assert span.source.text[span.start : span.end] == place


@pytest.mark.parametrize(
    ("given", "norm"),
    [({}, None), ({"norm_type": 2}, None), ({"norm_type": 2.0}, None), ({"norm_type": 3.0}, 3),
     ({"norm_type": 1}, 1)],
)  # fmt: skip
def test_it_is_read_from_calls(given, norm):
    assert Pool.from_call(call(**given))["norm"] == norm


@pytest.mark.parametrize("norm", [0, 0.5, -1, float("inf"), float("nan"), "2"])
def test_what_no_option_says_is_not_read(norm):
    assert Pool.from_call(call(norm_type=norm)) is None


def call(**arguments):
    before, after = Tensor("x", (2, 4, 8, 8)), Tensor("y", (2, 4, 4, 4))
    return TracedCall("LPPool2d", {"input": before, "kernel_size": 2, **arguments}, after)


@pytest.mark.parametrize(
    ("item", "module"),
    [
        ("avgpool: {name: p, size: 3, stride: 1, dilation: 2}", "nn.AvgPool2d"),
        ("avgpool: {name: p, size: 3, stride: 1, dilation: 1x2}", "nn.AvgPool2d"),
        ("l2pool: {name: p, size: 3, stride: 1, dilation: 2, norm: 3}", "nn.LPPool2d"),
    ],
)
def test_a_dilation_that_torch_has_not_is_not_left_out(item, module):
    with pytest.raises(ConvcalcError) as caught:
        module_source(network(f"  - {item}"), "net.yaml")
    assert caught.value.message == f"`p` is POOL: {module} has no dilation"
    assert caught.value.hint == (
        "nn.MaxPool2d is PyTorch's only pool with one: write `mode: max`, or leave the dilation out"
    )


@pytest.mark.parametrize(
    ("item", "made"),
    [
        ("maxpool: {size: 3, stride: 1, dilation: 2}",
         "nn.MaxPool2d(kernel_size=3, stride=1, dilation=2)"),
        ("avgpool: {size: 3, stride: 1}", "nn.AvgPool2d(kernel_size=3, stride=1)"),
        ("avgpool: {size: 1, stride: 1, dilation: 2}", "nn.AvgPool2d(kernel_size=1)"),
        ("avgpool: {size: 3x1, stride: 1, dilation: 1x2}",
         "nn.AvgPool2d(kernel_size=(1, 3), stride=1)"),
    ],
)  # fmt: skip
def test_a_dilation_that_torch_has_or_that_changes_nothing_is_written(item, made):
    assert made in module_source(network(f"  - {item}"), "net.yaml")
