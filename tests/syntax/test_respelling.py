"""Patterns as people type them: understood, or answered with a hint that is a pattern."""

import re

import pytest
from support import network

from convcalc.network.loading import networks
from convcalc.text.errors import SpecError
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate

UNDERSTOOD = [
    ("INPUT[32x32x3] -> CONV3x5-16", "32x32x16", "a filter wider than high"),
    ("INPUT[32x32x3] -> CONV3x3-64", "32x32x64", "a square with both sides"),
    ("INPUT[32x32x3] -> CONV3-8(d=2)", "32x32x8", "d is the dilation"),
    ("INPUT[32x32x3] => CONV3-8", "32x32x8", "another arrow"),
    ("INPUT[32x32x3] -> MAXPOOL", "16x16x3", "a max pool"),
    ("INPUT[32x32x3] -> AVGPOOL2", "16x16x3", "an average pool"),
    ("INPUT[32x32x3] -> DENSE-10", "1x1x10", "Keras's word"),
    ("INPUT[32x32x3] -> BATCHNORM", "32x32x3", "batch norm in full"),
    ("INPUT[32x32x3] -> GLOBALAVGPOOL", "1x1x3", "global average pooling in full"),
]


@pytest.mark.parametrize(("text", "size", "why"), UNDERSTOOD, ids=[w for *_, w in UNDERSTOOD])
def test_what_can_mean_one_thing_only(text, size, why):
    assert str(propagate(network(text)).nodes[-1].facts.output) == size


HINTED = [
    ("INPUT[32x32x3] -> FC10", ["FC-10"], "filters without a hyphen"),
    ("INPUT[32x32x3] -> FC 10", ["FC-10"], "filters behind a space"),
    ("INPUT[32x32x3] -> CONV64 -> FC", ["CONV-64"], "filters where a window stands"),
    ("INPUT[32x32x3] -> CONV 3x3 64 -> FC", ["CONV3x3-64"], "in words with spaces"),
    ("INPUT[32x32x3] -> (CONV -> RELU)*2 -> FC", ["[CONV -> RELU]*2"], "round brackets"),
    ("INPUT[32x32x3] -> {CONV -> RELU}*2 -> FC", ["[CONV -> RELU]*2"], "braces"),
    ("INPUT[32x32x3] -> [CONV -> RELU]^2 -> FC", ["[CONV -> RELU]*2"], "a power"),
    ("INPUT[32x32x3] -> [CONV -> RELU]x2 -> FC", ["[CONV -> RELU]*2"], "an x for times"),
    ("INPUT[32x32x3] -> 2*[CONV -> RELU] -> FC", ["[CONV -> RELU]*2"], "the count in front"),
    ("INPUT[32,32,3] -> FC-10", ["INPUT[32x32x3]"], "commas"),
    ("INPUT(32,32,3) -> FC-10", ["INPUT[32x32x3]"], "a call"),
    ("INPUT(32x32x3) -> FC-10", ["INPUT[32x32x3]"], "round brackets around a size"),
    ("INPUT 32x32x3 -> FC-10", ["INPUT[32x32x3]"], "no brackets around a size"),
    ("INPUT[32x32x3] -> CONV(64) -> FC", ["CONV-64"], "filters as a call"),
    ("INPUT[32x32x3] -> CONV(64, 3) -> FC", ["CONV3-64"], "Keras's order"),
    ("INPUT[32x32x3] -> POOL(2) -> FC(10)", ["POOL2", "FC-10"], "two calls"),
    ("INPUT[32x32x3] -> DROPOUT(0.5) -> FC", ["DROPOUT(p=0.5)"], "a rate without a name"),
    ("INPUT[32x32x3] -> CONV3-8(D=2) -> FC", ["CONV3-8(d=2)"], "D is the depth in the notes"),
    ("INPUT[32x32x3] --> CONV3-8", ["INPUT[32x32x3] -> CONV3-8"], "a long arrow"),
    ("INPUT[32x32x3] > CONV3-8", ["INPUT[32x32x3] -> CONV3-8"], "half an arrow"),
    ("INPUT[32x32x3] -> CONV | RELU", ["INPUT[32x32x3] -> CONV -> RELU"], "a bar"),
    ("INPUT[32x32x3] -> CONV, RELU", ["INPUT[32x32x3] -> CONV -> RELU"], "a comma"),
    ("INPUT[32x32x3] -> FC:10", ["FC-10"], "a colon"),
    ("INPUT[32x32x3] -> CONV3_16", ["CONV3-16"], "an underscore"),
    ("INPUT[32x32x3] -> CONV3*5-16", ["CONV3x5-16"], "a star between sides"),
    ("INPUT[32x32x3] -> CONV(3x5)-16", ["CONV3x5-16"], "the window in brackets"),
    ("INPUT[32x32x3] -> CONV3x3x16", ["CONV3x3-16"], "all numbers with x"),
    ("INPUT[32x32x3] -> 5x5 CONV, 16", ["CONV5x5-16"], "the window in front"),
    ("INPUT[32x32x3] -> Conv2d(3, 16, 3)", ["Conv2d3-16"], "PyTorch's order"),
    ("INPUT[32x32x3] -> Linear(3072, 10)", ["Linear-10"], "PyTorch's features"),
    ("INPUT[32x32x3] -> CONV1-16 stride 31", ["CONV1-16/31"], "a stride in words"),
    ("INPUT[32x32x3] -> CONV1-16, s=31", ["CONV1-16(s=31)"], "an option without brackets"),
    ("INPUT[32x32x3] -> CONV3-64 (same)", ["CONV3-64(P=same)"], "padding by its name alone"),
    ("INPUT[32x32x3] -> MAXPOOL-2", ["MAXPOOL2"], "a window where filters stand"),
    ("INPUT[32x32x3] -> MAXPOOL(2, 2)", ["MAXPOOL2/2"], "a window and a stride"),
    ("INPUT[32x32x3] -> MAX POOL", ["MAXPOOL"], "two words"),
    ("INPUT[32x32x3] -> GlobalAveragePooling", ["GLOBALAVGPOOL"], "in full"),
    ("INPUT[32x32x3] -> Global-Avg-Pool", ["GLOBALAVGPOOL"], "hyphens"),
    ("INPUT[32x32x3] -> DROPOUT0.5", ["DROPOUT(p=0.5)"], "a rate behind the word"),
    ("INPUT[32x32x3] -> LeakyReLU(0.1)", ["LeakyReLU(negative_slope=0.1)"], "a slope"),
    ("INPUT[32x32x3] -> UPSAMPLE2", ["UPSAMPLE(scale_factor=2)"], "a scale"),
    ("INPUT[32x32x3] -> FC-1k", ["FC-1000"], "thousands"),
    ("INPUT[32x32x3] -> (CONV->RELU)x2", ["[CONV->RELU]*2"], "round brackets and an x"),
    ("INPUT[32x32x3] -> [CONV -> RELU]**2", ["[CONV -> RELU]*2"], "Python's power"),
    ("INPUT[32x32x3] -> [CONV -> RELU](2)", ["[CONV -> RELU]*2"], "the count in brackets"),
    ("INPUT[32x32x3] -> 2x[[CONV -> RELU]*2 -> POOL]",
     ["[[CONV -> RELU]*2 -> POOL]*2"], "a count before a nested group"),
    ("INPUT[32x32x3] -> 2xCONV3-64", ["CONV3-64*2"], "a count before a layer"),
    ("INPUT[32x32x3] -> CONV3-64 x 2", ["CONV3-64*2"], "a count behind a layer"),
    ("INPUT{32x32x3} -> FC-10", ["INPUT[32x32x3]"], "braces around a size"),
    ("INPUT[32 32 3] -> FC-10", ["INPUT[32x32x3]"], "blanks between sizes"),
    ("INPUT32x32x3 -> FC-10", ["INPUT[32x32x3]"], "a size behind the word"),
    ("[32x32x3] -> FC-10", ["INPUT[32x32x3]"], "a size alone"),
    ("IMAGE[32x32x3] -> FC-10", ["INPUT[32x32x3]"], "another word"),
    ("ＩＮＰＵＴ［３２×３２×３］ －＞ ＦＣ－１０", ["INPUT[32x32x3] -> FC-10"], "full width"),
    ("INPUT【32x32x3】 ⇒ 【CONV，RELU】＊２",
     ["INPUT[32x32x3] -> [CONV -> RELU]*2"], "a Chinese keyboard"),
    ("INPUT[32x32x3] ⟶ CONV3–16（P＝１）", ["INPUT[32x32x3] -> CONV3-16(P=1)"], "a dash"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "parts", "why"), HINTED, ids=[w for *_, w in HINTED])
