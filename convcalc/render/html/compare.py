"""Networks side by side as a page: bars of what counts, and the table."""

from convcalc.answers.figures import FIGURES, NetworkRow
from convcalc.render.formats import View
from convcalc.render.html.bars import bars
from convcalc.render.html.markup import tag, text
from convcalc.render.html.page import page
from convcalc.render.html.problems import problems
from convcalc.render.html.sheet import sheet
from convcalc.render.networks import (
    compared_columns,
    of_whole,
    parts_columns,
    parts_rows,
    reason_lines,
    uneven_lines,
)
from convcalc.render.summary import setup_of
from convcalc.render.tables import Column

BARS = ("train", "infer", "parameters", "macs", "max_batch")
TITLES = {"macs": "Multiply-adds", "max_batch": "Largest batch"}


def render(rows: list[NetworkRow], view: View) -> str:
    """One page for all of them."""
    names = ", ".join(row.head["name"] for row in rows)
    setups = {_setup(row) for row in rows}
    columns = compared_columns(rows)
    if len(setups) > 1:
        columns.insert(1, Column("setup", "Run as", _setup))
    inner = tag("h1", text(names))
    inner += tag("p", text(setups.pop()), class_="setup") if len(setups) == 1 else ""
    table = sheet(columns, rows, "Counts are for one image, memory for the batch")
    said = "".join(tag("p", text(line)) for line in uneven_lines(rows))
    inner += tag("section", tag("h2", "All figures") + table + said, class_="table")
    if parts := parts_columns(rows):
        why = "".join(tag("p", text(line)) for line in reason_lines(rows))
        table = sheet(parts, parts_rows(rows), "Bytes that add up")
        inner += tag("section", table + why, class_="table")
    inner += "".join(_bars(rows, key) for key in BARS)
    inner += "".join(problems(row.findings, row.head["name"]) for row in rows)
    return page(f"{names}: convcalc", [tag("article", inner)], [])


def _setup(row: NetworkRow) -> str:
    if row.setup is None:
        return ""
    return f"batch {row.setup.batch_size}, {setup_of(row.setup)}"


def _bars(rows: list[NetworkRow], key: str) -> str:
    figure = FIGURES[key]
    column = of_whole(figure)
    values = [(row.head["name"], column.value(row)) for row in rows]
    if all(value is None for _, value in values):
        return ""
    title = tag("h2", text(TITLES.get(key, figure.title)))
    return tag("section", title + bars(values, figure.shown), class_="answer")
