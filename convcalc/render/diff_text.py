"""A difference for people: a line a layer as a text diff has them, then the totals."""

from collections.abc import Iterable
from typing import Any

from convcalc.answers.difference import (
    ADDED,
    BYTES,
    CHANGED,
    COUNTED,
    REMOVED,
    RESIZED,
    Difference,
    Line,
    Total,
    Version,
)
from convcalc.facts.units import as_written, format_bytes, format_count
from convcalc.render.summary import setup_of
from convcalc.text.errors import ERROR
from convcalc.text.source import columns, printable

MARKS = {ADDED: "+", REMOVED: "-", CHANGED: "!", RESIZED: "~"}
COLOURS = {ADDED: "32", REMOVED: "31", CHANGED: "33", RESIZED: "2"}  # of ECMA-48


def render(difference: Difference, failed: list[str], colour: bool = False) -> str:
    """The whole difference; where there is none, only what makes the exit code 1."""
    lines: list[str] = []
    if difference.lines or any(total.delta for total in difference.totals.values()):
        lines.append(f"{version(difference.old)} -> {version(difference.new)}")
        lines += [*_layers(difference.lines, colour), *aligned(totals(difference))]
    lines += [f"failed {sentence}" for sentence in failed]
    return "\n".join([*lines, *wrong(difference)])


def version(side: Version) -> str:
    """The name and source of a side."""
    network = side.walked.network
    named = f"{network.title} ({network.source})" if network.name else network.source
    return printable(named)


def totals(difference: Difference) -> list[list[str]]:
    """A row for each metric under a row of titles."""
    batch = difference.setup.batch_size
    words = {
        "peak": f"peak memory, batch {batch}",
        "figure": f"{difference.rule.name} memory, batch {batch}",
    }
    rows = [[setup_of(difference.setup), "old", "new", "change", ""]]
    for metric, total in difference.totals.items():
        show = format_bytes if metric in BYTES else format_count
        change = ("+" if total.delta > 0 else "") + show(total.delta)
        rows.append([words.get(metric, metric), show(total.old), show(total.new), change,
                     percent(total)])  # fmt: skip
    return rows


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
        f"{name} {_value(old)} -> {_value(new)}" for name, (old, new) in line.changes().items()
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
    parts = [f"{line.delta(metric):+,} {metric}" for metric in COUNTED if line.delta(metric)]
    return ", ".join(parts)


def _value(value: Any) -> str:
    return "none" if value is None else as_written(value)


def _layers(lines: Iterable[Line], colour: bool) -> list[str]:
    lines = list(lines)
    cells = [[printable(line.side.name), line.side.type, what(line), deltas(line)]
             for line in lines]  # fmt: skip
    widths = [max(map(columns, column)) for column in zip(*cells, strict=True)]
    found = []
    for line, row in zip(lines, cells, strict=True):
        padded = (cell + " " * (w - columns(cell)) for cell, w in zip(row, widths, strict=True))
        text = f"{MARKS[line.status]} {'  '.join(padded)}".rstrip()
        found.append(f"\x1b[{COLOURS[line.status]}m{text}\x1b[0m" if colour else text)
    return found


def aligned(rows: list[list[str]]) -> list[str]:
    """Rows as lines, every column but the first with its right side in line."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
