"""A difference as Markdown for a pull request's comment, which GitHub cuts off at 65,536."""

from convcalc.answers.difference import ADDED, CHANGED, REMOVED, RESIZED, Difference, Line
from convcalc.render.diff_text import deltas, totals, version, what, wrong
from convcalc.render.formats import View
from convcalc.render.tables import escape, markdown
from convcalc.text.source import printable

LARGEST = 65_536  # characters
WORDS = {ADDED: "added", REMOVED: "removed", CHANGED: "changed", RESIZED: "resized"}


def render(difference: Difference, view: View) -> str:
    """Totals first, then the layers, as many as there is room for."""
    head = [f"### {escape(version(difference.old))} → {escape(version(difference.new))}", ""]
    titles, *rows = totals(difference)
    lines = [*head, *markdown(titles, rows)]
    lines += (
        ["", *(f"**Failed:** {escape(sentence)}" for sentence in difference.failed)]
        if difference.failed
        else []
    )
    errors = "\n".join(wrong(difference)).replace("```", "'''")
    if errors:
        lines += ["", "```", errors[: LARGEST // 4], "```"]
    return "\n".join(lines) + _layers(difference.lines, LARGEST - len("\n".join(lines)))


def _layers(lines: list[Line], room: int) -> str:
    """The layers' table, folded, in at most `room` characters."""
    if not lines:
        return "\n\nNo layer differs.\n"
    head = (
        f"\n\n<details><summary>{len(lines):,} layers</summary>\n\n"
        "| | Layer | Type | Change | Difference |\n|:--|:--|:--|:--|:--|\n"
    )
    tail, more = "\n</details>\n", "\n... and {:,} more\n"
    left = room - len(head) - len(tail) - len(more) - 10
    rows: list[str] = []
    for line in lines:
        row = _row(line)
        left -= len(row)
        if left < 0:
            break
        rows.append(row)
    rest = more.format(len(lines) - len(rows)) if len(rows) < len(lines) else ""
    return f"{head}{''.join(rows)}{rest}{tail}"


def _row(line: Line) -> str:
    cells = (WORDS[line.status], line.side.name, line.side.type, what(line), deltas(line))
    return "| " + " | ".join(escape(printable(cell)) for cell in cells) + " |\n"
