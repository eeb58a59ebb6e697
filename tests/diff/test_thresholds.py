"""Conditions of --fail-on: what they mean, and what is none."""

from types import SimpleNamespace

import pytest

from convcalc.answers.difference import Total
from convcalc.answers.thresholds import parse_threshold

MIB = 2**20


def holds(text, old, new):
    """Whether a condition holds for a change of every metric from `old` to `new`."""
    metrics = ("parameters", "macs", "activations", "peak", "figure")
    found = SimpleNamespace(totals={metric: Total(old, new) for metric in metrics})
    return parse_threshold(text).holds(found)


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        pytest.param("peak>+5%", 100, 105, False, id="exactly five percent is not more"),
        pytest.param("peak>+5%", 1000, 1051, True, id="more than five percent"),
        pytest.param("peak>=+5%", 100, 105, True, id="or equal"),
        pytest.param("peak>+5%", 100, 90, False, id="less is no increase"),
        pytest.param("peak<-5%", 100, 90, True, id="a decrease"),
        pytest.param("peak<-5%", 100, 96, False, id="too small a decrease"),
        pytest.param("peak>+0%", 100, 101, True, id="any increase"),
        pytest.param("peak>+5%", 0, 1, True, id="from nothing to something"),
        pytest.param("peak>+5%", 0, 0, False, id="from nothing to nothing"),
        pytest.param("parameters>+1k", 10, 1_011, True, id="an increase by a number"),
        pytest.param("parameters>+1k", 10, 1_010, False, id="exactly that number"),
        pytest.param("macs>10M", 0, 10_000_001, True, id="the new value"),
        pytest.param("macs<=10M", 99, 10_000_000, True, id="at most"),
        pytest.param("peak>1MiB", 0, MIB + 1, True, id="bytes"),
        pytest.param("figure>+1MiB", MIB, 2 * MIB, False, id="an increase in bytes"),
        pytest.param(" activations > +5 % ", 100, 200, True, id="spaces"),
    ],
)
def test_holds(text, old, new, expected):
    assert holds(text, old, new) is expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("peak", "`peak` is not a condition such as peak>+5% or parameters>10M",
                     id="nothing to compare with"),
        pytest.param("peak>", "`peak>` is not a condition such as peak>+5% or parameters>10M",
                     id="no number"),
        pytest.param("peek>+5%", "`peek` is nothing to compare; did you mean `peak`?",
                     id="unknown metric"),
        pytest.param("peak>5%", "`peak>5%`: percent is of a change; write peak>+...%",
                     id="percent without a sign"),
        pytest.param("peak>+5 parsecs",
                     "`5 parsecs` is not a size in bytes; write for example 11GiB or 512MB",
                     id="no size"),
        pytest.param("macs>+5 parsecs",
                     "`5 parsecs` is not a number; write for example 10M or 4000000",
                     id="no count"),
        pytest.param("peak>+5x%", "`5x` is not a number of percent", id="no percentage"),
    ],
)  # fmt: skip
def test_wrong(text, message):
    with pytest.raises(ValueError) as raised:
        parse_threshold(text)
    assert str(raised.value) == message
