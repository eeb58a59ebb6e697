"""An explanation as text or JSON."""

import json
from textwrap import wrap
from typing import Any

from convcalc.render.formats import View
from convcalc.text.source import printable
from convcalc.walk.explanation import Explanation

WIDTH = 100  # columns of the text
INDENT = 2


def render(found: Explanation, view: View) -> str:
    """The layer's name, what it is, and each question with its answer beside it."""
    head = f"{printable(found.name)}: {found.type} {found.summary}".rstrip()
    lines = [head, *wrap(found.intro, WIDTH)]
    width = max(len(section.title) for section in found.sections) + 2
    for section in found.sections:
        lines.append("")
        for number, line in enumerate(section.lines):
            title = section.title if not number else ""
            lines += _wrapped(printable(line), f"{title:<{width}}")
    return "\n".join(lines)


def _wrapped(text: str, title: str) -> list[str]:
    hanging = " " * (len(title) + INDENT)
    return wrap(text, WIDTH, initial_indent=title, subsequent_indent=hanging)


def render_json(found: Explanation, view: View) -> str:
    """The same as one JSON object; `sections` holds the lines."""
    whole: dict[str, Any] = found._asdict()
    whole["sections"] = {section.title: section.lines for section in found.sections}
    return json.dumps({"schema_version": 1, **whole}, indent=1)
