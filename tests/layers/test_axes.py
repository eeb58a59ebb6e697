"""Volumes of one, two and three axes: sizes, notation, counts and fields along each of them."""

import re

import pytest
from support import network, run_in, walk

from convcalc.facts.shape import Shape, Vector
from convcalc.layers import other_spellings
from convcalc.layers._base import AXES
from convcalc.text.errors import SpecError
from convcalc.walk.hints import find_remedies, with_hints
from convcalc.walk.propagation import propagate


def last(pattern: str):
    return walk(pattern).nodes[-1]


@pytest.mark.parametrize(
    ("pattern", "output", "in_torch"),
    [
        pytest.param("INPUT[16000x1] -> CONV80-128/4(P=38)", "4000x128", (128, 4000), id="sound"),
        pytest.param("INPUT[32x24x3] -> CONV3x5-8(P=1x2)", "32x24x8", (8, 24, 32), id="image"),
        pytest.param("INPUT[112x96x16x3] -> CONV3-8", "112x96x16x8", (8, 16, 96, 112), id="clip"),
        pytest.param("INPUT[9x9x9x2] -> CONV3x1x1-4(P=1x0x0)", "9x9x9x4", (4, 9, 9, 9),
                     id="a filter along the width alone"),
        pytest.param("INPUT[8x8x4x2] -> POOL2x2x1/2x2x1", "4x4x4x2", (2, 4, 4, 4),
                     id="not over frames"),
        pytest.param("INPUT[8x6x4x2] -> GAP", "1x1x1x2", (2, 1, 1, 1), id="a global pool"),
        pytest.param("INPUT[40x2] -> BN -> RELU -> UPSAMPLE", "80x2", (2, 80), id="upsampled"),
        pytest.param("INPUT[8x6x4x2] -> FC-10", "1x1x1x10", (10,), id="a vector"),
        pytest.param("INPUT[40x2] -> FLATTEN -> RELU", "1x80", (80,), id="flattened"),
        pytest.param("INPUT(W=8, H=6, frames=4, D=2) -> RELU", "8x6x4x2", (2, 4, 6, 8),
                     id="named axes"),
    ],
)  # fmt: skip
def test_sizes(pattern, output, in_torch):
    found = last(pattern).facts.output
    assert (str(found), found.in_torch) == (output, in_torch)


@pytest.mark.parametrize(
    ("pattern", "parameters", "macs"),
    [
        pytest.param("INPUT[100x3] -> CONV5-8", 5 * 3 * 8 + 8, 100 * 5 * 3 * 8, id="conv1d"),
        pytest.param("INPUT[9x7x5x3] -> CONV3-8", 27 * 3 * 8 + 8, 315 * 27 * 3 * 8, id="conv3d"),
        pytest.param("INPUT[9x7x5x4] -> CONV3x1x1-8(P=1x0x0, groups=2)", 3 * 2 * 8 + 8,
                     315 * 3 * 2 * 8, id="grouped, along the width"),
        pytest.param("INPUT[9x7x5x4] -> CONVTRANSPOSE2-8/2(P=0)", 8 * 4 * 8 + 8,
                     315 * 8 * 4 * 8, id="transposed"),
    ],
)  # fmt: skip
def test_counts(pattern, parameters, macs):
    facts = last(pattern).facts
    assert (sum(p.elements for p in facts.parameters), facts.macs) == (parameters, macs)


def test_the_weights_have_torchs_order_of_axes():
    facts = last("INPUT[9x7x5x3] -> CONV5x3x1-8(P=2x1x0)").facts
    assert facts.parameters[0].shape == (8, 3, 1, 3, 5)


def test_fields_along_each_axis():
    node = last("INPUT[64x48x16x3] -> CONV3x5x1-8/2x2x1(P=1x2x0, rounding=floor) -> CONV3-8")
    assert node.field_sizes == (3 + 2 * 2, 5 + 2 * 2, 1 + 2)
    assert node.jumps == (2, 2, 1)


