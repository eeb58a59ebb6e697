"""Reports as CSV: a line a layer, plain numbers, no totals."""

from convcalc.answers.figures import FIGURES, shown_of_layers
from convcalc.answers.folding import fold_rows
from convcalc.answers.report import Report
from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.tables import Column


def render(reports: list[Report], view: View) -> str:
    """All layers of all networks; with several networks a first column names them."""
    columns = [tables.of_layer(FIGURES[key]) for key in view.columns or shown_of_layers()]
    network = [Column("network", "Network", lambda report: report.name)][: len(reports) - 1]
    cells = (
        [*first, *[column.cell(row) for column in columns]]
        for report in reports
        for first in [[column.cell(report) for column in network]]
        for row in fold_rows(report.rows, view.depth)
    )
    titles = [column.key for column in (*network, *columns)]
    return "\n".join([*tables.comma_separated_cells(titles, cells), ""])
