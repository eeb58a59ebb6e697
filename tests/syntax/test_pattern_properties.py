"""Patterns made at random: they read as they print, and nothing but an error goes wrong."""

import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support import parse

from convcalc.facts.shape import Shape
from convcalc.network.graph import Settings
from convcalc.network.loading import networks
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.text.syntax.tree import Argument, Choices, Document, Group, LayerItem, Size
from convcalc.walk.hints import with_hints
from convcalc.walk.propagation import propagate

KEYWORDS = ["CONV", "RELU", "RELU6", "POOL", "FC", "LRN", "DROPOUT", "GAP", "BN", "XYZ", "LOCAL",
            "CONV1D", "CONV3D"]  # fmt: skip
EXAMPLES = [
    "INPUT -> [[CONV -> RELU]*2 -> POOL?]*3 -> [FC -> RELU]*1 -> FC",
    "[INPUT-CONV-RELU-POOL-FC]",
    "INPUT[32x32x3] -> CONV11-96/4(P=0)[7x7x96] → POOL3/2 -> FC-10 # a comment",
    "INPUT[16000x1] -> CONV80-128/4(P=38) -> RELU -> POOL4/4 -> FC-10",
    "INPUT[32x32x16x3] -> CONV3x3x1-8(P=1x1x0) -> BN -> POOL2x2x1/2x2x1 -> GAP -> FC-10",
    "INPUT -> CONV{3,5}-{16..18}(P=same, bias=false) × 2 -> DROPOUT(p=0.5) -> RELU6",
]

numbers = st.integers(0, 2**31 - 1)
words = st.text(string.ascii_letters + "_", min_size=1, max_size=6).filter(
    lambda word: word.lower() not in ("true", "false")
)
ranges = st.lists(st.integers(0, 999), min_size=1, max_size=4).map(lambda v: Choices(tuple(v)))
values = st.one_of(
    numbers,
    numbers.map(lambda number: -number),
    st.floats(0, 1e20, allow_nan=False),
    st.booleans(),
    st.lists(numbers, min_size=2, max_size=3).map(lambda sizes: Size(*sizes)),
    ranges,
    words,
)
arguments = st.lists(st.builds(Argument, words, values), max_size=3)
volumes = st.none() | st.lists(numbers, min_size=2, max_size=4).map(lambda sizes: Shape(*sizes))
layers = st.builds(LayerItem, st.sampled_from(KEYWORDS), arguments, volumes)


@st.composite
def repeated(draw, item):
    item = draw(item)
    item.optional = draw(st.booleans())
    item.count = draw(st.one_of(st.just(1), numbers, words, ranges))
    return item


chains = st.recursive(
    st.lists(repeated(layers), min_size=1, max_size=3),
    lambda inner: st.lists(
        st.one_of(repeated(layers), repeated(inner.map(Group))), min_size=1, max_size=3
    ),
    max_leaves=12,
)


@given(chains)
def test_a_tree_prints_as_the_pattern_that_reads_as_it(items):
    document = Document(items, "")
    while len(items) == 1 and isinstance(items[0], Group) and not items[0].suffix():
        items = items[0].items  # brackets around the whole mean nothing
    assert parse(str(document)).items == items


@given(chains)
def test_arrows_and_spaces_make_no_difference(items):
    text = str(Document(items, ""))
    for changed in (text.replace(" -> ", "→"), text.replace(" -> ", "\n - "), f"[ {text} ]"):
        assert parse(changed) == parse(text)


@given(chains)
def test_printing_is_stable(items):
    text = str(parse(str(Document(items, ""))))
    assert str(parse(text)) == text


def only_an_error(text: str) -> None:
    """All of the work on a text, which may fail in one way only."""
    try:
        found = networks(Source(text), Settings({"N": 2, "M": 1}, max_layers=200))
        for network in found:
            str(with_hints(propagate(network)).findings)
    except ConvcalcError as error:
        assert str(error)
        assert str(error).replace("\n", "").isprintable()


@given(st.text(max_size=60))
@example("\ud800")
@example("a: \ud800")
@example("\x00")
@example("[" * 10_000)
@example("CONV9999999999")
@example("INPUT -> CONV²")
@example("INPUT -> ĲSSEL")
def test_any_text(text):
    only_an_error(text)


@given(st.text("INPUTCOVREL-→[](){}*×?/=,.#0123456789x \n", max_size=60))
def test_any_text_of_the_grammars_characters(text):
    only_an_error(text)


@given(st.lists(st.sampled_from(
    ["INPUT", "CONV", "POOL", "FC", "->", "-", "[", "]", "(", ")", "*", "?", "{", "}", "..", ",",
     "=", "F", "P", "3", "0", "64", "x", "/", "N", "[8x8x3]", "same", "rounding", "floor"]),
    max_size=25).map(" ".join))  # fmt: skip
def test_any_tokens_in_any_order(text):
    only_an_error(text)


@given(st.sampled_from(EXAMPLES), st.data())
def test_a_pattern_with_a_few_changes(text, data):
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 4)))
        text = text[:start] + data.draw(st.text(max_size=3)) + text[end:]
    only_an_error(text)


@pytest.mark.parametrize("size", ["16x3", "16x16x3", "16x16x16x3"])
@settings(max_examples=35)
@given(items=chains)
def test_any_tree_can_be_expanded_or_refused(size, items):
    only_an_error(f"INPUT[{size}] -> {Document(items, '')}")


@pytest.mark.parametrize("text", EXAMPLES[:5])
def test_the_examples_are_not_just_refused(text):
    assert networks(Source(text))
