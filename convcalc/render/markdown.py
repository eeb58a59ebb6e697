"""Reports as Markdown, for a README or a pull request."""

from convcalc.answers.folding import fold
from convcalc.answers.report import LayerRow, Report
from convcalc.render import pytorch, summary
from convcalc.render.columns import COLUMNS, Column, total_of
from convcalc.text.source import printable


def render(reports: list[Report], columns: tuple[str, ...], depth: int | None = None) -> str:
    """Each network: a heading, its table, the memory and the notes."""
    return "\n\n".join("\n".join(_network(report, columns, depth)) for report in reports)


def _network(report: Report, keys: tuple[str, ...], depth: int | None) -> list[str]:
    rows = fold(report.rows, depth)
    columns = [COLUMNS[key] for key in keys]
    lines = [f"## {escape(report.name)}", "", summary.setup_words(report), ""]
    lines += [_line([column.title for column in columns])]
    lines += ["|" + "|".join("--:" if column.right else ":--" for column in columns) + "|"]
    lines += [_line([column.show(column.value(row)) for column in columns]) for row in rows]
    lines += [_line([_total(rows, column) for column in columns])]
    lines += ["", *_fenced(summary.textbook_lines(report))] if report.textbook else []
    lines += ["", *_fenced(pytorch.lines(report, None))] if report.pytorch else []
    lines += ["", *_fenced(summary.assumed_lines(report))] if report.assumed else []
    lines += ["", *_fenced(summary.finding_lines(report))] if report.findings else []
    return lines


def _total(rows: list[LayerRow], column: Column) -> str:
    total = total_of(rows, column)
    if total is None:
        return "**Total**" if column.key == "name" else ""
    return f"**{column.show(total)}**"


def _line(cells: list[str]) -> str:
    return "| " + " | ".join(cell if cell[:2] == "**" else escape(cell) for cell in cells) + " |"


def _fenced(lines: list[str]) -> list[str]:
    return ["```", *(line.replace("```", "'''") for line in lines), "```"]


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = printable(text)
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, "\\" + mark)
    return text
