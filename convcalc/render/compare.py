"""Networks side by side: a table, Markdown, CSV, JSON."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.answers.families.comparison import NetworkSide
from convcalc.facts.units import format_bytes, format_count
from convcalc.render.json import SCHEMA_VERSION, error, finding
from convcalc.render.markdown import escape
from convcalc.text.errors import WARNING, ConvcalcError
from convcalc.text.source import columns as width_of
from convcalc.text.source import printable
from convcalc.walk.receptive_field import Pixels


class Column(NamedTuple):
    """A figure: its key, title, value, and how people read it."""

    key: str
    title: str
    value: Callable[[NetworkSide], Any]
    show: Callable[[Any], str]


def _field(pair: tuple[Pixels, Pixels]) -> str:
    width, height = (str(side) if isinstance(side, int) else f"{float(side):g}" for side in pair)
    return width if width == height else f"{width}x{height}"


COLUMNS = [
    Column("name", "Network", lambda side: side.name, printable),
    Column("parameters", "Parameters", lambda side: side.parameters, format_count),
    Column("macs", "MACs", lambda side: side.macs, format_count),
    Column("depth", "Depth", lambda side: side.depth, str),
    Column("receptive_field", "Field", lambda side: side.receptive_field, _field),
    Column("train", "To train", lambda side: side.train, format_bytes),
    Column("infer", "To run", lambda side: side.infer, format_bytes),
]
LIMITED = [
    Column("max_batch", "Max batch", lambda side: side.max_batch, format_count),
    Column("fits", "Fits", lambda side: side.why_not, lambda why: f"no: {why}" if why else "yes"),
]


def chosen(sides: list[NetworkSide]) -> list[Column]:
    """The columns: two more where there is a limit, or a layer that does not fit."""
    limited = any(side.max_batch is not None for side in sides)
    broken = any(side.why_not for side in sides)
    found = LIMITED if limited else LIMITED[1:] if broken else []
    return [*COLUMNS, *found]


def table(sides: list[NetworkSide]) -> str:
    """Aligned columns, the names on the left."""
    columns = chosen(sides)
    rows = [[column.title for column in columns]]
    rows += [[_shown(column, side) for column in columns] for side in sides]
    widths = [max(width_of(row[k]) for row in rows) for k in range(len(columns))]
    return "\n".join([*(_aligned(row, widths, columns) for row in rows), *_warnings(sides)])


def _warnings(sides: list[NetworkSide]) -> list[str]:
    """What makes figures less than they seem, once a network."""
    return [
        f"{printable(side.name)}: {message}"
        for side in sides
        for message in dict.fromkeys(f.message for f in side.findings if f.severity == WARNING)
    ]


def _shown(column: Column, side: NetworkSide) -> str:
    value = column.value(side)
    return "" if value is None else printable(column.show(value))


def _aligned(row: list[str], widths: list[int], columns: list[Column]) -> str:
    cells = []
    for text, width, column in zip(row, widths, columns, strict=True):
        space = " " * (width - width_of(text))
        cells.append(text + space if column.key in ("name", "fits") else space + text)
    return "  ".join(cells).rstrip()


def markdown(sides: list[NetworkSide]) -> str:
    """A Markdown table."""
    columns = chosen(sides)
    rule = "|".join(":--" if column.key in ("name", "fits") else "--:" for column in columns)
    rows = [[escape(_shown(column, side)) for column in columns] for side in sides]
    lines = ["| " + " | ".join(cells) + " |" for cells in [[c.title for c in columns], *rows]]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]])


def comma(sides: list[NetworkSide]) -> str:
    """CSV with plain numbers, all figures."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = [key for key in plain(sides[0]) if key != "findings"] if sides else []
    writer.writerow(keys)
    for side in sides:
        values = {**plain(side), "receptive_field": _field(side.receptive_field)}
        writer.writerow([_cell(values[key]) for key in keys])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return printable(value) if isinstance(value, str) else value


def as_json(sides: list[NetworkSide], errors: list[ConvcalcError]) -> str:
    """All figures of all networks, by the contract in docs/json.md."""
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "networks": [plain(side) for side in sides],
    }
    if errors:
        found["errors"] = [error(each) for each in errors]
    return json.dumps(found, indent=2)


def plain(side: NetworkSide) -> dict[str, Any]:
    """A network's figures as plain values."""
    width, height = (s if isinstance(s, int) else float(s) for s in side.receptive_field)
    return {
        **side._asdict(),
        "receptive_field": {"width": width, "height": height},
        "findings": [finding(each) for each in side.findings],
    }
