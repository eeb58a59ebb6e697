"""Arithmetic over the parameters of blocks."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from convcalc.text.expressions import evaluate_expression

VALUES = {"n": 6, "m": 4, "flag": True, "word": "same", "zero": 0}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("$n", 6),
        ("$word", "same"),
        ("$flag", True),
        ("$n * 4", 24),
        ("$n*$m + 1", 25),
        ("2 + $n * 3", 20),
        ("(2 + $n) * 3", 24),
        ("$n - 1 - 2", 3),
        ("$n / 3", 2),
        ("$n // 4", 1),
        ("$n % 4", 2),
        ("-$n + 10", 4),
        ("--$n", 6),
        ("($n + $m) / 2", 5),
        ("0.5 * $m", 2.0),
        ("7", 7),
        (" ( ( 7 ) ) ", 7),
    ],
)
def test_values(text, value):
    found = evaluate_expression(text, VALUES)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$k", "there is no parameter `$k` here; known: $n, $m, $flag, $word, $zero"),
        ("$n / 4", "`$n / 4` is not an integer: 6 / 4; write // to round down"),
        ("$n / $zero", "`$n / $zero` divides by zero"),
        ("$n % 0", "`$n % 0` divides by zero"),
        ("$n // 0", "`$n // 0` divides by zero"),
        ("$n + ", "`$n +` needs a number at its end"),
        ("", "`` needs a number at its end"),
        ("($n", "`($n` lacks a closing bracket"),
        ("$n)", "`$n)` has something left over at its end"),
        ("$n $m", "`$n $m` has something left over at its end"),
        ("$word + 1", "`$word + 1` needs a number, not `same`"),
        ("$flag + 1", "`$flag + 1` needs a number, not `True`"),
        ("$n ** 2", "`$n ** 2` needs a number, not `*`"),
        ("$n * ٣", "`$n * ٣` is not an expression"),
        ("import os", "`import os` is not an expression"),
        ("$n.__class__", "`$n.__class__` is not an expression"),
        ("(" * 60 + "1" + ")" * 60, "brackets are nested deeper than 50"),
        ("*".join(["9999999999"] * 99), "is larger than 4,611,686,018,427,387,904"),
    ],
)
def test_errors(text, message):
    with pytest.raises(ValueError) as caught:
        evaluate_expression(text, VALUES)
    assert message in str(caught.value)


numbers = st.integers(0, 99)
trees = st.recursive(
    numbers.map(str),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-({text})"),
    ),
    max_leaves=8,
)


@given(trees)
def test_the_same_as_python(text):
    try:
        expected = eval(text)
    except ZeroDivisionError:
        with pytest.raises(ValueError, match="divides by zero"):
            evaluate_expression(text, {})
    else:
        assert evaluate_expression(text, {}) == expected


@given(st.text("$nm0123456789+-*/%(). ", max_size=30))
@example("$")
@example("1.")
@example("((((")
def test_any_text_has_a_value_or_an_error(text):
    try:
        evaluate_expression(text, VALUES)
    except ValueError as error:
        assert str(error)
