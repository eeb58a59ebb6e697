"""What a spec may say, and what it is read into."""

import pytest
from support import names, network, report, sizes

from convcalc.network.loading import decode_source, networks
from convcalc.text.source import Source

PATTERN = "INPUT[32x32x3] -> [CONV3-8(P=1) -> RELU]*2 -> POOL2 -> FC-10"

# Different texts of the network that PATTERN describes.
SAME = [
    ("pattern: {pattern}", "a pattern"),
    (
        "input: 32x32x3\npattern: INPUT -> [CONV3-8(P=1) -> RELU]*2 -> POOL2 -> FC-10",
        "the input",
    ),
    ("input: 32x32x3\nlayers: ['[CONV3-8(P=1) -> RELU]*2 -> POOL2 -> FC-10']", "one pattern item"),
    (
        "input: {{width: 32, height: 32, channels: 3}}\n"
        "layers: ['[CONV3-8(P=1) -> RELU]*2', POOL2, FC-10]",
        "pattern items",
    ),
    (
        "input: {{W: 32, H: 32, D: 3}}\n"
        "layers:\n- repeat: 2\n  layers: [conv: {{filters: 8, size: 3, pad: 1}}, relu]\n"
        "- pool: {{size: 2}}\n- fc: {{units: 10}}",
        "a repeat",
    ),
    (
        "input: 32 × 32 × 3\nlayers:\n- Conv2d: {{out_channels: 8, kernel_size: 3, padding: 1}}\n"
        "- ReLU\n- Conv2d: {{out_channels: 8, kernel_size: 3, padding: 1}}\n- ReLU:\n"
        "- MaxPool2d: {{kernel_size: 2}}\n- Linear: {{out_features: 10}}",
        "PyTorch's spellings",
    ),
    (
        "input: 32X32X3\nlayers:\n- Conv2D: {{filters: 8, kernel_size: 3, padding: same}}\n- relu\n"
        "- Conv2D: {{filters: 8, kernel_size: 3, padding: same}}\n- relu\n"
        "- MaxPooling2D: {{pool_size: 2}}\n- Flatten\n- Dense: {{units: 10}}",
        "Keras's spellings",
    ),
    (
        "input: '32x32x3'\nlayers:\n- conv: {{K: 8, F: 3, S: 1, P: 1}}\n- relu\n"
        "- conv: {{k: 8, f: 3x3, s: 1x1, p: 1x1}}\n- relu\n- pool: {{F: 2, S: 2}}\n- fc: {{K: 10}}",
        "the notes' letters",
    ),
    (
        '{{"input": "32x32x3", "layers": [{{"repeat": 2, "layers": [{{"conv": '
        '{{"filters": 8, "size": {{"width": 3, "height": 3}}, "pad": 1}}}}, "relu"]}}, '
        '"POOL2", "FC-10"]}}',
        "JSON",
    ),
    (
        "input: 32x32x3\nlayers:\n- conv: &c {{filters: 8, size: 3, pad: 1}}\n- relu\n- conv: *c\n"
        "- relu\n- pool: {{}}\n- fc: {{units: 10}}",
        "an alias",
    ),
]


@pytest.mark.parametrize("text", [pytest.param(text, id=why) for text, why in SAME])
def test_is_the_same_network(text):
    expected, found = report(PATTERN), report(text.format(pattern=PATTERN), is_yaml=True)
    rows = [row for row in found.rows if row.type != "FLATTEN"]
    for mine, theirs in zip(rows, expected.rows, strict=True):
        assert (mine.type, mine.output, mine.parameters) == (
            theirs.type, theirs.output, theirs.parameters,
        )  # fmt: skip


def of_conv(options: str):
    """The convolution of a spec with these options."""
    text = f"input: 32x32x3\nlayers: [conv: {{filters: 8, {options}}}]"
    return network(text, is_yaml=True).nodes[1].layer


@pytest.mark.parametrize(
    ("options", "field", "value"),
    [
        pytest.param("size: 3", "padding", (0, 0), id="no padding is none"),
        pytest.param("size: 3", "stride", (1, 1), id="stride 1"),
        pytest.param('size: "3x5"', "kernel_size", (3, 5), id="a size in quotes, as in JSON"),
        pytest.param("size: 010", "kernel_size", (10, 10), id="010 is ten"),
        pytest.param("size: +3", "kernel_size", (3, 3), id="a sign"),
        pytest.param("size: 3x5", "kernel_size", (3, 5), id="width x height"),
        pytest.param("size: 3×5", "kernel_size", (3, 5), id="a multiplication sign"),
        pytest.param("size: {width: 3, height: 5}", "kernel_size", (3, 5), id="a mapping"),
        pytest.param("size: 3, bias: False", "bias", False, id="False"),
        pytest.param("size: 3, groups: 1", "groups", 1, id="groups"),
        pytest.param("size: 3, rounding: ceil", "rounding", "ceil", id="rounding of a layer"),
    ],
)
def test_values(options, field, value):
    assert getattr(of_conv(options), field) == value


