"""Conditions on figures, `parameters < 10M and peak < 8GiB`: a small language of its own.

condition  = both { "or" both }
both       = negated { "and" negated }
negated    = "not" negated | "(" condition ")" | comparison
comparison = operand { ("<" | "<=" | ">" | ">=" | "==" | "!=") operand }
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from convcalc.answers.families.figures import Figures
from convcalc.answers.figures import COUNT, KINDS, SWEEP, TRUTH, Figure, told_by
from convcalc.text.errors import SpecError, nearest_hint
from convcalc.text.source import Source, Span

COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
}
DEEPEST = 50
_TOKEN = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+)?|[0-9][\w.,]*|<=|>=|==|!=|[<>=()]|\S)")

Bindings = Mapping[str, object]
Test = Callable[[Figures, Bindings], bool]


def known_figures() -> list[Figure]:
    """What conditions and orders can name."""
    return [figure for figure in told_by(SWEEP) if figure.unit.name in KINDS]


def figure_named(name: str) -> Figure | None:
    """The figure of a key, a title or an alias, if there is one."""
    return next((each for each in known_figures() if each.is_called(name)), None)


class Operand(NamedTuple):
    """A figure, a binding or a number; the kind of a number is that of its neighbour."""

    kind: str  # "" for a number
    text: str
    span: Span
    figure: Figure | None = None


class Condition:
    """A condition, ready to be tested. Parsed anew where it is sent to another process."""

    def __init__(self, text: str, names: tuple[str, ...] = (), limited: bool = True) -> None:
        """
        Raises:
            SpecError: not a condition; with its place.
        """  # fmt: skip
        self.text, self.names, self.limited = text, names, limited
        self._test = _ConditionParser(text, names, limited).condition_alone()

    def holds(self, figures: Figures, bindings: Bindings) -> bool:
        """Whether a network meets it; only figures that matter are worked out."""
        return self._test(figures, bindings)

    def __reduce__(self) -> tuple[Any, ...]:
        return Condition, (self.text, self.names, self.limited)


class _ConditionParser:
    def __init__(self, text: str, names: tuple[str, ...], limited: bool) -> None:
        self.source = Source(text, "--where")
        self.names = names
        self.limited = limited
        self.tokens = [
            (m[1], Span(self.source, m.start(1), m.end(1))) for m in _TOKEN.finditer(text)
        ]
        self.position = 0
        self.depth = 0

    def condition_alone(self) -> Test:
        """The condition and nothing behind it."""
        test = self.parse_condition()
        if self.position < len(self.tokens):
            self._fail_here("expected `and`, `or` or the end")
        return test

    def parse_condition(self) -> Test:
        """condition = both { "or" both }"""
        left = self.parse_both()
        while self._take_mark("or"):
            left = _either_test(left, self.parse_both())
        return left

    def parse_both(self) -> Test:
        """both = negated { "and" negated }"""
        left = self.parse_negated()
        while self._take_mark("and"):
            left = _both_tests(left, self.parse_negated())
        return left

    def parse_negated(self) -> Test:
        """negated = "not" negated | "(" condition ")" | comparison"""
        self.depth += 1
        if self.depth > DEEPEST:
            self._fail_here(f"nested deeper than {DEEPEST}")
        if self._take_mark("not"):
            inner = self.parse_negated()
            test: Test = lambda figures, bindings: not inner(figures, bindings)  # noqa: E731
        elif self._take_mark("("):
            test = self.parse_condition()
            if not self._take_mark(")"):
                self._fail_here("expected `)`")
        else:
            test = self.parse_comparison()
        self.depth -= 1
        return test

    def parse_comparison(self) -> Test:
        """comparison = operand { mark operand }"""
        operands, marks = [self.parse_operand()], []
        while (mark := self._take_mark(*COMPARISONS)) is not None:
            marks.append(COMPARISONS[mark])
            operands.append(self.parse_operand())
        if not marks:
            return self._test_alone(operands[0])
        kinds = {each.kind for each in operands if each.kind}
        if len(kinds) != 1:
            self._fail_mismatch(operands, kinds)
        values = [_value_getter(each, *kinds) for each in operands]
        return _chained_test(values, marks)

    def _test_alone(self, operand: Operand) -> Test:
        if operand.kind != TRUTH.name:
            hint = "only `fits` is; compare it, as in parameters < 10M"
            raise SpecError(f"`{operand.text[:40]}` is no condition by itself", operand.span, hint)
        return _value_getter(operand, operand.kind)

    def _fail_mismatch(self, operands: list[Operand], kinds: set[str]) -> NoReturn:
        last = operands[-1]
        if not kinds:
            raise SpecError("compares two numbers, no figure", last.span,
                            f"figures are {', '.join(self._known())}")  # fmt: skip
        raise SpecError(f"cannot compare {' with '.join(sorted(kinds))}", last.span)

    def parse_operand(self) -> Operand:
        """operand = figure | name | number"""
        if self.position >= len(self.tokens) or self._is_at("(", ")", *COMPARISONS, "and", "or"):
            self._fail_here("expected a figure such as parameters, or a number such as 10M")
        text, span = self.tokens[self.position]
        self.position += 1
        if text[0].isdigit():
            return Operand("", text, span)
        if text in self.names:
            return Operand(COUNT.name, text, span)
        figure = figure_named(text)
        if figure is None:
            known = self._known()
            raise SpecError(f"unknown figure `{text[:40]}`", span,
                            nearest_hint(text, known) or f"known: {', '.join(known)}")  # fmt: skip
        if figure.needs_limit and not self.limited:
            hint = "name a card with --gpu, or a --budget"
            raise SpecError(f"`{text}` needs a limit", span, hint)
        return Operand(figure.unit.name, text, span, figure)

    def _known(self) -> list[str]:
        return [*self.names, *(figure.key for figure in known_figures())]

    def _is_at(self, *texts: str) -> bool:
        return self.position < len(self.tokens) and self.tokens[self.position][0] in texts

    def _take_mark(self, *texts: str) -> str | None:
        if not self._is_at(*texts):
            return None
        self.position += 1
        return self.tokens[self.position - 1][0]

    def _fail_here(self, message: str) -> NoReturn:
        end = len(self.source.text)
        span = Span(self.source, end, end + 1)
        if self.position < len(self.tokens):
            text, span = self.tokens[self.position]
            raise SpecError(f"{message}, found `{text[:40]}`", span)
        raise SpecError(f"{message}, found the end", span)


def _either_test(left: Test, right: Test) -> Test:
    return lambda figures, bindings: left(figures, bindings) or right(figures, bindings)


def _both_tests(left: Test, right: Test) -> Test:
    return lambda figures, bindings: left(figures, bindings) and right(figures, bindings)


def _chained_test(
    values: list[Callable[[Figures, Bindings], Any]], marks: list[Callable[[Any, Any], bool]]
) -> Test:
    """`1M < parameters < 10M`: every neighbouring pair."""

    def test(figures: Figures, bindings: Bindings) -> bool:
        found = [value(figures, bindings) for value in values]
        return all(mark(a, b) for mark, a, b in zip(marks, found, found[1:], strict=False))

    return test


def _value_getter(operand: Operand, kind: str) -> Callable[[Figures, Bindings], Any]:
    if operand.kind == "":
        number = _number_of(operand, kind)
        return lambda figures, bindings: number
    figure = operand.figure
    if figure is None:
        return lambda figures, bindings: bindings[operand.text]
    return lambda figures, bindings: figure.order(figure.of_network(figures))


def _number_of(operand: Operand, kind: str) -> int:
    parse = KINDS[kind].parse
    if parse is None:
        raise SpecError("true or false is no number", operand.span, "write fits, or not fits")
    try:
        return parse(operand.text)
    except ValueError as error:
        raise SpecError(str(error), operand.span) from None
