"""Rows of a sweep, line by line as they are found: a table, CSV, JSON lines, Markdown."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from convcalc.answers.families.dimensions import Dimension
from convcalc.answers.families.evaluate import MemberRow
from convcalc.facts.units import format_bytes, format_count
from convcalc.render.json import finding
from convcalc.render.markdown import escape
from convcalc.text.source import printable
from convcalc.walk.receptive_field import Pixels


class Column(NamedTuple):
    """A figure: its key, title, value, how people read it, and its width in a table."""

    key: str
    title: str
    value: Callable[[MemberRow], Any]
    show: Callable[[Any], str]
    width: int


def _field(pair: tuple[Pixels, Pixels]) -> str:
    width, height = (str(side) if isinstance(side, int) else f"{float(side):g}" for side in pair)
    return width if width == height else f"{width}x{height}"


FIGURES = [
    Column("parameters", "Parameters", lambda row: row.parameters, format_count, 13),
    Column("macs", "MACs", lambda row: row.macs, format_count, 16),
    Column("depth", "Depth", lambda row: row.depth, str, 5),
    Column("receptive_field", "Field", lambda row: row.receptive_field, _field, 5),
    Column("peak", "Peak", lambda row: row.peak, format_bytes, 10),
]
LIMITED = [
    Column("figure", "Takes", lambda row: row.figure, format_bytes, 10),
    Column("max_batch", "Max batch", lambda row: row.max_batch, format_count, 9),
]


class Shape(NamedTuple):
    """What a sweep's rows have: dimensions, optional layers, and whether there is a limit."""

    dimensions: list[Dimension]
    optional: dict[str, int]  # keyword, and how often it is decided at most
    limited: bool

    @property
    def columns(self) -> list[Column]:
        """What makes a member, then its figures."""
        found = [
            _bound(each.name, max(len(str(value)) for value in each.values))
            for each in self.dimensions
        ]
        found += [_bound(keyword, 4 * most - 1) for keyword, most in self.optional.items()]
        return [*found, *FIGURES, *(LIMITED if self.limited else [])]


def _bound(name: str, width: int) -> Column:
    return Column(name, name, lambda row: row.bindings[name], _binding, max(len(name), width))


def _binding(value: object) -> str:
    if isinstance(value, list):
        return " ".join("yes" if wanted else "no" for wanted in value)
    return str(value)


def lines(rows: Iterable[MemberRow], shape: Shape, style: str, head: bool = True) -> Iterator[str]:
    """The lines of a format, the head at once and each row when it comes.

    Without a `head` they go on where those of another part of the family end.
    """
    written, height = STYLES[style]
    return islice(written(rows, shape), 0 if head else height, None)


def table(rows: Iterable[MemberRow], shape: Shape) -> Iterator[str]:
    """Columns of fixed widths, since what comes later is not known."""
    columns = shape.columns
    yield _aligned([column.title for column in columns], columns, "Fits")
    for row in rows:
        verdict = "yes" if row.fits else f"no: {printable(row.why_not)}"
        yield _aligned([column.show(column.value(row)) for column in columns], columns, verdict)


def _aligned(cells: list[str], columns: list[Column], last: str) -> str:
    widths = [max(column.width, len(column.title)) for column in columns]
    return "  ".join([*(cell.rjust(w) for cell, w in zip(cells, widths, strict=True)), last])


def markdown(rows: Iterable[MemberRow], shape: Shape) -> Iterator[str]:
    """A Markdown table."""
    columns = shape.columns
    yield _piped([*(escape(column.title) for column in columns), "Fits"])
    yield "|" + "--:|" * len(columns) + ":--|"
    for row in rows:
        verdict = "yes" if row.fits else f"no: {escape(row.why_not)}"
        yield _piped([*(escape(column.show(column.value(row))) for column in columns), verdict])


def _piped(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def comma(rows: Iterable[MemberRow], shape: Shape) -> Iterator[str]:
    """CSV with plain numbers, and the pattern of each member."""
    columns = shape.columns
    yield _csv([*(column.key for column in columns), "fits", "why_not", "pattern"])
    for row in rows:
        cells = [_plain(column, row) for column in columns]
        verdict = str(row.fits).lower()
        yield _csv([*cells, verdict, printable(row.why_not), printable(row.pattern)])


def _plain(column: Column, row: MemberRow) -> object:
    value = column.value(row)
    return value if isinstance(value, int) else column.show(value)


def _csv(cells: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


def jsonl(rows: Iterable[MemberRow], shape: Shape) -> Iterator[str]:
    """A JSON object a line, by the contract in docs/json.md."""
    for row in rows:
        yield json.dumps(plain(row))


def plain(row: MemberRow) -> dict[str, Any]:
    """A row as plain values."""
    width, height = (side if isinstance(side, int) else float(side) for side in row.receptive_field)
    return {
        "bindings": row.bindings,
        "pattern": row.pattern,
        "parameters": row.parameters,
        "macs": row.macs,
        "activations": row.activations,
        "layers": row.layers,
        "depth": row.depth,
        "receptive_field": {"width": width, "height": height},
        "peak": row.peak,
        "textbook": row.textbook,
        "figure": row.figure,
        "max_batch": row.max_batch,
        "fits": row.fits,
        "why_not": row.why_not,
        "findings": [finding(each) for each in row.findings],
    }


STYLES = {"table": (table, 1), "csv": (comma, 1), "jsonl": (jsonl, 0), "markdown": (markdown, 2)}
