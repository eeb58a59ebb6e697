"""What `convcalc lint` shows: the findings of the rules, and the rules themselves."""

import json
from collections.abc import Iterator
from typing import Any

from convcalc.answers.figures import COUNT
from convcalc.answers.rules import find_rule, rule_codes
from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, error, finding
from convcalc.render.tables import Column
from convcalc.text.errors import Finding
from convcalc.text.source import printable

Linted = tuple[str, str, list[Finding]]  # name and source of a network, what was found


def render(results: list[Linted], view: View) -> str:
    """Every network's findings as text, a line that counts them under each."""
    return "\n\n".join("\n".join(_network(*result)) for result in results)


def _network(name: str, source: str, findings: list[Finding]) -> list[str]:
    lines = [str(each) for each in findings]
    return [*lines, f"{printable(name)}: {_counted(findings)}"]


def _counted(findings: list[Finding]) -> str:
    counts: dict[str, int] = {}
    for each in findings:
        counts[each.severity] = counts.get(each.severity, 0) + 1
    return (
        ", ".join(f"{n} {what}{'s' * (n > 1)}" for what, n in counts.items()) or "as it should be"
    )


def render_json(results: list[Linted], view: View) -> str:
    """The same as JSON."""
    whole: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "networks": [
            {"name": name, "source": source, "findings": [finding(each) for each in findings]}
            for name, source, findings in results
        ],
    }
    if view.errors:
        whole["errors"] = [error(each) for each in view.errors]
    return json.dumps(whole, indent=1)


def _pairs(results: list[Linted]) -> Iterator[tuple[str, Finding]]:
    return ((name, each) for name, _, findings in results for each in findings)


FOUND = (
    Column("network", "Network", lambda pair: pair[0]),
    Column("line", "Line", lambda pair: pair[1].span and pair[1].span.line, COUNT),
    Column("severity", "Severity", lambda pair: pair[1].severity),
    Column("code", "Rule", lambda pair: pair[1].code),
    Column("layer", "Layer", lambda pair: pair[1].layer),
    Column("message", "Finding", lambda pair: pair[1].message),
    Column("hint", "Hint", lambda pair: pair[1].hint),
)


def render_csv(results: list[Linted], view: View) -> str:
    """A row for each finding."""
    return "\n".join([*tables.comma_separated(FOUND, _pairs(results)), ""])


def render_markdown(results: list[Linted], view: View) -> str:
    """The same as a table, and a line that counts them for each network."""
    counts = [f"- {tables.escape(name)}: {_counted(found)}" for name, _, found in results]
    pairs = list(_pairs(results))
    return "\n".join([*tables.markdown_of(FOUND, pairs), "", *counts] if pairs else counts)


TOLD = (
    Column("code", "Rule", lambda pair: pair[0]),
    Column("severity", "Severity", lambda pair: pair[1].severity),
    Column("axes", "Axes", lambda pair: ", ".join(map(str, pair[1].axes))),
    Column("title", "What it finds", lambda pair: pair[1].title),
    Column("reason", "Why", lambda pair: pair[1].reason),
    Column("origin", "From", lambda pair: pair[1].origin),
)


def rules(style: str) -> str:
    """Every rule in a format: code, severity, what it finds, why, and whose it is."""
    found = [(code, find_rule(code)) for code in rule_codes()]
    if style == "json":
        keys = ("severity", "section", "axes", "title", "reason")
        plain = [{"code": code, **{key: getattr(rule, key) or None for key in keys}}
                 for code, rule in found]  # fmt: skip
        return json.dumps(plain, indent=1)
    if style == "csv":
        return "\n".join([*tables.comma_separated(TOLD, found), ""])
    if style == "markdown":
        return "\n".join(tables.markdown_of(TOLD, found))
    width, lines = max(map(len, rule_codes())), []
    for code, rule in found:
        lines.append(f"{code:<{width}}  {rule.severity:<7}  {rule.volumes:<10}  {rule.title}")
        lines.append(f"{'':<{width}}  {'':<7}  {'':<10}  {rule.reason} ({rule.origin})")
    return "\n".join(lines)
