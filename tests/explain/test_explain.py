"""The arithmetic of a layer: the notes' figures, and that every product is what it says."""

import json
import re
from math import prod

import pytest
from support import ONE_OF_A_FAMILY, walk

from convcalc.facts.setup import Setup
from convcalc.facts.window import Window
from convcalc.network.loading import load
from convcalc.walk.explanation import explain_layer
from convcalc.walk.propagation import propagate

CONV1 = """\
conv1: CONV K=96 F=11 S=4 P=0
K filters of FxF over the whole depth (or a group of it), shared by all positions.

Input            227x227x3 of input

Output           width and height (W - F + 2P)/S + 1 = (227 - 11 + 2*0)/4 + 1 = 55
                 55x55x96: 55*55*96 = 290,400 values

Weights          (11*11*3)*96 = 34,848, 363 a neuron
                 and 96 biases: 34,944 parameters

Without sharing  290,400 neurons, each with 363 weights and 1 bias of its own: 105,705,600
                   parameters, 3,025 times as many

Fully connected  a neuron that sees the whole input has 227*227*3 = 154,587 weights
                 290,400 such neurons: 44,892,355,200 parameters
                 the FC layer that computes the same: a matrix of 290,400 x 154,587, 99.77 % of it
                   zero, the rest the same 34,848 weights at every position

Multiply-adds    34,848 weights, each used at 3,025 positions: 105,415,200

Receptive field  1 + (11 - 1)*1 = 11 pixels, 1*4 = 4 apart

Backward         the gradient of the input: that of the output, its values S=4 apart, padded by F -
                   1 - P = 10, convolved with the flipped filters
                 the gradient of the weights: the input convolved with that of the output, its
                   values S=4 apart

PyTorch keeps    its input: the gradient of the weights is a product with it
                 603.9 KiB for a batch of 1, beside what layers before it keep

At the peak      1.11 MiB that it made are alive (counted where it was made; above, where it is
                   first kept)
                 largest: norm1 and norm2, 6.62 MiB together
"""


def explained(text, name, *, held=0, mode="train", **settings):
    walked = walk(text, **settings)
    index = [node.name for node in walked.nodes].index(name)
    return explain_layer(walked, index, Setup(mode=mode), held)


def lines(found, title):
    return next(section.lines for section in found.sections if section.title == title)


def test_a_sequence_is_told_of_in_its_own_words():
    """One axis: F weights a channel, samples, and no image."""
    found = explained("INPUT[16000x1] -> CONV80-128/4(P=38) -> RELU -> FC-10", "conv1_1")
    assert found.intro.startswith("K filters of F over the whole depth")
    assert lines(found, "Receptive field") == ["1 + (80 - 1)*1 = 80 samples, 1*4 = 4 apart"]
    given = explained("INPUT[9x1] -> RELU -> FC-2", "input")
    assert lines(given, "PyTorch keeps") == ["the batch of inputs, as long as a layer needs it"]


def test_a_scan_is_told_of_axis_by_axis():
    text = "INPUT[16x16x8x3] -> CONV3x3x2-8/1x1x2(P=1x1x0) -> GAP -> FC-10"
    found = explained(text, "conv1_1")
    assert found.intro.startswith("K filters of FxFxF over the whole depth")
    assert lines(found, "Output")[2] == "frames (W - F + 2P)/S + 1 = (8 - 2 + 2*0)/2 + 1 = 4"
    assert lines(found, "Receptive field") == [
        "1 + (3 - 1)*1 = 3 pixels, 1 apart along the width",
        "1 + (3 - 1)*1 = 3 pixels, 1 apart along the height",
        "1 + (2 - 1)*1 = 2 frames, 1*2 = 2 apart along the frames",
    ]
    found = explained("INPUT[8x8x8x3] -> CONV3-8", "conv1_1")
    assert lines(found, "Output")[0].startswith("width, height and frames (W - F + 2P)/S + 1 =")
    assert lines(found, "Receptive field") == ["1 + (3 - 1)*1 = 3 pixels and frames, 1 apart"]


def test_alexnets_first_layer_is_worked_out_as_the_notes_do(run):
    done = run("explain", "alexnet", "conv1")
    assert (done.code, done.out, done.err) == (0, CONV1, "")


def test_without_sharing_alexnets_first_layer_has_105_705_600_parameters():
    walked = propagate(load("alexnet"))
    found = explain_layer(walked, 1, Setup(), 0)
    assert walked.nodes[1].name == "conv1"
    assert found.unshared == 290_400 * 364 == 105_705_600


