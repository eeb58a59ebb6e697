"""The table: printed rows add up to printed totals, bars and marks say what they mean."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import ONE_OF_A_FAMILY, report

from convcalc import analyze, load
from convcalc.answers.figures import FIGURES, of_layers, shown_of_layers
from convcalc.facts.largest import heaviest
from convcalc.render.formats import View
from convcalc.render.table import BAR, MARK, SHARE, lines_of, plain, render

DEFAULT = shown_of_layers()
COUNTS = ("activations", "weights", "biases", "parameters", "buffers", "macs")


def printed(made, columns=DEFAULT, width=None) -> list[str]:
    """The table's lines, from the header to the totals."""
    lines = render([made], View(columns, width=width)).split("\n")
    end = next(k for k, line in enumerate(lines) if line.startswith(" Total"))
    return lines[1 : end + 1]


@pytest.mark.parametrize("name", ONE_OF_A_FAMILY)
def test_printed_rows_add_up_to_printed_totals(name):
    made = analyze(load(name), memory="textbook")
    _, *rows, total = printed(made, ("name", *COUNTS))
    numbers = [[int(word.replace(",", "")) for word in line.replace(MARK, "").split()[-6:]]
               for line in rows if len(line.split()) > 6]  # fmt: skip
    assert len(numbers) == len(made.rows)
    sums = [int(word.replace(",", "")) for word in total.split()[1:]]
    assert [sum(column) for column in zip(*numbers, strict=True)] == sums


@pytest.mark.parametrize("name", ["vgg16", "alexnet", "resnet18", "lenet5"])
def test_shares_add_up_to_the_whole(name):
    lines = printed(analyze(load(name), memory="textbook"))
    shares = [float(share) for share in re.findall(r"([\d.]+) % ?█?", "\n".join(lines))]
    assert sum(shares) == pytest.approx(100, abs=0.05 * len(shares))


def test_bars_are_in_proportion():
    made = analyze(load("vgg16"), memory="textbook")
    values = [row.activation_bytes for row in made.rows]
    eighths = dict(zip("▏▎▍▌▋▊▉█", range(1, 9), strict=True))
    rows = printed(made)[1:-1]
    for line, value in zip(rows, values, strict=True):
        bar = line.rpartition("%")[2].strip() if "%" in line else ""
        assert sum(eighths[mark] for mark in bar) == round(value / max(values) * BAR * 8)


def test_the_largest_bar_is_full_and_nothing_has_none():
    lines = printed(report("INPUT[4x4x1] -> RELU -> POOL"))
    assert lines[1].endswith("█" * BAR)
    assert "%" not in lines[2]


@pytest.mark.parametrize(
    ("name", "memory", "weights"),
    [
        ("vgg16", ["conv1_1", "conv1_2", "conv2_1", "conv2_2"], ["fc1"]),
        ("alexnet", ["conv1", "norm1", "conv2", "norm2"], ["fc6"]),
        ("cifar10_simple", ["conv"], ["fc"]),
    ],
)
def test_the_rows_that_hold_most_are_marked(name, memory, weights):
    made = analyze(load(name), memory="textbook")
    for column, expected in (("memory", memory), ("weights", weights)):
        lines = printed(made, ("name", "weights"))
        marked = [line for line in lines if line.startswith(MARK)]
        if column == "weights":
            marked = [line for line in lines if MARK in line[1:]]
        assert [line.strip(MARK).split()[0] for line in marked] == expected


def test_marks_are_coloured_too():
    made = analyze(load("cifar10_simple"), memory="textbook")
    styles = {style for line in lines_of([made], View()) for text, style in line
              if MARK in text and "heaviest layers" not in text}  # fmt: skip
    assert styles == {"bold yellow", "bold cyan"}


