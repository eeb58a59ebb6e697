"""What is wrong with one layer: its window, its inputs, the size that it claims."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape, Vector, join_words
from convcalc.facts.window import CEIL, EXACT, Window
from convcalc.network.graph import Node
from convcalc.text.errors import ERROR, NOTE, WARNING, Edit, Finding
from convcalc.text.source import Span, printable
from convcalc.walk.receptive_field import Walked

if TYPE_CHECKING:
    from fractions import Fraction

Side = tuple[Window, int, str]  # a window, the size that it slides over, and along what


def findings_of(node: Node, facts: LayerFacts, before: Sequence[Walked]) -> Iterator[Finding]:
    """Everything that is wrong with a layer behind these others."""
    for problem in facts.problems:
        message, hint = _word_problem(problem, node, before)
        span = option_span(node, problem.option)
        yield Finding(problem.code, problem.severity, node.name, message, hint, span)
    if facts.windows is not None and facts.fitted and before:
        yield from _of_windows(node, facts, before[0].facts.output)
        yield from _of_row(node, facts, before[0])
    if node.size is not None and node.size != facts.output:
        message = f"the output is {facts.output}, not {node.size} as the source claims"
        hint, span = f"write [{facts.output}]", node.size_span
        edits = () if span is None else (Edit(span, f"[{facts.output}]", f"[{facts.output}]"),)
        yield Finding("size", ERROR, node.name, message, hint, span, edits)


def _word_problem(problem: Problem, node: Node, before: Sequence[Walked]) -> tuple[str, str]:
    if not problem.operands:
        return problem.message, problem.hint
    parts = [
        f"`{printable(walked.name)}` is {walked.facts.output}{_place_text(walked.node, node)}"
        for walked in (before[k] for k in problem.operands)
    ]
    hint = problem.hint
    for k, walked in enumerate(before):
        hint = hint.replace(f"{{{k}}}", printable(walked.name))
    return f"{problem.message}: {', '.join(parts)}", hint


def _place_text(node: Node, beside: Node) -> str:
    """Where a node was written, for a sentence about another: ` (line 7, column 5)`."""
    span = node.span
    if span is None:
        return ""
    if beside.span is None or span.source.name != beside.span.source.name:
        return f" ({span})"
    return f" (line {span.line}, column {span.column})"


def option_span(node: Node, option: str) -> Span | None:
    """Where an option of a node was written; the whole layer where it was not."""
    field = node.layer.options_by_name().get(option.lower())
    for argument in node.arguments:
        if field is not None and node.layer.options_by_name().get(argument.name.lower()) is field:
            return argument.span
    return node.span


def _of_windows(node: Node, facts: LayerFacts, shape: Shape) -> Iterator[Finding]:
    assert facts.windows is not None
    sides = zip(facts.windows, shape.sides, shape.axes, strict=True)
    wrong = [side for side in sides if not side[0].fits(side[1])]
    empty = [side for side in wrong if not side[0].output(side[1], facts.rounding)]
    if empty:
        yield Finding("empty", ERROR, node.name, _too_wide(*empty[0]), "", node.span)
    elif wrong and facts.rounding == EXACT:
        yield Finding("fit", ERROR, node.name, _misfit_text(wrong, shape), "", node.span)
    elif wrong:
        yield Finding("fit", NOTE, node.name, _rounding_text(wrong, facts.rounding), "", node.span)


def _of_row(node: Node, facts: LayerFacts, before: Walked) -> Iterator[Finding]:
    """A row of values has no axes to slide along: PyTorch refuses it."""
    row = before.facts.output
    if not isinstance(row, Vector) or not node.layer.slides or not facts.output.elements:
        return
    assert facts.windows is not None
    if any(window.extent > 1 for window in facts.windows):
        size = "x".join(str(window.extent) for window in facts.windows)
        message = (
            f"`{printable(before.name)}` gives a row of {row.channels:,} values, and the window of "
            f"{size} reads only padding besides: PyTorch refuses it"
        )
        hint = "let it stand in front of what flattens, or take a window of 1"
        yield Finding("axes", WARNING, node.name, message, hint, node.span)


def formula_text(window: Window, size: int) -> str:
    """The notes' formula with its numbers filled in: `(10 - 3 + 2*0)/2 + 1 = 4.5`."""
    uneven = window.padding_end is not None and window.padding_end != window.padding
    padded = f"{window.total_padding}" if uneven else f"2*{window.padding}"
    result = _decimal_text(window.exact_positions(size))
    return f"({size} - {window.extent} + {padded})/{window.stride} + 1 = {result}"


def _decimal_text(value: "Fraction") -> str:
    """A fraction as a decimal number where it ends, else as `12 2/3`."""
    for digits in range(4):
        if (value * 10**digits).denominator == 1:
            return f"{float(value):.{digits}f}"
    whole, rest = divmod(value, 1)
    return f"{whole} {rest}" if whole else str(rest)


def _too_wide(window: Window, size: int, axis: str) -> str:
    filled = formula_text(window, size)
    room = lost_elements(size, axis) if axis == "frames" else f"the {axis} {size}"
    return f"a window of {window.extent} does not fit into {room} even once: {filled}"


def _misfit_text(wrong: list[Side], shape: Shape) -> str:
    parts = [
        f"{formula_text(window, size)} along {axis}" for window, size, axis in _join_sides(wrong)
    ]
    return f"the window does not tile its input {shape} exactly: {' and '.join(parts)}"


def _rounding_text(wrong: list[Side], rounding: str) -> str:
    parts = [_rounded_side(*side, rounding) for side in _join_sides(wrong)]
    return f"{'; '.join(parts)} (rounding: {rounding})"


def _join_sides(wrong: list[Side]) -> list[Side]:
    """Axes as one where they are the same."""
    if len(wrong) > 1 and all(side[:2] == wrong[0][:2] for side in wrong):
        return [(*wrong[0][:2], join_words([axis for *_, axis in wrong]))]
    return wrong


def _rounded_side(window: Window, size: int, axis: str, rounding: str) -> str:
    used = window.output(size, rounding)
    text = f"{formula_text(window, size)} along {axis} becomes {used}"
    if rounding == CEIL and used > window.output(size):
        return f"{text}, the last window reaches over the edge"
    lost = window.unread_elements(size, rounding)
    if not lost:
        return f"{text}, only padding is never read"
    parts = [lost_elements(lost, each) for each in re.split(", | and ", axis)]
    if len(parts) > 1 and lost == 1:  # one number for them all
        parts[1:] = [part.split(" ", 1)[1] for part in parts[1:]]
    return f"{text}, {join_words(parts)} never read"


def lost_elements(lost: int, axis: str) -> str:
    """So many elements along an axis, such as those that no window reads: `1 column`, `2 rows`."""
    what = {"width": "column", "height": "row", "frames": "frame", "length": "element"}[axis]
    return f"{lost} {what}{'s' if lost > 1 else ''}"
