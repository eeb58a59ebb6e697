"""Reports as Markdown, for a README or a pull request."""

from convcalc.answers.figures import FIGURES, Figure
from convcalc.answers.folding import fold_rows
from convcalc.answers.heaviest_rows import rows_to_show
from convcalc.answers.layer_row import LayerRow
from convcalc.answers.report import Report
from convcalc.render import pytorch, summary, tables
from convcalc.render.formats import View
from convcalc.render.tables import escape


def render(reports: list[Report], view: View) -> str:
    """Each network: a heading, its table, the memory and the notes."""
    return "\n\n".join("\n".join(_network(report, view)) for report in reports)


def _network(report: Report, view: View) -> list[str]:
    rows = fold_rows(report.rows, view.depth)
    shown = rows_to_show(rows, view.sort, view.top, report.broken)
    keys = shown.columns(view.columns)
    columns = [tables.of_layer(FIGURES[key]) for key in keys]
    lines = [f"## {escape(report.name)}", "", summary.setup_words(report), ""]
    lines += tables.markdown_of(
        columns,
        [rows[index] for index in shown.order],
        [_total(rows, FIGURES[key]) for key in keys],
    )
    lines += ["", *_fenced(summary.textbook_lines(report))] if report.textbook else []
    lines += ["", *_fenced(pytorch.lines(report, None))] if report.pytorch else []
    lines += ["", *_fenced(summary.assumed_lines(report))] if report.assumed else []
    lines += ["", *_fenced(summary.finding_lines(report))] if report.findings else []
    return lines


def _total(rows: list[LayerRow], figure: Figure) -> str:
    total = figure.total(rows)
    if total is None:
        return "Total" if figure.key == "name" else ""
    return figure.unit.show(total)


def _fenced(lines: list[str]) -> list[str]:
    return ["```", *(line.replace("```", "'''") for line in lines), "```"]
