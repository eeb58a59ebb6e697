"""The differences between two folders of networks: text, Markdown, JSON."""

import json
from collections import Counter

from convcalc.answers.difference import ADDED, CHANGED, REMOVED, SAME
from convcalc.answers.folders import FileDifference
from convcalc.render import diff_json, diff_markdown, diff_text
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, error
from convcalc.render.tables import escape
from convcalc.text.source import printable

WORDS = {CHANGED: "changed", ADDED: "added", REMOVED: "removed", SAME: "the same"}


def render(found: list[FileDifference], view: View) -> str:
    """Each network that differs, one behind the other, and how many there are."""
    parts = []
    for each in found:
        text = diff_text.render(each.difference, view)
        if each.status in (ADDED, REMOVED):
            parts.append(f"{WORDS[each.status]} {printable(each.path)}{_wrong(each)}")
        elif text:
            parts.append(text)
    return "\n\n".join([*parts, counted(found)]) if parts else ""


def _wrong(each: FileDifference) -> str:
    lines = [f"failed {sentence}" for sentence in each.difference.failed]
    return "".join(f"\n{line}" for line in [*lines, *diff_text.wrong(each.difference)])


def counted(found: list[FileDifference]) -> str:
    """Such as `9 networks: 1 changed, 8 the same`."""
    counts = Counter(each.status for each in found)
    parts = ", ".join(
        f"{counts[status]} {word}" for status, word in WORDS.items() if counts[status]
    )
    return f"{len(found)} network{'s' * (len(found) != 1)}: {parts}"


def render_markdown(found: list[FileDifference], view: View) -> str:
    """A comment for a pull request: what differs, as much of it as a comment takes."""
    told = [each for each in found if each.status != SAME or each.difference.failed]
    if not told:
        return ""
    text = f"## {counted(found)}\n"
    for number, each in enumerate(told):
        part = f"\n{_markdown_part(each)}\n"
        if len(text) + len(part) > diff_markdown.LARGEST - 100:
            return f"{text}\n... and {len(told) - number:,} more\n"
        text += part
    return text


def _markdown_part(each: FileDifference) -> str:
    if each.status in (CHANGED, SAME):
        return diff_markdown.render(each.difference, View()).rstrip("\n")
    lines = _wrong(each).strip("\n").replace("```", "'''")
    fenced = f"\n\n```\n{lines}\n```" if lines else ""
    return f"### {WORDS[each.status]} {escape(each.path)}{fenced}"


def render_json(found: list[FileDifference], view: View) -> str:
    """An entry for each network: its path, its status, and the object that `diff` has for it."""
    networks = [
        {"path": each.path, "status": each.status,
         "difference": json.loads(diff_json.render(each.difference, view))}
        for each in found
    ]  # fmt: skip
    whole: dict[str, object] = {"schema_version": SCHEMA_VERSION, "networks": networks}
    if view.errors:
        whole["errors"] = [error(each) for each in view.errors]
    return json.dumps(whole)
