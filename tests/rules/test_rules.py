"""The sizing rules: each fires where it should, and its hint applied silences it."""

import re
from typing import NamedTuple

import pytest
from support import walk

from convcalc.answers.rules import find_rule, lint_network, rule_codes
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate


class Case(NamedTuple):
    """A pattern that a rule is about: the layer, what is said of it, and what to write."""

    code: str
    text: str
    layer: str
    message: str
    hint: str


CASES = [
    pytest.param(Case(
        "input-size", "INPUT[30x30x3] -> [CONV -> RELU -> POOL]*2 -> FC", "input",
        "30x30x3 is not divisible by 4, by which the network divides it",
        "write `INPUT[32x32x3]`"), id="30 does not halve twice"),
    pytest.param(Case(
        "input-size", "INPUT[36x34x3] -> CONV3-8/2(P=1, rounding=floor) -> POOL -> POOL -> FC",
        "input", "36x34x3 is not divisible by 8, by which the network divides it",
        "write `INPUT[32x32x3]`"), id="strides halve too, along both axes"),
    pytest.param(Case(
        "input-size", "INPUT[226x226x3] -> CONV7-8/2(P=3, rounding=floor) -> POOL -> FC", "input",
        "226x226x3 is not divisible by 4, by which the network divides it",
        "write `INPUT[224x224x3]`"), id="the nearest that the whole network fits"),
    pytest.param(Case(
        "filter-size", "INPUT[32x32x3] -> CONV7-8 -> RELU -> CONV7-16 -> FC", "conv1_2",
        "F=7 beyond the first convolution", "write `CONV3-16`"), id="7x7 in the second layer"),
    pytest.param(Case(
        "filter-size", "INPUT[32x32x3] -> CONV-8 -> CONV(F=9x7, K=8, S=2, P=4x3, rounding=floor)",
        "conv1_2", "F=9x7 beyond the first convolution", "write `CONV3-8/2(rounding=floor)`"),
        id="an oblong one"),
    pytest.param(Case(
        "even-filter", "INPUT[32x32x3] -> CONV4-8(P=2) -> FC", "conv1_1",
        "F=4 with padding makes 33x33x8 of 32x32x3", "write `CONV3-8`"), id="4x4 grows the volume"),
    pytest.param(Case(
        "even-filter", "INPUT[32x32x3] -> CONV2-8(P=1, bias=false) -> FC", "conv1_1",
        "F=2 with padding makes 33x33x8 of 32x32x3", "write `CONV1-8(bias=false)`"), id="2x2"),
    pytest.param(Case(
        "no-padding", "INPUT[32x32x3] -> CONV5-6(P=0) -> POOL -> FC", "conv1_1",
        "P=0 makes 28x28x6 of 32x32x3", "write `CONV5-6`"), id="LeNet's first"),
    pytest.param(Case(
        "no-padding", "INPUT[32x32x3] -> CONV-6 -> POOL -> CONV4-6(P=0) -> FC", "conv2_1",
        "P=0 makes 13x13x6 of 16x16x6", "write `CONV3-6`"), id="an even one behind a pool"),
    pytest.param(Case(
        "keeps-size", "INPUT[64x64x3] -> CONV3-8(P=2) -> FC", "conv1_1",
        "64x64x3 grows to 66x66x8", "write `CONV3-8`"), id="too much padding"),
    pytest.param(Case(
        "keeps-size", "INPUT[32x32x3] -> [CONV -> POOL]*2 -> CONV3-8(P=0) -> FC", "conv3_1",
        "8x8x128 shrinks to 6x6x8", "write `CONV3-8`"), id="no padding deep in the network"),
    pytest.param(Case(
        "keeps-size", "INPUT[32x24x3] -> CONV5-8(P=1) -> FC", "conv1_1",
        "32x24x3 shrinks to 30x22x8", "write `CONV5-8`"), id="too little padding"),
    pytest.param(Case(
        "keeps-size", "INPUT[32x24x3] -> CONV(F=3x5, K=8, P=1x1) -> FC", "conv1_1",
        "32x24x3 shrinks to 32x22x8", "write `CONV-8(F=3x5)`"), id="along the height alone"),
    pytest.param(Case(
        "large-stride", "INPUT[227x227x3] -> CONV11-96/4(P=0) -> FC", "conv1_1",
        "S=4 in the first convolution", "write `CONV11-96/2(P=0, rounding=floor)`"),
        id="AlexNet's first"),
    pytest.param(Case(
        "large-stride", "INPUT[33x33x3] -> CONV-8 -> CONV3-8/3(P=0) -> FC", "conv1_2",
        "S=3 beyond the first convolution", "write `CONV3-8/2(P=0, rounding=floor)`"),
        id="3 in the second layer"),
    pytest.param(Case(
        "out-of-favour", "INPUT[32x32x3] -> CONV-8 -> LRN -> FC", "lrn1_1",
        "LRN inside the network", "write `BN`"), id="response normalisation"),
    pytest.param(Case(
        "out-of-favour", "INPUT[32x32x3] -> CONV-8 -> POOL(mode=avg) -> FC", "pool1",
        "POOL2(mode=avg) inside the network", "write `POOL2`"), id="average pooling"),
    pytest.param(Case(
        "stride", "INPUT[32x32x3] -> CONV-8 -> CONV3-16/2(rounding=floor) -> FC", "conv1_2",
        "S=2 beyond the first convolution", "write `CONV3-16 -> POOL2`"),
        id="a stride in the second layer"),
    pytest.param(Case(
        "stride", "INPUT[32x32x3] -> CONV-8 -> CONV(F=2, K=8, S=2x1, P=0) -> FC", "conv1_2",
        "S=2x1 beyond the first convolution", "write `CONV1-8 -> POOL(F=2x1, S=2x1)`"),
        id="along one axis"),
    pytest.param(Case(
        "pool-size", "INPUT[32x32x3] -> CONV -> POOL4/4 -> FC", "pool1",
        "a pool over windows of 4", "write `POOL2`"), id="4x4"),
    pytest.param(Case(
        "pool-size", "INPUT[32x32x3] -> CONV -> POOL5/3(mode=avg) -> FC", "pool1",
        "a pool over windows of 5", "write `POOL2(mode=avg)`"), id="5x5, an average"),
    pytest.param(Case(
        "pool-padding", "INPUT[32x32x3] -> CONV -> POOL3/2(P=1, rounding=floor) -> FC", "pool1",
        "a pool with P=1", "write `POOL2(rounding=floor)`"), id="ResNet's"),
    pytest.param(Case(
        "many-convolutions", "INPUT[32x32x3] -> [CONV -> RELU]*4 -> POOL -> FC", "conv1_4",
        "the 4th convolution in a row", "write `POOL -> CONV3-64`"), id="N=4"),
    pytest.param(Case(
        "many-fc", "INPUT[8x8x3] -> [FC -> RELU]*3 -> FC", "fc4",
        "K=3 hidden layers that see everything, or more",
        "leave some out: `[FC -> RELU]*2 -> FC`"), id="K=3"),
    pytest.param(Case(
        "large-filter", "INPUT[32x32x64] -> CONV7-64 -> FC", "conv1_1",
        "F=7 has 200,704 weights; 3 layers of 3x3 that see as much have 110,592",
        "write `CONV3-64 -> RELU -> CONV3-64 -> RELU -> CONV3-64`"), id="7x7: 49C^2 and 27C^2"),
    pytest.param(Case(
        "large-filter", "INPUT[32x32x64] -> CONV5-64(P=0) -> FC", "conv1_1",
        "F=5 has 102,400 weights; 2 layers of 3x3 that see as much have 73,728",
        "write `CONV3-64(P=0) -> RELU -> CONV3-64(P=0)`"), id="5x5: 25C^2 and 18C^2"),
    pytest.param(Case(
        "fc-weights", "INPUT[32x32x3] -> CONV3-16 -> POOL -> FC-100 -> FC-10", "fc1",
        "409,600 of the network's 411,032 weights; behind global average pooling they would be "
        "1,600, the network's 3,032", "write `GAP -> FC-100`"), id="the first of two"),
    pytest.param(Case(
        "receptive-field", "INPUT[16x16x3] -> [CONV]*8 -> FC", "input",
        "conv1_8 sees 17 pixels, the image has 16x16",
        "leave out layers or strides, or write `INPUT[17x17x3]`"), id="17 pixels of 16"),
    pytest.param(Case(
        "receptive-field", "INPUT[16x24x3] -> [[CONV]*2 -> POOL]*2 -> CONV -> FC", "input",
        "conv3_1 sees 24 pixels, the image has 16x24",
        "leave out layers or strides, or write `INPUT[24x24x3]`"), id="along the width"),
    pytest.param(Case(
        "bias-before-norm", "INPUT[32x32x3] -> CONV3-8 -> BN -> RELU -> FC", "conv1_1",
        "8 biases that the normalisation behind takes away", "write `CONV3-8(bias=false)`"),
        id="batch norm"),
    pytest.param(Case(
        "bias-before-norm", "INPUT[8x8x3] -> FC-8 -> BN -> RELU -> FC", "fc1",
        "8 biases that the normalisation behind takes away",
        "write `FC-8(bias=false)`"), id="behind an FC"),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_rule_says_what_is_wrong_and_why(case):
    (found,) = lint_network(walk(case.text), [case.code])
    about = find_rule(case.code)
    assert found.code == case.code
    assert found.layer == case.layer
    assert found.severity == about.severity
    assert found.message == f"{case.message}. {about.reason} ({about.origin})"
    assert found.hint == case.hint


@pytest.mark.parametrize("case", CASES)
def test_its_hint_applied_makes_it_pass(case):
    (found,) = lint_network(walk(case.text), [case.code])
    (wanted,) = re.findall("`(.*)`", found.hint)
    span = found.span
    mended = case.text[: span.start] + wanted + case.text[span.end :]
    if case.code == "many-fc":  # it rewrites the whole tail
        mended = re.sub(r"\[FC.*", wanted, case.text)
    walked = walk(mended)
    assert not lint_network(walked, [case.code]), mended
    assert not walked.broken, mended


PASSING = [
    ("input-size", "INPUT[32x32x3] -> [CONV -> RELU -> POOL]*5 -> FC", "32 halves five times"),
    ("input-size", "INPUT[227x227x3] -> CONV11-96/4(P=0) -> POOL3/2 -> POOL3/2 -> FC",
     "AlexNet's 227 is odd, but every window fits"),
    ("input-size", "INPUT[9x9x3] -> CONV -> FC", "nothing is halved"),
    ("filter-size", "INPUT[32x32x3] -> CONV7-8 -> CONV5-8 -> FC", "large in the first layer only"),
    ("filter-size", "INPUT[32x32x3] -> CONV -> CONV(F=1x7, K=8) -> CONV(F=7x1, K=8) -> FC",
     "a 7x7 in two strokes"),
    ("filter-size", "INPUT[32x32x3] -> CONV -> POOL4/4 -> CONV8-10(P=0)", "an FC as a convolution"),
    ("even-filter", "INPUT[32x32x3] -> CONV2-8/2(P=0) -> FC", "even, but without padding"),
    ("no-padding", "INPUT[32x32x3] -> CONV1-8(P=0) -> FC", "1x1 needs none"),
    ("no-padding", "INPUT[32x32x3] -> CONV4-8/4(P=0) -> FC", "a stride makes it smaller anyway"),
    ("no-padding", "INPUT[32x32x3] -> [CONV -> POOL]*2 -> CONV3-8(P=0) -> FC", "not early on"),
    ("keeps-size", "INPUT[32x32x3] -> CONV3-8 -> CONV1-8(P=0) -> CONV5-8(P=2) -> FC", "P=(F-1)/2"),
    ("keeps-size", "INPUT[32x32x3] -> [CONV -> POOL]*2 -> CONV8-10(P=0)", "an FC as a convolution"),
    ("keeps-size", "INPUT[32x32x3] -> CONV4-8/4(P=0) -> FC", "a stride makes it smaller anyway"),
    ("large-stride", "INPUT[32x32x3] -> CONV4-8/2(P=0, rounding=floor) -> FC", "S=2"),
    ("out-of-favour", "INPUT[32x32x3] -> CONV-8 -> BN -> POOL -> GAP -> FC",
     "max pooling, and an average over everything"),
    ("stride", "INPUT[227x227x3] -> CONV11-96/4(P=0) -> FC", "in the first convolution"),
    ("stride", "INPUT[32x32x3] -> CONV -> POOL -> CONV -> FC", "a pool"),
    ("pool-size", "INPUT[32x32x3] -> CONV -> POOL3/2(rounding=floor) -> GAP -> FC",
     "overlapping, and global pooling"),
    ("pool-size", "INPUT[28x28x3] -> CONV -> POOL -> POOL -> POOL7/7(mode=avg) -> FC",
     "a window over everything is global pooling"),
    ("pool-padding", "INPUT[32x32x3] -> POOL3/1(P=1) -> FC", "a step of 1 keeps the size"),
    ("many-convolutions", "INPUT[32x32x3] -> [[CONV -> RELU]*3 -> POOL]*3 -> FC", "N=3"),
    ("many-convolutions", "INPUT[32x32x3] -> [CONV1-8]*9 -> FC", "1x1 sees no further"),
    ("many-convolutions", "INPUT[32x32x3] -> [CONV]*3 -> CONV3-9/2(rounding=floor) -> [CONV]*2",
     "a stride is a pool's place"),
    ("many-fc", "INPUT[8x8x3] -> [FC -> RELU]*2 -> FC", "K=2"),
    ("large-filter", "INPUT[224x224x3] -> CONV7-64/2(P=3, rounding=floor) -> FC", "a stride"),
    ("large-filter", "INPUT[32x32x3] -> CONV7-64 -> FC", "of an image a stack has more weights"),
    ("large-filter", "INPUT[32x32x64] -> CONV7-64(groups=64) -> FC", "depthwise"),
    ("large-filter", "INPUT[32x32x64] -> LOCAL5-64 -> FC", "not shared"),
    ("fc-weights", "INPUT[32x32x3] -> FC-10", "a linear classifier has nothing to average"),
    ("fc-weights", "INPUT[32x32x3] -> CONV -> GAP -> FC-1000", "global pooling"),
    ("fc-weights", "INPUT[4x4x64] -> [CONV3-64]*3 -> FC-10", "not most of them"),
    ("receptive-field", "INPUT[17x17x3] -> [CONV]*8 -> FC", "17 of 17; an FC sees everything"),
    ("bias-before-norm", "INPUT[32x32x3] -> CONV3-8(bias=false) -> BN -> FC", "no bias"),
    ("bias-before-norm", "INPUT[32x32x3] -> CONV3-8 -> RELU -> BN -> FC", "ReLU between"),
    ("bias-before-norm", "INPUT[32x32x3] -> CONV3-8 -> GROUPNORM(groups=2) -> FC",
     "groups of channels: a bias of one channel counts"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text", "why"), PASSING, ids=[f"{c}: {w}" for c, _, w in PASSING])
def test_the_rule_is_content(code, text, why):
    walked = walk(text)
    assert not walked.broken
    assert lint_network(walked, [code]) == []


def test_every_rule_has_a_passing_and_a_failing_case():
    assert {param.values[0].code for param in CASES} == set(rule_codes())
    assert {code for code, _, _ in PASSING} == set(rule_codes())


NETWORKS = [
    ("vgg16", {"fc-weights": ["fc1"]}),
    ("alexnet", {
        "large-stride": ["conv1"],
        "out-of-favour": ["norm1", "norm2"],
        "fc-weights": ["fc6"],
    }),
    ("resnet50", {
        "receptive-field": ["input"],
        "pool-padding": ["maxpool"],
        "stride": [f"layer{k}.0.{c}" for k in (2, 3, 4) for c in ("conv2", "downsample.0")],
    }),
    ("vgg19", {
        "receptive-field": ["input"],
        "many-convolutions": ["conv3_4", "conv4_4", "conv5_4"],
        "fc-weights": ["fc1"],
    }),
    ("lenet5", {
        "no-padding": ["c1", "c3"],
        "out-of-favour": ["s2", "s4"],
        "fc-weights": ["c5"],
    }),
    ("zfnet", {
        "out-of-favour": ["norm1", "norm2"],
        "stride": ["conv2"],
        "fc-weights": ["fc6"],
    }),
    ("squeezenet1_1", {}),
    ("all_cnn_c", {"stride": ["conv1_3", "conv1_6"], "keeps-size": ["conv1_7"]}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "expected"), NETWORKS, ids=[name for name, _ in NETWORKS])
def test_well_known_networks(name, expected):
    found: dict[str, list[str]] = {}
    for finding in lint_network(propagate(load(name))):
        found.setdefault(finding.code, []).append(finding.layer)
    assert found == expected


def test_findings_come_from_the_input_to_the_output():
    walked = walk("INPUT[30x30x3] -> CONV4-8(P=2) -> BN -> POOL4/4 -> CONV3-8(P=0) -> GAP")
    assert [(f.layer, f.code) for f in lint_network(walked)] == [
        ("input", "input-size"),
        ("conv1_1", "bias-before-norm"),
        ("conv1_1", "even-filter"),
        ("pool1", "pool-size"),
        ("conv2_1", "keeps-size"),
    ]


def codes_of(text: str) -> set[str]:
    return {finding.code for finding in lint_network(walk(text))}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("filter-size", "INPUT[{}3] -> CONV3-8 -> CONV7-8 -> FC"),
        ("large-filter", "INPUT[{}64] -> CONV7-64 -> FC"),
        ("large-stride", "INPUT[{}3] -> CONV5-8/5(P=0, rounding=floor) -> FC"),
        ("pool-size", "INPUT[{}3] -> CONV3-8 -> POOL4 -> FC"),
        ("keeps-size", "INPUT[{}3] -> CONV3-8(P=2) -> FC"),
    ],
)
def test_what_the_notes_say_of_images_alone(code, text):
    assert find_rule(code).axes == (2,)
    assert code in codes_of(text.format("32x32x"))
    assert code not in codes_of(text.format("32x")) | codes_of(text.format("32x32x32x"))


@pytest.mark.parametrize("sides", ["32x", "32x32x", "32x32x32x"])
@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("bias-before-norm", "INPUT[{}3] -> CONV3-8 -> BN -> FC"),
        ("even-filter", "INPUT[{}3] -> CONV4-8(P=2) -> FC"),
        ("fc-weights", "INPUT[{}3] -> CONV3-8 -> FC-99"),
        ("input-size", "INPUT[{}3] -> [CONV -> POOL(rounding=floor)]*6 -> FC"),
        ("many-convolutions", "INPUT[{}3] -> CONV3-8*4 -> FC"),
        ("many-fc", "INPUT[{}3] -> [FC-9 -> RELU]*3 -> FC"),
        ("no-padding", "INPUT[{}3] -> CONV3-8(P=0) -> FC"),
        ("out-of-favour", "INPUT[{}3] -> CONV3-8 -> POOL2(mode=avg) -> FC"),
        ("pool-padding", "INPUT[{}3] -> CONV3-8 -> POOL2(P=1) -> FC"),
        ("receptive-field", "INPUT[{}3] -> CONV3-8(dilation=20) -> FC"),
        ("stride", "INPUT[{}3] -> CONV3-8 -> CONV3-8/2(rounding=floor) -> FC"),
    ],
)
def test_what_holds_for_any_number_of_axes(code, text, sides):
    assert find_rule(code).axes == (1, 2, 3)
    assert code in codes_of(text.format(sides))


