"""An explanation as text, Markdown, CSV or JSON."""

import json
from textwrap import wrap
from typing import Any

from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.tables import Column
from convcalc.text.source import printable
from convcalc.walk.explanation import Explanation

WIDTH = 100  # columns of the text at most
INDENT = 2


def render(found: Explanation, view: View) -> str:
    """The layer's name, what it is, and each question with its answer beside it."""
    head = f"{printable(found.name)}: {found.type} {found.summary}".rstrip()
    columns = min(WIDTH, view.width or WIDTH)
    lines = [head, *wrap(found.intro, columns)]
    width = max(len(section.title) for section in found.sections) + 2
    for section in found.sections:
        lines.append("")
        for number, line in enumerate(section.lines):
            title = section.title if not number else ""
            lines += _wrapped(printable(line), f"{title:<{width}}", columns)
    return "\n".join(lines)


def _wrapped(text: str, title: str, columns: int) -> list[str]:
    hanging = " " * (len(title) + INDENT)
    return wrap(text, columns, initial_indent=title, subsequent_indent=hanging)


def render_json(found: Explanation, view: View) -> str:
    """The same as one JSON object; `sections` holds the lines."""
    whole: dict[str, Any] = found._asdict()
    whole["sections"] = {section.title: section.lines for section in found.sections}
    return json.dumps({"schema_version": 1, **whole}, indent=1)


COLUMNS = (
    Column("question", "", lambda pair: pair[0]),
    Column("answer", "", lambda pair: pair[1]),
)


def render_markdown(found: Explanation, view: View) -> str:
    """A heading, and a table with a row for each question."""
    head = f"## {tables.escape(f'{found.name}: {found.type} {found.summary}'.rstrip())}"
    rows = [(each.title, "<br>".join(map(tables.escape, each.lines))) for each in found.sections]
    lines = [head, "", tables.escape(found.intro), "", "| | |", "|:--|:--|"]
    return "\n".join([*lines, *(f"| {title} | {answer} |" for title, answer in rows)])


def render_csv(found: Explanation, view: View) -> str:
    """A row for each line of an answer, under the question's title."""
    rows = [(each.title, line) for each in found.sections for line in each.lines]
    return "\n".join([*tables.comma_separated(COLUMNS, rows), ""])