def test_a_misfit_along_the_third_axis_alone_names_it():
    walked = with_hints(walk("INPUT[8x8x7x1] -> CONV3x3x2-4/1x1x2(P=1x1x0)"))
    (finding,) = walked.findings
    assert finding.message == (
        "the window does not tile its input 8x8x7x1 exactly: (7 - 2 + 2*0)/2 + 1 = 3.5 along frames"
    )
    remedies = find_remedies(walked, "conv1_1")
    assert remedies
    for remedy in remedies:
        assert not propagate(remedy.apply_to(walked.network)).broken, remedy.text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("{length: 160, channels: 1}", "160x1"),
        ("{width: 9, height: 8, frames: 7, channels: 3}", "9x8x7x3"),
        ("{width: 9, height: 8, depth: 7, channels: 3}", "9x8x7x3"),
        ("{width: 9, height: 8, depth: 3}", "9x8x3"),
        ("160x1", "160x1"),
        ("9x8x7x3", "9x8x7x3"),
    ],
)
def test_an_input_in_yaml(text, size):
    made = network(f"input: {text}\nlayers: [relu]\n", is_yaml=True)
    assert str(propagate(made).nodes[-1].facts.output) == size


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("INPUT[16000x1] -> CONV2D3-8",
                     "CONV2D works along two axes, but its input has one axis", id="conv2d"),
        pytest.param("INPUT[8x8x8x3] -> CONV3x3-8",
                     "`F` has sizes along 2 axes, `3x3`, but its input has 3, width, "
                     "height and frames", id="two of three sizes"),
    ],
)  # fmt: skip
def test_what_asserts_other_axes_is_refused(text, message):
    with pytest.raises(SpecError) as refusal:
        network(text)
    assert refusal.value.message == message


SIDES = [
    ("64x4", "{length: 3}", "64x8"),
    ("64x4", "{width: 3, height: 3}",
     "`size` has sizes along 2 axes, `3x3`, but its input has 1, length"),
    ("16x8x4", "{length: 3}", "`size` has a length, but its input has width and height"),
    ("16x8x4", "{width: 3, height: 5}", "16x8x8"),
    ("16x8x4", "{width: 3}", "a size needs a `height`, an integer"),
    ("16x8x4x4", "{length: 3}",
     "`size` has a length, but its input has width, height and frames"),
    ("16x8x4x4", "{width: 3, height: 5, frames: 1}", "16x8x4x8"),
    ("16x8x4x4", "{width: 3, frames: 1}", "a size needs a `height`, an integer"),
    ("16x8x4x4", "{length: 3, height: 5}", "a size has no `length` and `height` together"),
    ("16x8x4x4", "{width: 3, height: 5, depth: 1}", "unknown key `depth`"),
]  # fmt: skip


@pytest.mark.parametrize("block", [False, True], ids=["in place", "a block's parameter"])
@pytest.mark.parametrize(("size", "sides", "found"), SIDES)
def test_sizes_by_the_names_of_their_axes(size, sides, found, block):
    conv = f"{{conv: {{filters: 8, pad: same, size: {'$s' if block else sides}}}}}"
    text = f"input: {size}\nlayers: [{conv}]\n"
    if block:
        text = (
            f"input: {size}\nblocks: {{b: {{parameters: {{s: required}}, layers: [{conv}]}}}}\n"
            f"layers: [{{b: {{s: {sides}}}}}]\n"
        )
    try:
        assert str(walk(text, is_yaml=True).nodes[-1].facts.output) == found
    except SpecError as refusal:
        assert refusal.message.rpartition(": ")[2] == found  # behind the place in the file


@pytest.mark.parametrize(
    ("size", "written", "hint", "tried"),
    [
        ("16x8x4", "{length: 3}", "write 3, or {width: 3, height: 3}", "{width: 3, height: 3}"),
        ("16x8x4x4", "{length: 3}", "write 3, or {width: 3, height: 3, frames: 3}",
         "{width: 3, height: 3, frames: 3}"),
        ("16x8x4x4", "{width: 3, height: 5, depth: 1}", "the third axis is called `frames`",
         "{width: 3, height: 5, frames: 1}"),
        ("16x8x4", "{side: 3}", "known: length, width, height, frames", "{width: 3, height: 3}"),
    ],
)  # fmt: skip
def test_hints_about_sizes_by_name(size, written, hint, tried):
    text = f"input: {size}\nlayers: [conv: {{filters: 8, size: SIDES}}]\n"
    with pytest.raises(SpecError) as refusal:
        network(text.replace("SIDES", written), is_yaml=True)
    assert refusal.value.hint == hint
    network(text.replace("SIDES", tried), is_yaml=True)


