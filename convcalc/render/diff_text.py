"""A difference for people: a line a layer as a text diff has them, then the totals."""

from collections.abc import Iterable
from typing import Any

from convcalc.answers.difference import (
    ADDED,
    CHANGED,
    REMOVED,
    RESIZED,
    Difference,
    Line,
    Total,
    compared_figures,
    counted_figures,
)
from convcalc.answers.families.figures import Figures
from convcalc.facts.units import as_written
from convcalc.render.formats import View
from convcalc.render.summary import setup_of
from convcalc.render.tables import aligned, wrapped
from convcalc.text.errors import ERROR
from convcalc.text.source import column_count, printable

MARKS = {ADDED: "+", REMOVED: "-", CHANGED: "!", RESIZED: "~"}
COLOURS = {ADDED: "32", REMOVED: "31", CHANGED: "33", RESIZED: "2"}  # of ECMA-48


def render(difference: Difference, view: View) -> str:
    """The whole difference; where there is none, only what makes the exit code 1."""
    lines: list[str] = []
    if difference.lines or any(total.delta for total in difference.totals.values()):
        lines += wrapped([f"{version(difference.old)} -> {version(difference.new)}"], view.width)
        lines += _layers(difference.lines, view.colour, view.width)
        lines += _narrow(totals(difference), view.width)
    lines += [f"failed {sentence}" for sentence in difference.failed]
    return "\n".join([*lines, *wrong(difference)])


def version(side: Figures) -> str:
    """The name and source of a side."""
    network = side.walked.network
    named = f"{network.title} ({network.source})" if network.name else network.source
    return printable(named)


def totals(difference: Difference) -> list[list[str]]:
    """A row for each metric under a row of titles."""
    batch = difference.setup.batch_size
    rule, rows = difference.rule.name, [[setup_of(difference.setup), "old", "new", "change", ""]]
    for figure in compared_figures():
        if figure.key == "peak" and difference.rule.textbook:
            continue  # the notes' total, which stands there as the figure
        total, show = difference.totals[figure.key], figure.unit.show
        change = ("+" if total.delta > 0 else "") + show(total.delta)
        words = figure.words.format(batch=batch, rule=rule) or figure.key
        rows.append([words, show(total.old), show(total.new), change, percent(total)])
    return rows


def _narrow(rows: list[list[str]], width: int | None) -> list[str]:
    """The totals below each other, without what a narrow terminal has no room for."""
    lines = list(aligned(rows))
    if width is None or max(map(column_count, lines)) <= width:
        return lines
    return list(aligned([row[:-1] for row in rows]))


def percent(total: Total) -> str:
    """The change in percent, or nothing where there was nothing before."""
    return "" if total.percent is None else f"{total.percent:+.1f} %"


def wrong(difference: Difference) -> list[str]:
    """The errors of either side, each once."""
    errors = (str(finding) for finding in difference.findings if finding.severity == ERROR)
    return list(dict.fromkeys(errors))


def what(line: Line) -> str:
    """What became of a layer: its options, its size, or where it comes from."""
    parts = [
        f"{name} {_value(old)} -> {_value(new)}"
        for name, (old, new) in line.changed_options().items()
    ]
    if line.old and line.new:
        if line.old.output != line.new.output:
            parts.append(f"{line.old.output} -> {line.new.output}")
        if line.old.type != line.new.type:
            parts.insert(0, f"{line.old.type} -> {line.new.type}")
        return ", ".join(parts) or ("takes other inputs" if line.status == CHANGED else "")
    return str(line.side.output)


def deltas(line: Line) -> str:
    """How many parameters, multiply-adds and activations more or fewer there are."""
    changes = ((figure, line.delta(figure.key)) for figure in counted_figures())
    return ", ".join(
        f"{'+' if delta > 0 else ''}{figure.unit.show(delta)} {figure.key}"
        for figure, delta in changes
        if delta
    )


def _value(value: Any) -> str:
    return "none" if value is None else as_written(value)


def _layers(lines: Iterable[Line], colour: bool, width: int | None) -> list[str]:
    lines = list(lines)
    cells = [[printable(line.side.name), line.side.type, what(line), deltas(line)]
             for line in lines]  # fmt: skip
    found = []
    for line, row in zip(lines, aligned(cells, [False] * 4), strict=True):
        for text in wrapped([f"{MARKS[line.status]} {row}".rstrip()], width):
            found.append(f"\x1b[{COLOURS[line.status]}m{text}\x1b[0m" if colour else text)
    return found
