"""Results of a check as JSON, as docs/check.md has it."""

import json
from typing import Any

from convcalc.answers.verdicts.result import PASS, VERDICTS, Check, CheckResult
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, finding, setup
from convcalc.text.errors import Finding


def render(results: list[CheckResult], view: View) -> str:
    """Everything as one JSON object; a result is one line of the text."""
    lines = ",\n  ".join(json.dumps(_result(result)) for result in results)
    counts = {v: sum(result.verdict == v for result in results) for v in VERDICTS}
    summary = json.dumps({"checked": len(results), **counts})
    body = f"[\n  {lines}]" if results else "[]"
    return f'{{"schema_version": {SCHEMA_VERSION}, "results": {body},\n "summary": {summary}}}'


def _result(result: CheckResult) -> dict[str, Any]:
    limits = result.limits
    return {
        "name": result.name,
        "source": result.source,
        "verdict": result.verdict,
        "passed": result.verdict == PASS,
        "limit": result.limit,
        "figure": result.figure,
        "estimate": result.by or None,
        "gpu": limits.gpu if limits else None,
        "setup": setup(limits.setup, limits.stack) if limits else None,
        "checks": [_check(check) for check in result.checks],
        "findings": [_finding(item) for item in result.findings],
        "ignored": [_finding(item) for item in result.ignored],
    }


def _check(check: Check) -> dict[str, Any]:
    return check._asdict()


def _finding(item: Finding) -> dict[str, Any]:
    """A finding, with the file that it is in: an included one, perhaps."""
    return {**finding(item), "file": item.span.source.name if item.span else None}
