"""Results of a check as GitHub's workflow commands, and a table for the step's summary.

Source: docs.github.com, "Workflow commands for GitHub Actions", and the runner's
ActionCommand.cs, which escapes and reads them. GitHub shows ten annotations a step.
"""

import re
from collections import Counter

from convcalc.answers.verdicts.result import PASS, CheckResult
from convcalc.render.formats import View
from convcalc.render.places import message, place_of, worth_showing
from convcalc.render.tables import markdown
from convcalc.render.text import closing, facts
from convcalc.text.errors import ERROR, Finding
from convcalc.text.source import printable

MOST_ANNOTATIONS = 10
MOST_ROWS = 500
LARGEST_SUMMARY = 1_000_000  # bytes; GitHub takes 1 MiB a step


def render(results: list[CheckResult], view: View) -> str:
    """Annotations, the errors first; with more than ten the last counts the others."""
    found = [(finding, result) for result in results for finding in worth_showing(result)]
    found.sort(key=lambda pair: pair[0].severity != ERROR)
    several = len(found) > MOST_ANNOTATIONS
    shown = found[: MOST_ANNOTATIONS - 1] if several else found
    lines = [_annotation(finding, result, view.root) for finding, result in shown]
    if several:
        lines.append(_rest([finding for finding, _ in found[len(shown) :]]))
    return "\n".join([*lines, closing(results)])


def summary(results: list[CheckResult], largest: int = LARGEST_SUMMARY) -> str:
    """The results as a Markdown table, failures first."""
    ordered = sorted(results, key=lambda result: result.verdict == PASS)
    lines = ["## convcalc check", "", closing(results), ""]
    rows = ((each.verdict, each.name, each.source, facts(each)) for each in ordered)
    titles, size = ("Verdict", "Network", "Source", "Memory"), 0
    for number, line in enumerate(markdown(titles, rows, [False] * 4) if results else ()):
        row = line.replace("@", "@\u200b")  # names nobody
        size += len(row.encode())
        if number >= MOST_ROWS + 2 or size > largest:
            lines += ["", f"and {len(ordered) - number + 2:,} more"]
            break
        lines.append(row)
    return "\n".join(lines) + "\n"


def _annotation(finding: Finding, result: CheckResult, root: str) -> str:
    place = place_of(finding, result, root)
    title = printable(f"{finding.code}: {result.name}")
    properties = {"title": title}
    if place.path is not None:
        properties = {"file": place.path, "line": str(place.line), **properties}
        if place.known:
            properties |= {"col": str(place.column), "endColumn": str(place.end_column)}
    kind = "error" if finding.severity == ERROR else "warning"
    return _command(kind, properties, printable(message(finding, result)))


def _rest(findings: list[Finding]) -> str:
    counts = Counter(finding.code for finding in findings)
    parts = ", ".join(f"{count:,} {code}" for code, count in counts.most_common())
    kind = "error" if any(finding.severity == ERROR for finding in findings) else "warning"
    text = f"{len(findings):,} more findings: {parts}; --format json has them all"
    return _command(kind, {"title": "convcalc"}, text)


def _command(kind: str, properties: dict[str, str], text: str) -> str:
    given = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {given}::{_data(text)}"


def _data(text: str) -> str:
    return _encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """A value that ends at a comma; controls, as a file's name may have them, are escaped."""
    text = _data(text).replace(":", "%3A").replace(",", "%2C")
    return text if text.isprintable() else re.sub("[\0-\x1f\x7f-\x9f\u2028\u2029]", _escaped, text)


def _escaped(match: "re.Match[str]") -> str:
    return match[0].encode("unicode_escape").decode()


def _encodable(text: str) -> str:
    """Without lone surrogates, which a file name may have."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