def test_the_hint_is_the_whole_corrected_part(text, parts, why):
    with pytest.raises(SpecError) as refusal:
        network(text)
    written = re.findall(r"`([^`]*)`", refusal.value.hint)
    assert written == parts
    (edit,) = refusal.value.edits
    assert not propagate(network(edit.changed_text())).broken
    for part in written:
        alone = part if part.startswith("INPUT") else f"INPUT[32x32x3] -> {part}"
        assert not propagate(network(alone)).broken


def test_a_line_of_several_is_corrected_by_itself():
    with pytest.raises(SpecError) as refusal:
        networks(Source("INPUT[8x8x3] -> FC-2\n\nINPUT(8,8,3) -> FC2\n"), is_yaml=False)
    (edit,) = refusal.value.edits
    assert edit.changed_text() == "INPUT[8x8x3] -> FC-2\n\nINPUT[8x8x3] -> FC-2\n"


@pytest.mark.parametrize("tail", ["x", "(1", "[2", "- 1", "_", " 3", "=", "|", "×", "２", "k"])
@pytest.mark.parametrize("text", [text for text, *_ in HINTED])
def test_whatever_is_hinted_at_can_be_read(text, tail):
    """Also of what nobody types: an edit of a pattern is a pattern, or there is none."""
    try:
        network(text + tail)
    except SpecError as error:
        for edit in error.edits:
            if error.hint.startswith("write `"):
                network(edit.changed_text())


def test_a_hint_that_would_not_help_is_not_given():
    with pytest.raises(SpecError) as refusal:
        network("INPUT[32,32,3] -> CONVV-8")
    assert "write" not in refusal.value.hint