@pytest.mark.parametrize(
    ("size", "weights"),
    [
        pytest.param("32x32x3", 3_072, id="3,072 of CIFAR-10's images"),
        pytest.param("200x200x3", 120_000, id="120,000 of 200x200"),
    ],
)
def test_weights_of_a_neuron_that_sees_everything(size, weights):
    for layer in ("FC-10", "CONV5-10"):
        name = "fc1" if layer == "FC-10" else "conv1_1"
        found = explained(f"INPUT[{size}] -> {layer}", name)
        assert found.weights_of_a_neuron_that_sees_everything == weights
        assert f"{weights:,} weights" in lines(found, "Fully connected")[0]


WEIGHTS = [
    ("CONV5-7", "(5*5*3)*7 = 525, 75 a neuron", "5x5 on depth 3: 75 weights"),
    ("CONV3-6(groups=3)", "(3*3*1)*6 = 54, 9 a neuron", "a group's share of the depth"),
    ("DWCONV3-3", "(3*3*1)*3 = 27, 9 a neuron", "depthwise"),
    ("CONV(F=1x3, K=2)", "(1*3*3)*2 = 18, 9 a neuron", "oblong"),
    ("LOCAL3-2(P=0)", "(3*3*3)*2*(8*6) = 2,592, 27 a neuron", "not shared: for every position"),
    ("CONVTRANSPOSE2-4/2", "2*2*3*4 = 48", "transposed"),
    ("FC-10", "(10*8*3)*10 = 2,400, 240 a neuron", "everything"),
    ("BN", "3", "a scale a channel"),
    ("PRELU", "1", "one slope"),
    ("RELU", "none: a fixed function", "nothing to learn"),
    ("POOL", "none: a fixed function", "nothing to learn either"),
]


@pytest.mark.parametrize(("layer", "line", "why"), WEIGHTS, ids=[why for *_, why in WEIGHTS])
def test_weights(layer, line, why):
    walked = walk(f"INPUT[10x8x3] -> {layer}")
    assert lines(explain_layer(walked, 1, Setup(), 0), "Weights")[0] == line


@pytest.mark.parametrize(
    "layer",
    ["conv: {name: N, filters: 4, size: 3, pad: 1", "bn: {name: N", "fc: {name: N, units: 400"],
    ids=["conv", "no multiply-adds", "no positions"],
)
def test_shared_weights_are_those_of_the_layer_that_counts_them(layer):
    first = "{flatten: {}}" if layer.startswith("fc") else "{relu: {}}"
    a, b, c = (layer.replace("N", name) for name in "abc")
    text = f"input: 10x10x4\nlayers: [{first}, {a}}}, {b}, share: a}}, {c}, share: b}}]\n"
    own, *others = [explained(text, name) for name in "abc"]
    for found in others:
        *same, told = lines(found, "Weights")
        assert same == lines(own, "Weights")
        assert told == "they are those of a, counted there"
        assert (found.unshared, found.dense) == (own.unshared, own.dense)
        for title in ("Without sharing", "Fully connected", "Multiply-adds"):
            assert [s.lines for s in found.sections if s.title == title] == [
                s.lines for s in own.sections if s.title == title
            ]


@pytest.mark.parametrize("size", ["10x3", "10x8x3", "10x8x6x3"])
@pytest.mark.parametrize("layer", ["GAP", "CONV3-4", "POOL", "LAYERNORM", "ADAPTIVEPOOL(size=1)"])
def test_what_a_layer_is_holds_along_all_its_axes(layer, size):
    found = explain_layer(walk(f"INPUT[{size}] -> {layer}"), 1, Setup(), 0)
    assert found.intro
    assert not re.search("width|height|length|frames", found.intro)