IN_YAML = """\
input: 32x32x3
layers:
  - conv: {name: stem, filters: 8, size: 3, pad: 1}
  - conv: {name: twin, from: stem, filters: 8, size: 3, pad: 1, trainable: true}
  - bn: {name: normal}
  - add: {from: [stem, normal]}
  - POOL3/2(P=1, rounding=floor, name=down)
  - fc: {units: 10}
"""


@pytest.mark.parametrize(
    ("code", "layer", "written", "mended"),
    [
        pytest.param(
            "bias-before-norm", "twin", "bias: false", ("twin,", "twin, bias: false,"), id="yaml"
        ),
        pytest.param(
            "pool-padding",
            "down",
            "POOL2(rounding=floor, name=down)",
            ("POOL3/2(P=1, rounding=floor, name=down)", "POOL2(rounding=floor, name=down)"),
            id="an item of a pattern",
        ),
    ],
)
def test_a_hint_leaves_names_and_inputs_as_they_are(code, layer, written, mended):
    """In YAML only what changes is said; the hint applied is a network without the finding."""
    (found,) = lint_network(walk(IN_YAML, is_yaml=True), [code])
    assert (found.layer, found.hint) == (layer, f"write `{written}`")
    walked = walk(IN_YAML.replace(*mended), is_yaml=True)
    assert not lint_network(walked, [code])
    assert [node.name for node in walked.nodes] == [
        n.name for n in walk(IN_YAML, is_yaml=True).nodes
    ]