def test_pool_strides_by_2_by_default():
    assert sizes("input: 8x8x1\nlayers: [pool: {size: 2}, pool: {}]", is_yaml=True)[1:] == [
        "4x4x1", "2x2x1",
    ]  # fmt: skip


def test_pattern_items_keep_the_notes_defaults_and_say_so():
    made = report("input: 32x32x3\nlayers: [CONV3-8, 'POOL2/2(mode=max, P=0)']", is_yaml=True)
    assert made.assumed == [
        "CONV: S=1 where no stride is written",
        "CONV: P=d(F-1)/2 where no padding is written",
    ]


def test_layers_assume_nothing_but_the_input():
    assert report("layers: [conv: {filters: 8, size: 3}, relu, pool]", is_yaml=True).assumed == [
        "INPUT is 224x224x3"
    ]


def test_name_reference_rounding_and_budget():
    text = (
        "name: 'Net # 1'\nreference: https://arxiv.org/abs/1409.1556\nrounding: ceil\n"
        "budget: {memory: 11GiB, batch: 64, optimizer: adam}\ninput: 7x7x1\nlayers: [pool]"
    )
    found = network(text, is_yaml=True)
    assert (found.name, found.reference) == ("Net # 1", "https://arxiv.org/abs/1409.1556")
    assert (found.rounding, sizes(text, is_yaml=True)[-1]) == ("ceil", "4x4x1")
    assert {key: argument.value for key, argument in found.budget.items()} == {
        "memory": "11GiB", "batch": 64, "optimizer": "adam",
    }  # fmt: skip


def test_a_layer_may_say_another_rounding_than_its_network():
    text = "input: 7x7x1\nrounding: ceil\nlayers: [pool: {rounding: floor}]"
    assert sizes(text, is_yaml=True)[-1] == "3x3x1"


def test_several_documents_are_several_networks():
    text = "---\nname: a\nlayers: [relu]\n---\nname: b\nlayers: [sigmoid]\n...\n"
    assert [found.name for found in networks(Source(text), is_yaml=True)] == ["a", "b"]


def test_anchors_do_not_reach_into_the_next_document():
    from convcalc.text.errors import SpecError

    with pytest.raises(SpecError, match=r"`\*a` refers to no anchor before it"):
        networks(Source("layers: &a [relu]\n---\nlayers: *a\n"), is_yaml=True)


def test_from_takes_earlier_layers():
    text = """
        input: 8x8x4
        layers:
          - conv: {name: a, filters: 4, size: 1}
          - conv: {name: b, filters: 4, size: 1, from: input}
          - add: {name: c, from: [a, b]}
    """
    last = network(text, is_yaml=True).nodes[-1]
    assert (last.name, last.inputs) == ("c", (1, 2))


def test_two_outputs():
    text = "layers: [conv: {name: a, filters: 4, size: 1}, relu]\noutputs: [a, relu1_1]"
    assert network(text, is_yaml=True).outputs == (1, 2)


def test_a_repeat_by_a_name():
    text = "layers: [{repeat: N, layers: [relu]}]"
    assert names(text, is_yaml=True, names={"N": 2}) == ["input", "relu1_1", "relu1_2"]


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbfinput: 8x8x1\nlayers: [relu]\n", id="a byte-order mark"),
        pytest.param(b"input: 8x8x1\r\nlayers:\r\n  - relu\r\n", id="Windows line ends"),
        pytest.param(b"input: 8x8x1\rlayers:\r  - relu\r", id="line ends of old Macs"),
        pytest.param(b"\xef\xbb\xbfinput: 8x8x1\r\nlayers: [relu]", id="both"),
    ],
)
def test_encodings(data):
    (found,) = networks(decode_source(data, "spec.yaml"), is_yaml=True)
    assert [node.name for node in found.nodes] == ["input", "relu1_1"]


def test_windows_line_ends_do_not_move_the_marker():
    from convcalc.text.errors import SpecError

    with pytest.raises(SpecError) as caught:
        networks(decode_source(b"input: 8x8x1\r\nlayers:\r\n  - rellu\r\n", "spec.yaml"))
    assert caught.value.location == "spec.yaml:3:5"
    assert caught.value.quoted_lines() == ["      - rellu\n        ^^^^^"]
