"""Conditions on figures: what they mean, and what is wrong with those that mean nothing."""

import pickle

import pytest
from support import walk

from convcalc.answers.families.figures import Conditions, Figures
from convcalc.answers.families.where import Condition
from convcalc.facts.setup import Setup
from convcalc.text.errors import SpecError

# 3*3*3*4 + 4 and 4*4*4*10 + 10 parameters; depth 2; a peak of some KiB
TEXT = "INPUT[8x8x3] -> CONV3-4 -> POOL -> FC-10"
PARAMETERS = 112 + 650
NAMES = ("N", "CONV.F")
BINDINGS = {"N": 2, "CONV.F": 3}


@pytest.fixture(scope="module")
def figures():
    return Figures(walk(TEXT), Conditions(Setup()))


HOLDS = [
    ("parameters < 1K", True),
    ("parameters<1K", True),
    ("parameters < 762", False),
    ("parameters <= 762", True),
    ("parameters >= 762 and parameters > 761", True),
    ("parameters == 762", True),
    ("parameters = 762", True),
    ("parameters != 762", False),
    ("parameters > 10M or depth == 2", True),
    ("not parameters > 10M", True),
    ("not (parameters > 10M or depth == 2)", False),
    ("depth == 1 and depth == 2 or depth == 2", True),
    ("depth == 2 or depth == 2 and depth == 1", True),
    ("500 < parameters < 1,000", True),
    ("500 < parameters < 700", False),
    ("1e3 > parameters", True),
    ("0.5K < parameters", True),
    ("macs > parameters", True),
    ("peak < 8GiB", True),
    ("peak > 1KiB and peak < 1MB", True),
    ("textbook < 1G", True),
    ("fits", True),
    ("not fits", False),
    ("fits and N == 2", True),
    ("N > 2", False),
    ("CONV.F == 3", True),
    ("field == 10", True),
    ("receptive_field <= 10", True),
    ("layers == 4 and activations == 522", True),
]


@pytest.mark.parametrize(("text", "expected"), HOLDS, ids=[text for text, _ in HOLDS])
def test_condition(figures, text, expected):
    condition = Condition(text, NAMES)
    assert condition.holds(figures, BINDINGS) is expected
    assert pickle.loads(pickle.dumps(condition)).holds(figures, BINDINGS) is expected


WRONG = [
    ("", "expected a figure such as parameters, or a number such as 10M, found the end", 1, ""),
    ("parameters <", "expected a figure such as parameters, or a number such as 10M, found the end",
     13, ""),
    ("parameters < 10M and", "expected a figure such as parameters, or a number such as 10M, "
     "found the end", 21, ""),
    ("parameters < < 3", "expected a figure such as parameters, or a number such as 10M, "
     "found `<`", 14, ""),
    ("parameter < 10M", "unknown figure `parameter`", 1, "did you mean `parameters`?"),
    ("M < 3", "unknown figure `M`", 1, "known: N, CONV.F, parameters, macs, activations, layers, "
     "depth, receptive_field, peak, textbook, figure, max_batch, fits"),
    ("parameters < 10Q", "`10Q` is not a number; write for example 10M or 4000000", 14, ""),
    ("peak < 8XiB", "`8XiB` is not a size in bytes; write for example 11GiB or 512MB", 8, ""),
    ("parameters", "`parameters` is no condition by itself", 1,
     "only `fits` is; compare it, as in parameters < 10M"),
    ("peak < parameters", "cannot compare a number with bytes", 8, ""),
    ("fits < 3", "true or false is no number", 8, "write fits, or not fits"),
    ("1 < 2", "compares two numbers, no figure", 5, "figures are N, CONV.F, parameters, macs, "
     "activations, layers, depth, receptive_field, peak, textbook, figure, max_batch, fits"),
    ("(parameters < 10M", "expected `)`, found the end", 18, ""),
    ("parameters < 10M)", "expected `and`, `or` or the end, found `)`", 17, ""),
    ("parameters < 10M peak < 3", "expected `and`, `or` or the end, found `peak`", 18, ""),
    ("__import__('os')", "unknown figure `__import__`", 1, "known: "),
    ("not " * 60 + "fits", "nested deeper than 50, found `not`", 201, ""),
    ("parameters < ∞", "unknown figure `∞`", 14, "known: "),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "column", "hint"), WRONG, ids=[w[0] for w in WRONG])
def test_wrong_conditions(text, message, column, hint):
    with pytest.raises(SpecError) as error:
        Condition(text, NAMES)
    assert error.value.message == message
    assert str(error.value.span) == f"--where:1:{column}"
    assert error.value.hint == hint or (hint == "known: " and error.value.hint.startswith(hint))


@pytest.mark.parametrize("field", ["max_batch", "figure"])
def test_figures_that_need_a_limit(field):
    assert Condition(f"{field} > 3MiB" if field == "figure" else f"{field} > 3", limited=True)
    with pytest.raises(SpecError) as error:
        Condition(f"{field} > 3", limited=False)
    assert error.value.hint == "name a card with --gpu, or a --budget"


def test_only_what_matters_is_worked_out(figures, monkeypatch):
    monkeypatch.setattr(Figures, "peak", property(lambda _: pytest.fail("the step is simulated")))
    assert not Condition("parameters > 10M and peak < 8GiB").holds(figures, {})
