"""Reports as CSV: a line a layer, plain numbers, no totals."""

from convcalc.answers.figures import FIGURES
from convcalc.answers.folding import fold_rows
from convcalc.answers.heaviest_rows import rows_to_show
from convcalc.answers.report import Report
from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.tables import Column


def render(reports: list[Report], view: View) -> str:
    """All layers of all networks; with several networks a first column names them."""
    folded = [fold_rows(report.rows, view.depth) for report in reports]
    shown = [rows_to_show(rows, view.sort, view.top, report.broken)
             for report, rows in zip(reports, folded, strict=True)]  # fmt: skip
    keys = dict.fromkeys(key for each in shown for key in each.columns(view.columns))
    columns = [tables.of_layer(FIGURES[key]) for key in keys]
    network = [Column("network", "Network", lambda report: report.name)][: len(reports) - 1]
    cells = (
        [*first, *[column.cell(row) for column in columns]]
        for report, rows, chosen in zip(reports, folded, shown, strict=True)
        for first in [[column.cell(report) for column in network]]
        for row in [rows[index] for index in chosen.order]
    )
    titles = [column.key for column in (*network, *columns)]
    return "\n".join([*tables.comma_separated_cells(titles, cells), ""])
