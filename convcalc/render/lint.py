"""What `convcalc lint` shows: the findings of the rules, and the rules themselves."""

import json
from typing import Any

from convcalc.answers.rules import find_rule, rule_codes
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, error, finding
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


def rules() -> str:
    """Every rule: code, severity, section of the notes, what it is about, and why."""
    width = max(map(len, rule_codes()))
    lines = []
    for code in rule_codes():
        found = find_rule(code)
        lines.append(f"{code:<{width}}  {found.severity:<7}  {found.title}")
        lines.append(f"{'':<{width}}  {'':<7}  {found.reason} ({found.origin})")
    return "\n".join(lines)


def rules_json() -> str:
    """The rules as JSON."""
    return json.dumps(
        [
            {
                "code": code,
                "severity": find_rule(code).severity,
                "section": find_rule(code).section or None,
                "title": find_rule(code).title,
                "reason": find_rule(code).reason,
            }
            for code in rule_codes()
        ],
        indent=1,
    )
