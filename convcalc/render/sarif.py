"""Results of a check as SARIF 2.1.0, for code scanning.

Source: OASIS, "Static Analysis Results Interchange Format Version 2.1.0".
"""

import json
from collections import Counter
from typing import Any
from urllib.parse import quote

from convcalc import __version__
from convcalc.answers.rules import find_rule
from convcalc.answers.verdicts.codes import ALL
from convcalc.answers.verdicts.result import ERROR_VERDICT, CheckResult
from convcalc.render.formats import View
from convcalc.render.gitlab import fingerprint
from convcalc.render.places import Place, message, named, place_of, worth_showing
from convcalc.text.errors import NOTE, Finding

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)


def render(results: list[CheckResult], view: View) -> str:
    """One run with every finding; ignored ones are suppressed, not left out."""
    seen: Counter[str] = Counter()
    rules = _rules(results)
    found = [
        _entry(finding, result, view.root, seen, suppressed, list(rules))
        for result in results
        for finding, suppressed in _findings(result)
    ]
    run = {
        "tool": {"driver": _driver(rules)},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": _readable(results)}],
        "results": found,
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1)


def _readable(results: list[CheckResult]) -> bool:
    return all(result.verdict != ERROR_VERDICT for result in results)


def _rules(results: list[CheckResult]) -> dict[str, str]:
    """The codes with their meaning; of the sizing rules those that have found something."""
    used = {f.code for result in results for f in (*result.findings, *result.ignored)}
    return {**ALL, **{code: find_rule(code).reason for code in sorted(used - set(ALL))}}


def _driver(codes: dict[str, str]) -> dict[str, Any]:
    rules = [{"id": code, "shortDescription": {"text": text}} for code, text in codes.items()]
    return {"name": "convcalc", "version": __version__, "rules": rules}


def _findings(result: CheckResult) -> list[tuple[Finding, bool]]:
    ignored = [finding for finding in result.ignored if finding.severity != NOTE]
    return [*((f, False) for f in worth_showing(result)), *((f, True) for f in ignored)]


def _entry(
    finding: Finding,
    result: CheckResult,
    root: str,
    seen: Counter[str],
    suppressed: bool,
    rules: list[str],
) -> dict[str, Any]:
    place = place_of(finding, result, root)
    entry: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": rules.index(finding.code),
        "level": finding.severity,
        "message": {"text": _encodable(message(finding, result))},
        "locations": [_location(place, finding, result)],
        "partialFingerprints": {"finding/v1": fingerprint(finding, result, place.path, seen)},
    }
    if suppressed:
        entry["suppressions"] = [{"kind": "external"}]
    return entry


def _location(place: Place, finding: Finding, result: CheckResult) -> dict[str, Any]:
    """Layer and file; GitHub refuses a whole log for one result without a file."""
    parts = [part for part in (result.name, finding.layer) if part]
    return {
        "logicalLocations": [{"fullyQualifiedName": _encodable(".".join(parts))}],
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(named(place, result))},
            "region": {
                "startLine": place.line,
                "startColumn": place.column,
                "endColumn": place.end_column,
            },
        },
    }


def _uri(path: str) -> str:
    encoded = quote(path.encode("utf-8", "surrogateescape"), safe="/")
    return f"file://{encoded}" if path.startswith("/") else encoded


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
