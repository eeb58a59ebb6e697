"""Tables of a page: sorted by a click, read from left to right without one."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from convcalc.answers.figures import FIGURES, Figure
from convcalc.answers.heaviest_rows import AT_PEAK, NOTED, memory_of_rows, rows_with_most_memory
from convcalc.answers.layer_row import LayerRow
from convcalc.facts.largest import heaviest
from convcalc.render.html.markup import breakable, scroll_box, tag, text
from convcalc.render.table import WEIGHTS
from convcalc.render.tables import Column

SHOWN = ("name", "type", "hyperparameters", "output", "receptive_field", "memory", "at_peak",
         "weights", "parameters", "macs")  # fmt: skip

CAPTION = "Layers; counts are for one image, memory for the batch"
PEAK_CAPTION = (
    "; at the peak: what a layer made that is alive then, counted where it was made; "
    "what a layer keeps itself stands behind its name"
)


def sheet(columns: Sequence[Column], rows: Iterable[Any], caption: str) -> str:
    """A table with a row for each answer; the first column names it."""
    head = "".join(_header(column.key, column.title, column.unit.right) for column in columns)
    lines = "".join(_line(columns, row, number) for number, row in enumerate(rows))
    whole = tag("caption", text(caption)) + tag("thead", tag("tr", head)) + tag("tbody", lines)
    return scroll_box(tag("table", whole, class_="sheet"), caption)


def _line(columns: Sequence[Column], row: Any, number: int) -> str:
    first = columns[0]
    cells = [tag("th", text(first.text(row)), scope="row", data_value=_number(first.value(row)))]
    for column in columns[1:]:
        cells.append(_cell(column.text(row), column.value(row), column.unit.right))
    return tag("tr", "".join(cells), data_index=number)


def _cell(shown: str, value: Any, right: bool, *classes: str) -> str:
    kinds = [*(["number"] if right else []), *classes]
    return tag("td", text(shown), class_=" ".join(kinds) or None, data_value=_number(value))


def _number(value: Any) -> int | float | None:
    """What a cell is sorted by where that is not its text."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None


def _header(key: str, title: str, right: bool, meaning: str = "") -> str:
    button = tag("button", text(title), type="button", title=meaning or None)
    return tag("th", button, scope="col", class_="number" if right else None,
               data_key=key, aria_sort="none")  # fmt: skip


def layers_table(rows: list[LayerRow], broken: bool = False) -> str:
    """The layers with their blocks, which fold, and the totals; without a peak of `broken` ones."""
    by = NOTED if broken else memory_of_rows(rows)
    columns = [FIGURES[key] for key in SHOWN if key != AT_PEAK.key or by is AT_PEAK]
    heavy = {
        by.key: set() if broken else rows_with_most_memory(rows),
        WEIGHTS: heaviest([row.weights for row in rows]),
    }
    header = "".join(
        _header(each.key, each.title, each.unit.right, each.meaning) for each in columns
    )
    bodies, first = [], 0
    for scope, group in groupby(rows, key=lambda row: row.scope):
        members = list(group)
        head = _block_head(scope, members, columns) if scope else ""
        lines = "".join(_row(row, columns, heavy, first + k) for k, row in enumerate(members))
        bodies.append(tag("tbody", head + lines, data_scope=".".join(scope) or None))
        first += len(members)
    totals = "".join(_total(rows, column) for column in columns)
    whole = (
        tag("caption", tag("span", CAPTION + (PEAK_CAPTION if by is AT_PEAK else "")))
        + tag("thead", tag("tr", header))
        + "".join(bodies)
        + tag("tfoot", tag("tr", totals))
    )
    return scroll_box(tag("table", whole, class_="sheet layers"), "The table of layers")


def _block_head(scope: tuple[str, ...], rows: list[LayerRow], columns: list[Figure]) -> str:
    name = ".".join(scope)
    button = tag("button", f"{breakable(name)} <small>{len(rows)}</small>", type="button",
                 aria_expanded="true", class_="fold")  # fmt: skip
    cells = [tag("th", button, scope="row")]
    for column in columns[1:]:
        total = column.total(rows)
        shown = column.shown(total)
        if column.key == "output":
            shown = column.unit.show(column.of_layer(rows[-1]))
        cells.append(tag("td", text(shown), class_="number" if column.unit.right else None))
    return tag("tr", "".join(cells), class_="block")


def _row(row: LayerRow, columns: list[Figure], heavy: dict[str, set[int]], index: int) -> str:
    cells = []
    for column in columns:
        value = column.of_layer(row)
        if column.key == "name":
            words = breakable(column.shown(value))
            button = tag("button", words, type="button", class_="layer", data_layer=row.name)
            cells.append(tag("th", button, scope="row"))
            continue
        marks = ["heavy"] if index in heavy.get(column.key, ()) else []
        cells.append(_cell(column.shown(value), value, column.unit.right, *marks))
    return tag("tr", "".join(cells), data_index=index)


def _total(rows: list[LayerRow], column: Figure) -> str:
    if column.key == "name":
        return tag("th", "Total", scope="row")
    total = column.total(rows)
    return tag("td", text(column.shown(total)),
               class_="number" if column.unit.right else None)  # fmt: skip
