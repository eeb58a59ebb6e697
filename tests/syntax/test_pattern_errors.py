"""Wrong patterns: the whole message, its marker and its hint, in pattern_errors.txt."""

import pytest
from cases import cases
from support import network, parse

from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.source import Source, Span

CASES = cases("syntax/pattern_errors.txt")


@pytest.mark.parametrize(("pattern", "message"), CASES)
def test_message(pattern, message):
    with pytest.raises(SpecError) as caught:
        network(pattern, is_yaml=False)
    assert caught.value.at_prompt() == message


@pytest.mark.parametrize(("pattern", "message"), CASES)
def test_the_marker_stands_under_the_place(pattern, message):
    with pytest.raises(SpecError) as caught:
        network(pattern, is_yaml=False)
    span = caught.value.span
    assert isinstance(span, Span)
    line, column = span.line, span.column
    assert message.startswith(f"<pattern>:{line}:{column}: ")
    marker = message.split("\n")[2]
    assert set(marker.strip()) <= set("~^")
    if pattern.isascii() and pattern.isprintable():
        assert marker.index(marker.strip()) == 4 + column - 1


@pytest.mark.parametrize("depth", [101, 1_000, 100_000])
@pytest.mark.parametrize("closing", ["", "]"], ids=["left open", "closed"])
def test_brackets_deep_enough_to_overflow_a_stack(depth, closing):
    with pytest.raises(SpecError, match="nested deeper than 100"):
        parse(f"INPUT -> {'[' * depth}CONV{closing * depth}")


def test_brackets_that_are_just_shallow_enough():
    text = f"INPUT -> {'[' * 100}CONV{']' * 100}"
    assert parse(text) == parse(str(parse(text)))
    assert len(network(text).nodes) == 2


@pytest.mark.parametrize(
    "template",
    ["INPUT -> CONV{}", "INPUT[{}x1x1]", "INPUT -> CONV*{}", "INPUT -> CONV(F={})",
     "INPUT -> CONV(F={{1..{}}})", "INPUT -> CONV-{}", "INPUT -> CONV/{}",
     "INPUT -> CONV(K=-{})"],
)  # fmt: skip
def test_integers_of_a_million_digits(template):
    with pytest.raises(SpecError) as caught:
        network(template.format("9" * 1_000_000))
    assert "a number of 1,000,000 digits is too large" in caught.value.message
    assert len(str(caught.value)) < 1_000


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("INPUT -> DROPOUT(p=0." + "9" * 1_000_000 + ")", id="decimals"),
        pytest.param("INPUT -> " + "A" * 1_000_000, id="a keyword"),
        pytest.param("INPUT -> CONV(" + "A" * 1_000_000 + "=1)", id="an option"),
        pytest.param("INPUT -> CONV*" + "A" * 1_000_000, id="a repeat"),
        pytest.param("INPUT -> " + "-" * 1_000_000, id="hyphens"),
        pytest.param("INPUT -> CONV(mode=" + "a" * 1_000_000 + ")", id="a value"),
    ],
)
def test_a_million_characters_of_anything_make_a_short_message(text):
    try:
        network(text)
    except ConvcalcError as error:
        assert len(str(error)) < 2_500


def test_the_marker_is_as_wide_as_what_it_marks_in_wide_characters():
    with pytest.raises(SpecError) as caught:
        network("INPUT -> 卷积")
    assert caught.value.quoted_lines() == ["    INPUT -> 卷积\n             ^^^^"]


def test_a_long_line_shows_the_part_around_the_marker():
    text = " -> ".join(["INPUT", *["CONV3-64"] * 200, "CONVV", *["RELU"] * 200])
    with pytest.raises(SpecError) as caught:
        network(text)
    quoted, marker = caught.value.quoted_lines()[0].split("\n")
    assert quoted[marker.index("^") : marker.rindex("^") + 1] == "CONVV"
    assert len(quoted) <= 104


def test_a_tab_takes_one_column():
    with pytest.raises(SpecError) as caught:
        network("INPUT\t->\tCONVV")
    assert caught.value.quoted_lines() == ["    INPUT -> CONVV\n             ^^^^^"]


def test_the_second_pattern_of_a_text_keeps_its_line():
    from convcalc.network.loading import networks

    with pytest.raises(SpecError) as caught:
        networks(Source("INPUT -> FC\n\nINPUT -> CONVV\n", "two.txt"))
    assert caught.value.location == "two.txt:3:10"
