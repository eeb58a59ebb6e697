"""Which rows are shown, and in what order."""

import pytest
from sweeping import rows

from convcalc.answers.families.select import front_of, key_of, pareto_front, select_rows
from convcalc.text.errors import ConvcalcError

TEXT = "INPUT[16x16x3] -> CONV{1,3,5}-{2,4,8} -> POOL? -> FC-10"
NAMES = ("CONV.F", "CONV.K")


@pytest.fixture(scope="module")
def found():
    return rows(TEXT)


@pytest.mark.parametrize("figure", ["parameters", "macs", "peak", "depth", "textbook", "CONV.F"])
def test_sorted(found, figure):
    def value(row):
        return row.head["bindings"][figure] if figure in NAMES else row.values[figure]

    ascending = list(select_rows(found, key_of(figure, NAMES, False), None, []))
    assert ascending == sorted(found, key=value)
    descending = list(select_rows(found, key_of(f"-{figure}", NAMES, False), None, []))
    assert descending == sorted(found, key=lambda row: -value(row))
    top = list(select_rows(found, key_of(figure, NAMES, False), 5, []))
    assert top == ascending[:5]


def test_the_first_rows_without_an_order(found):
    assert list(select_rows(iter(found), None, 3, [])) == found[:3]
    assert list(select_rows(iter(found), None, 0, [])) == []


def test_not_one_row_more_is_worked_out(found):
    def worked_out():
        yield from found[:3]
        pytest.fail("a fourth")

    assert list(select_rows(worked_out(), None, 3, [])) == found[:3]


def test_the_pareto_front_is_what_nothing_beats(found):
    fields = ["parameters", "macs", "peak", "receptive_field"]

    def point(row):
        found = row.values
        return found["parameters"], found["macs"], found["peak"], -max(found["receptive_field"])

    front = [
        row for row in found
        if not any(point(other) != point(row)
                   and all(a <= b for a, b in zip(point(other), point(row), strict=True))
                   for other in found)
    ]  # fmt: skip
    assert pareto_front(found, front_of(fields, NAMES, False)) == front
    assert 1 < len(front) < len(found)


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("parameter", "there is no figure `parameter` to order by", "did you mean `parameters`?"),
        ("fits", "there is no figure `fits` to order by", "known: "),
        ("max_batch", "`max_batch` needs a limit", "name a card with --gpu, or a --budget"),
    ],
)
def test_wrong_figures(name, message, hint):
    with pytest.raises(ConvcalcError) as error:
        key_of(name, NAMES, False)
    assert error.value.message == message
    assert error.value.hint.startswith(hint)