NUMBERED = {
    word: each
    for word, each in other_spellings().items()
    if re.search(r"[123]d", word) and word != "locallyconnected2d"  # LOCAL has two axes anyway
}
ONLY_FLAT = {"frozenbatchnorm2d", "layernorm2d", "upsample2d"}  # no library has them otherwise


@pytest.mark.parametrize("word", NUMBERED)
def test_a_spelling_with_a_number_of_axes_asserts_it(word):
    """And has sisters for the other numbers."""
    number = int(re.search(r"([123])d", word)[1])
    assert NUMBERED[word].preset[AXES] == number
    sisters = {word.replace(f"{number}d", f"{other}d") for other in (1, 2, 3)}
    assert word in ONLY_FLAT or sisters <= NUMBERED.keys()


@pytest.mark.parametrize("size", ["64x4", "16x8x4", "16x8x8x4"])
@pytest.mark.parametrize(
    ("word", "instead"),
    [
        ("layernorm2d", "layernorm"),
        ("frozenbatchnorm2d", "frozenbn"),
        ("average_pooling2d", "average_pooling{}d"),
        ("Dropout2d", "Dropout{}d"),
    ],
)
def test_the_hint_for_other_axes_names_a_layer(size, word, instead):
    text, axes = "input: {}\nlayers: [{}]\n", size.count("x")
    if axes == 2:
        network(text.format(size, word), is_yaml=True)
        return
    with pytest.raises(SpecError) as refusal:
        network(text.format(size, word), is_yaml=True)
    named = instead.format(axes)
    assert f"write {named} for this input" in refusal.value.hint
    network(text.format(size, named), is_yaml=True)


@pytest.mark.parametrize("size", ["64x4", "16x8x4", "16x8x8x4"])
def test_dropout_along_axes_drops_whole_channels(size):
    numbered, plain, channels = (
        walk(f"INPUT[{size}] -> {layer}").nodes[1]
        for layer in (f"DROPOUT{size.count('x')}D", "DROPOUT", "DROPOUT(channels=true)")
    )
    assert numbered.node.layer == channels.node.layer != plain.node.layer
    assert numbered.facts == channels.facts


def test_what_pytorch_has_for_images_only_is_a_finding():
    (finding,) = walk("INPUT[8x8x8x16] -> PIXELSHUFFLE").findings
    assert finding.code == "axes"
    assert finding.message == (
        "PyTorch has pixel shuffle along width and height only, not width x height x frames"
    )


def test_json_names_the_axes(capsys, monkeypatch):
    done = run_in(capsys, monkeypatch, "analyze", "INPUT[64x48x8x3] -> CONV3-8 -> FC-5",
                  "--format", "json")  # fmt: skip
    image, conv, dense = done.network["layers"]
    assert conv["output"] == {
        "width": 64, "height": 48, "frames": 8, "channels": 8, "shape": [8, 8, 48, 64],
    }  # fmt: skip
    assert conv["receptive_field"] == {"width": 3, "height": 3, "frames": 3}
    assert conv["hyperparameters"]["kernel_size"] == [3, 3, 3]
    assert image["hyperparameters"] == {"width": 64, "height": 48, "frames": 8, "channels": 3}
    assert dense["output"] == {"width": 1, "height": 1, "channels": 5, "shape": [5]}


def test_one_axis_has_a_length(capsys, monkeypatch):
    done = run_in(capsys, monkeypatch, "analyze", "INPUT[64x3] -> CONV3-8", "--format", "json")
    assert done.network["layers"][1]["output"] == {"length": 64, "channels": 8, "shape": [8, 64]}


def test_a_vector_is_no_volume_of_one_position():
    assert Vector(1, 1, 5).in_torch == (5,)
    assert Shape(1, 1, 5).in_torch == (5, 1, 1)
