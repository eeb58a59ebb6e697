"""Conditions on a difference, as `--fail-on` takes them: `peak>+5%`, `parameters>10M`."""

import operator
import re
from typing import NamedTuple

from convcalc.answers.difference import Difference, Total, compared_figures
from convcalc.answers.figures import Figure
from convcalc.text.errors import nearest_hint

_CONDITION = re.compile(r"\s*([a-z_]+)\s*(>=|<=|>|<)\s*([+-]?)\s*([0-9][^%]*?)\s*(%?)\s*")
_COMPARE = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}


class Threshold(NamedTuple):
    """A condition: `sign` makes it one on the change, "" one on the new value."""

    text: str
    figure: Figure
    comparison: str
    sign: str
    value: float  # elements, bytes, or percent
    percent: bool

    def holds(self, difference: Difference) -> bool:
        """Whether the condition is met."""
        total = difference.totals[self.figure.key]
        value = -self.value if self.sign == "-" else self.value
        return bool(_COMPARE[self.comparison](self._measured_change(total), value))

    def _measured_change(self, total: Total) -> float:
        if not self.sign:
            return total.new
        if not self.percent:
            return total.delta
        if total.percent is None:  # from nothing to something
            return float("inf") if total.delta else 0.0
        return total.percent

    def sentence(self, difference: Difference) -> str:
        """What it found, such as `peak>+5%: peak went from 1.00 GiB to 1.20 GiB (+20.0 %)`."""
        total = difference.totals[self.figure.key]
        key, show = self.figure.key, self.figure.unit.show
        change = f" ({total.percent:+.1f} %)" if total.percent is not None else ""
        return f"{self.text}: {key} went from {show(total.old)} to {show(total.new)}{change}"


def parse_threshold(text: str) -> Threshold:
    """A condition from its text.

    Raises:
        ValueError: not a condition; the message says what is understood.
    """
    match = _CONDITION.fullmatch(text)
    if match is None:
        raise ValueError(f"`{text[:60]}` is not a condition such as peak>+5% or parameters>10M")
    metric, comparison, sign, number, percent = match.groups()
    known = {figure.key: figure for figure in compared_figures()}
    if metric not in known:
        raise ValueError(
            f"`{metric[:60]}` is nothing to compare; {nearest_hint(metric, list(known))}"
        )
    if percent and not sign:
        raise ValueError(f"`{text[:60]}`: percent is of a change; write {metric}{comparison}+...%")
    value = _threshold_value(number, known[metric], bool(percent))
    return Threshold(text.strip(), known[metric], comparison, sign, value, bool(percent))


def _threshold_value(number: str, figure: Figure, percent: bool) -> float:
    if percent:
        try:
            return float(number)
        except ValueError:
            raise ValueError(f"`{number[:40]}` is not a number of percent") from None
    parse = figure.unit.parse
    return parse(number) if parse else float(number)
