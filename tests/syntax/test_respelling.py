"""Patterns as people type them: understood, or answered with a hint that is a pattern."""

import re

import pytest
from support import network

from convcalc.text.errors import SpecError
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
]


@pytest.mark.parametrize(("text", "parts", "why"), HINTED, ids=[w for *_, w in HINTED])
def test_the_hint_is_the_whole_corrected_part(text, parts, why):
    with pytest.raises(SpecError) as refusal:
        network(text)
    written = re.findall(r"`([^`]*)`", refusal.value.hint)
    assert written == parts
    for part in written:
        alone = part if part.startswith("INPUT") else f"INPUT[32x32x3] -> {part}"
        assert not propagate(network(alone)).broken


def test_a_hint_that_would_not_help_is_not_given():
    with pytest.raises(SpecError) as refusal:
        network("INPUT[32,32,3] -> CONVV-8")
    assert "write" not in refusal.value.hint