@given(st.lists(st.integers(0, 10**12), max_size=60))
def test_what_stands_out_is_few_and_the_largest(values):
    found = heaviest(values)
    if found:
        rest = [value for index, value in enumerate(values) if index not in found]
        assert min(values[index] for index in found) > max(rest)
        assert len(found) <= 2 * max(3, len(values) // 20)


def test_nothing_stands_out_where_all_are_alike():
    assert heaviest([5] * 10) == set()
    assert heaviest([]) == set()
    assert heaviest([0, 0]) == set()


@pytest.mark.parametrize("width", [30, 40, 60, 80, 100, 120, 160, 200])
@pytest.mark.parametrize("name", ["vgg16", "resnet50", "googlenet"])
def test_no_line_of_the_table_is_wider_than_the_terminal(name, width):
    made = analyze(load(name), memory="textbook")
    lines = plain(lines_of([made], View(width=width))).split("\n")
    wide = [line for line in lines if len(line) > width]
    assert not [line for line in wide if " " in line.strip()]  # an address stays whole


@pytest.mark.parametrize("width", [None, 80], ids=["before the weights", "before all parameters"])
def test_the_heaviest_layer_is_marked_where_weights_have_no_room(width):
    made = analyze(load("vgg16"), memory="textbook")
    lines = plain(lines_of([made], View(width=width))).split("\n")
    number = "102,764,544" if width else "102,760,448"
    assert [line.split()[0] for line in lines if f"{MARK} {number}" in line] == ["fc1"]


def test_columns_that_do_not_fit_are_named():
    made = analyze(load("vgg16"), memory="textbook")
    text = plain(lines_of([made], View(width=80)))
    header = text.split("\n")[1]
    words = r"Left out for want of width: (.*?) \(a wider terminal or --columns shows them\)"
    (left_out,) = re.findall(words, re.sub(r"\s+", " ", text))
    named = re.split(r",\s+", left_out.strip())
    for key in (*DEFAULT, SHARE):
        assert (FIGURES[key].title in header) != (key in named), key


def test_the_name_and_size_stay_to_the_last():
    made = analyze(load("vgg16"), memory="textbook")
    text = plain(lines_of([made], View(width=20)))
    assert re.search(r"^ Layer +Size$", text, re.MULTILINE)


def test_chosen_columns_are_never_left_out():
    made = analyze(load("vgg16"), memory="textbook")
    text = plain(lines_of([made], View(("name", "macs", "weights", "parameters"), width=20)))
    assert re.search(r"^ Layer +MACs +Weights +Parameters$", text, re.MULTILINE)


BARS = FIGURES[SHARE].title


def test_the_share_of_memory_is_a_column_where_it_is_asked_for():
    made = report("INPUT[32x32x3] -> CONV3-12")
    lines = plain(lines_of([made], View(("name", "memory", "memory_share")))).split("\n")
    assert lines[1].count(BARS) == 1
    assert [line.split()[-2:] for line in lines[2:5]] == [
        ["20.0", "%"],
        ["80.0", "%"],
        ["100.0", "%"],
    ]


def test_the_bar_comes_only_where_it_has_room():
    made = report("INPUT[32x32x3] -> CONV3-12")
    widths = [w for w in range(40, 200) if BARS in plain(lines_of([made], View(width=w)))]
    wide = [w for w in range(40, 200) if "Left out" not in plain(lines_of([made], View(width=w)))]
    assert widths == list(range(widths[0], 200))
    assert widths == wide  # what is left out is named, the bars too


def test_every_column_can_be_shown():
    made = analyze(load("lenet5"))
    header, first, *_ = printed(made, tuple(column.key for column in of_layers()))
    for column in of_layers():
        assert column.title in header
    assert first.split()[:2] == ["input", "INPUT"]


def test_totals_are_the_reports():
    made = analyze(load("resnet18"), memory="textbook")
    for key in COUNTS:
        assert FIGURES[key].total(made.rows) == made.totals[key]


def test_wide_characters_keep_the_columns_straight():
    made = report("INPUT[8x8x1] -> CONV(name=卷积层) -> FC")
    lines = printed(made, ("name", "output"))
    from convcalc.text.source import column_count

    assert {column_count(line) for line in lines[:-1]} == {column_count(lines[0])}