OUTPUTS = [
    ("CONV3-2/2(P=0, rounding=floor)",
     ["width (W - F + 2P)/S + 1 = (10 - 3 + 2*0)/2 + 1 = 4.5, which is no integer: 4 (floor)",
      "height (W - F + 2P)/S + 1 = (8 - 3 + 2*0)/2 + 1 = 3.5, which is no integer: 3 (floor)"],
     "a fraction is told"),
    ("CONV3-2/2(P=0)",
     ["width (W - F + 2P)/S + 1 = (10 - 3 + 2*0)/2 + 1 = 4.5, which is no integer: refused; "
      "the rest goes on with 4",
      "height (W - F + 2P)/S + 1 = (8 - 3 + 2*0)/2 + 1 = 3.5, which is no integer: refused; "
      "the rest goes on with 3"],
     "a fraction is refused"),
    ("CONV3-2(dilation=2)", ["width (W - F + 2P)/S + 1 = (10 - 5 + 2*2)/1 + 1 = 10",
                             "height (W - F + 2P)/S + 1 = (8 - 5 + 2*2)/1 + 1 = 8"],
     "dilation widens F to 5"),
    ("CONVTRANSPOSE3-2/2(output_padding=1)",
     ["width (10 - 1)*2 - 2*0 + 3 + 1 = 22", "height (8 - 1)*2 - 2*0 + 3 + 1 = 18"],
     "transposed"),
    ("UPSAMPLE(scale=2x3)", ["width 10*2 = 20", "height 8*3 = 24"], "upsampled"),
    ("UPSAMPLE(size=5)", ["resized to 5x5"], "resized"),
    ("ADAPTIVEPOOL(size=3)", ["3x3 from any input"], "adaptive"),
    ("FLATTEN", ["depth 10*8*3 = 240"], "flattened"),
    ("RELU", ["the size of its input"], "the same"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected", "why"), OUTPUTS, ids=[why for *_, why in OUTPUTS])
def test_output(layer, expected, why):
    walked = walk(f"INPUT[10x8x3] -> {layer}")
    assert lines(explain_layer(walked, 1, Setup(), 0), "Output")[:-1] == expected


WINDOWS = [
    ("POOL", ["each MAX takes 2*2 = 4 numbers of one slice",
              "60 of 240 activations remain, 75 % dropped"], "the usual pool drops 75 %"),
    ("POOL3x2/1(P=1)", ["each MAX takes at most 3*2 = 6 numbers of one slice"],
     "padding is no number, and nothing is dropped"),
    ("POOL(mode=avg)", ["each average takes 2*2 = 4 numbers of one slice",
                        "60 of 240 activations remain, 75 % fewer"], "every value counts"),
    ("POOL(mode=l2)", ["each L2 norm takes 2*2 = 4 numbers of one slice",
                       "60 of 240 activations remain, 75 % fewer"], "a norm"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected", "why"), WINDOWS, ids=[why for *_, why in WINDOWS])
def test_what_a_pool_takes_and_drops(layer, expected, why):
    walked = walk(f"INPUT[10x8x3] -> {layer}")
    assert lines(explain_layer(walked, 1, Setup(), 0), "Window") == expected


BACKWARD = [
    ("POOL", ["each gradient goes to the largest value of its window, by the index kept"]),
    ("POOL(mode=avg)", ["each value of a window gets 1/4 of its gradient"]),
    ("POOL(mode=l2)", ["each value of a window gets its share of the norm of its gradient"]),
    ("CONV3-2", ["the gradient of the input: that of the output, padded by F - 1 - P = 1, "
                 "convolved with the flipped filters",
                 "the gradient of the weights: the input convolved with that of the output"]),
    ("CONV3x1-2/2x1(d=2, rounding=floor)",
     ["the gradient of the input: that of the output, its values S=2x1 apart, padded by "
      "d(F - 1) - P = 2x0, convolved with the flipped filters",
      "the gradient of the weights: the input convolved with that of the output, its values "
      "S=2x1 apart"]),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected"), BACKWARD, ids=[layer for layer, _ in BACKWARD])
def test_where_gradients_go(layer, expected):
    walked = walk(f"INPUT[10x8x3] -> {layer}")
    assert lines(explain_layer(walked, 1, Setup(), 0), "Backward") == expected
    run_only = explain_layer(walked, 1, Setup(mode="infer"), 0)
    assert "Backward" not in [section.title for section in run_only.sections]


def test_frozen_weights_get_no_gradient():
    text = "input: 8x8x4\nlayers:\n  - conv: {name: a, filters: 4, size: 3, trainable: false}\n"
    (line,) = lines(explained(text, "a", is_yaml=True), "Backward")
    assert line.startswith("the gradient of the input")


@pytest.mark.parametrize(
    ("size", "stride", "padding", "dilation"),
    [(9, 1, 0, 1), (9, 1, 1, 1), (11, 2, 1, 1), (13, 3, 0, 2), (12, 1, 2, 2), (7, 2, 3, 1)],
)
def test_a_gradient_is_a_convolution_with_the_flipped_filter(size, stride, padding, dilation):
    """What `Backward` says against the definition, along one axis: dy/dx summed over y."""
    weights = [2, 3, 5]
    window = Window(len(weights), stride, padding, dilation)
    gradient = [7 + 4 * k + k * k for k in range(window.output(size))]
    wanted = [0] * size
    for position, value in enumerate(gradient):
        for tap, place in enumerate(window.inputs_of(position)):
            if 0 <= place < size:
                wanted[place] += weights[tap] * value
    apart = [0] * ((len(gradient) - 1) * stride + 1)
    apart[::stride] = gradient
    padded = window.extent - 1 - padding  # below 0: so much is cut off
    source = [0] * padded + apart[max(0, -padded) :] + [0] * (2 * size)
    found = [
        sum(w * source[start + tap * dilation] for tap, w in enumerate(reversed(weights)))
        for start in range(size)
    ]
    assert found == wanted


DILATED = [
    ("CONV3-2(d=2)", ["width and height d(F - 1) + 1 = 2*(3 - 1) + 1 = 5",
                      "w[0]*x[0] + w[1]*x[2] + w[2]*x[4]"], "the notes' sum"),
    ("CONV7x3-2(d=1x3)", ["height d(F - 1) + 1 = 3*(3 - 1) + 1 = 7",
                          "w[0]*x[0] + w[1]*x[3] + w[2]*x[6]"], "along one axis"),
    ("CONV9-2(d=2)", ["width and height d(F - 1) + 1 = 2*(9 - 1) + 1 = 17",
                      "w[0]*x[0] + w[1]*x[2] + w[2]*x[4] + ... + w[8]*x[16]"], "a long sum"),
]  # fmt: skip


@pytest.mark.parametrize(("layer", "expected", "why"), DILATED, ids=[why for *_, why in DILATED])
def test_dilation_widens_the_filter(layer, expected, why):
    walked = walk(f"INPUT[32x32x3] -> {layer}")
    assert lines(explain_layer(walked, 1, Setup(), 0), "Dilation") == expected


MATRICES = [
    ("CONV3-2(P=0)", "128 x 300, 91 % of it zero", "K*8*8 rows of 3*3*3 values: 1 - 27/300"),
    ("CONV3-2(bias=false)", "200 x 300, 92.16 % of it zero", "borders: 28*28*3*2 values are left"),
    ("CONV10-4(P=0)", None, "the FC layer itself"),
    ("LOCAL3-2(P=0)", "128 x 300, 91 % of it zero", "not shared"),
]


@pytest.mark.parametrize(("layer", "words", "why"), MATRICES, ids=[why for *_, why in MATRICES])
def test_a_convolution_as_the_matrix_of_an_fc_layer(layer, words, why):
    walked = walk(f"INPUT[10x10x3] -> {layer}")
    found = lines(explain_layer(walked, 1, Setup(), 0), "Fully connected")
    if words is None:
        assert len(found) == 1
    else:
        assert f"a matrix of {words}" in found[-1]
        assert ("the same 54 weights at every position" in found[-1]) == layer.startswith("CONV")


def test_a_concatenation_adds_depths():
    text = "input: 4x4x3\nlayers:\n  - concat: [[conv: {filters: 5, size: 1}], [relu], [relu]]"
    assert lines(explained(text, "concat1_1", is_yaml=True), "Output")[0] == "depth 5 + 3 + 3 = 11"


KEPT = [
    ("CONV3-2", "its input: the gradient of the weights is a product with it", "for the weights"),
    ("RELU", "its output, in place of its input: the slope is worked out from it", "in place"),
    ("RELU(inplace=false)", "its output: the slope is worked out from it", "beside its input"),
    ("RELU6", "a copy of its input, which it overwrites: the slope depends on it", "a copy"),
    ("POOL", "where each maximum was, as int64: its gradient goes there alone", "indices"),
    ("DROPOUT", "which values were dropped: their gradient is zero", "a mask"),
    ("BN", "the statistics it normalised by: the gradient runs through them too", "moments"),
    ("POOL(mode=avg)", "its input: the slope is worked out from it", "PyTorch's choice"),
    ("UPSAMPLE", "nothing: its gradient needs no value of the forward pass", "nothing"),
]


@pytest.mark.parametrize(("layer", "line", "why"), KEPT, ids=[layer for layer, *_ in KEPT])
def test_what_pytorch_keeps_and_why(layer, line, why):
    walked = walk(f"INPUT[10x8x3] -> CONV -> {layer}")
    assert line in lines(explain_layer(walked, 2, Setup(), 0), "PyTorch keeps")


def test_running_keeps_nothing():
    found = explained("INPUT[8x8x3] -> CONV", "conv1_1", mode="infer")
    assert lines(found, "PyTorch keeps") == ["nothing: there is no backward pass"]


def test_frozen_weights_need_no_input():
    text = "input: 8x8x3\nlayers:\n  - fc: {name: a, units: 4}\n"
    free = explained(text, "a", is_yaml=True)
    frozen = explained(text.replace("4}", "4, trainable: false}"), "a", is_yaml=True)
    assert "gradient of the weights" in lines(free, "PyTorch keeps")[0]
    assert lines(frozen, "PyTorch keeps") == [
        "nothing: its gradient needs no value of the forward pass"
    ]


def test_bytes_are_those_of_analyze(run):
    for layer in run("analyze", "alexnet", "-b", "7", "--format", "json").network["layers"]:
        done = run("explain", "alexnet", layer["name"], "-b", "7", "--format", "json")
        assert json.loads(done.out)["held"] == layer["held_for_backward"], layer["name"]


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_every_product_is_what_it_says(name):
    walked = propagate(load(name))
    for index, node in enumerate(walked.nodes):
        found = explain_layer(walked, index, Setup(), 0)
        products = [s for s in found.sections if s.title != "Receptive field"]
        text = "\n".join(line for s in products for line in s.lines if "/S + 1" not in line)
        for product, value in re.findall(r"([\d()]+(?:\*[\d()]+)+) = ([\d,]+)", text):
            factors = map(int, re.findall(r"\d+", product))
            assert prod(factors) == int(value.replace(",", "")), node.name
        weights = sum(p.elements for p in node.facts.parameters if p.role == "weight")
        if weights:
            assert f"{weights:,}" in lines(found, "Weights")[0], node.name


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        pytest.param(["vgg16", "conv1_3"], 2, "hint: did you mean `conv5_3`?", id="a near name"),
        pytest.param(["vgg16", "?"], 2, "hint: `convcalc analyze vgg16` lists them", id="no name"),
        pytest.param(["INPUT[9x9x3] -> POOL", "pool1"], 1, "error[fit] pool1", id="a misfit"),
        pytest.param(["INPUT[9x9x3] -> POOL -> CONV", "conv2_1"], 0, "", id="a misfit elsewhere"),
        pytest.param(["nothing", "fc1"], 2, "neither a file", id="no source"),
        pytest.param(["vgg16", "fc1", "--set", "N=1"], 2, "--set N", id="an unused name"),
        pytest.param(
            ["vgg16"],
            2,
            "Error: name a LAYER of vgg16: input, conv1_1, relu1_1, conv1_2, ",
            id="no layer",
        ),
    ],
)
def test_exit_codes(run, arguments, code, message):
    done = run("explain", *arguments)
    assert done.code == code
    assert message in done.err


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        pytest.param("conv1", "1 + (4 - 1)*1 = 4 pixels, 1*4 = 4 apart", id="a window"),
        pytest.param("up", "4 pixels, 1 apart", id="no sum for upsampling"),
        pytest.param("last", "by position 4 to 8 pixels, 1 apart", id="straddling coarse cells"),
    ],
)
def test_a_field_behind_upsampling_is_no_sum(run, layer, words):
    text = """\
input: 128x64x3
layers:
- conv: {filters: 2, size: 4, stride: 4, name: conv1}
- upsample: {scale: 4, name: up}
- conv: {filters: 2, size: 3, pad: 1, name: last}
"""
    assert f"Receptive field  {words}" in run("explain", "-", layer, stdin=text).out


def test_one_network_at_a_time(run):
    done = run("explain", "-", "input", stdin="INPUT -> FC\nINPUT -> CONV\n")
    assert (done.code, done.err) == (2, "error: - has 2 networks, not one\n")


KEEPING = """\
input: 8x8x3
layers:
  - sigmoid: {name: s}
  - conv: {name: c1, filters: 4, size: 3, pad: 1}
  - relu: {name: r1}
  - repeat: 2
    name: twice
    checkpoint: true
    layers:
      - conv: {filters: 4, size: 3, pad: 1}
      - relu
  - fc: {name: last, units: 2}
"""


@pytest.mark.parametrize(
    ("layer", "line"),
    [
        ("s", "here nothing: its input needs no gradient, and nothing in it learns"),
        ("c1", "768 B for a batch of 1, beside what layers before it keep"),
        ("last", "1.00 KiB for a batch of 1, beside what layers before it keep"),
        (
            "twice.1.conv1_1",
            "here nothing: it is checkpointed, and runs again in the backward pass",
        ),
    ],
)
def test_who_keeps_it_already_is_said(run, tmp_path, layer, line):
    path = tmp_path / "net.yaml"
    path.write_text(KEEPING, encoding="utf-8")
    done = run("explain", str(path), layer)
    assert f" {line}\n" in done.out, done.err


def test_a_layer_that_keeps_it_already_is_named(run):
    done = run("explain", "vgg16", "conv1_2")
    assert "here nothing new: relu1_1 keeps that already\n" in done.out
