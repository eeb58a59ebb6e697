"""Reports as CSV: a line a layer, plain numbers, no totals."""

from convcalc.answers.figures import FIGURES, shown_of_layers
from convcalc.answers.folding import fold_rows
from convcalc.answers.report import Report
from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.tables import Column


def render(reports: list[Report], view: View) -> str:
    """All layers of all networks; with several networks a first column names them."""
    found = [Column("network", "Network", lambda pair: pair[0].name)] if len(reports) > 1 else []
    found += [_of_pair(tables.of_layer(FIGURES[key])) for key in view.columns or shown_of_layers()]
    pairs = ((report, row) for report in reports for row in fold_rows(report.rows, view.depth))
    return "\n".join([*tables.comma_separated(found, pairs), ""])


def _of_pair(column: Column) -> Column:
    """A row's column where a row comes with its report."""
    return column._replace(value=lambda pair: column.value(pair[1]))
