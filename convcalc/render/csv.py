"""Reports as CSV: a line a layer, plain numbers, no totals."""

import csv
import io
from typing import Any

from convcalc.answers.folding import fold
from convcalc.answers.report import Report
from convcalc.render.columns import COLUMNS, Column
from convcalc.text.source import printable


def render(reports: list[Report], columns: tuple[str, ...], depth: int | None = None) -> str:
    """All layers of all networks; with several networks a first column names them."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    several = len(reports) > 1
    writer.writerow([*(["network"] if several else []), *columns])
    for report in reports:
        for row in fold(report.rows, depth):
            cells = [_plain(COLUMNS[key], row) for key in columns]
            writer.writerow([*([printable(report.name)] if several else []), *cells])
    return text.getvalue()


def _plain(column: Column, row: Any) -> Any:
    value = column.value(row)
    return value if isinstance(value, int) else column.show(value)
