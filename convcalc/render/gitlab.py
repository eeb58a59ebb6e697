"""Results of a check as GitLab's code quality report.

Source: docs.gitlab.com, "Code Quality", section "Code Quality report format".
"""

import hashlib
import json
from collections import Counter
from typing import Any

from convcalc.answers.verdicts.result import CheckResult
from convcalc.render.formats import View
from convcalc.render.places import message, named, place_of, worth_showing
from convcalc.text.errors import ERROR, Finding


def render(results: list[CheckResult], view: View) -> str:
    """A list with an entry for each finding."""
    seen: Counter[str] = Counter()
    entries = [
        _entry(finding, result, view.root, seen)
        for result in results
        for finding in worth_showing(result)
    ]
    return json.dumps(entries, indent=1)


def _entry(finding: Finding, result: CheckResult, root: str, seen: Counter[str]) -> dict[str, Any]:
    place = place_of(finding, result, root)
    return {
        "description": message(finding, result),
        "check_name": finding.code,
        "fingerprint": fingerprint(finding, result, place.path, seen),
        "severity": "major" if finding.severity == ERROR else "minor",
        "location": {"path": named(place, result), "lines": {"begin": place.line}},
    }


def fingerprint(finding: Finding, result: CheckResult, path: str | None, seen: Counter[str]) -> str:
    """The same for the same finding in every run, and another for every finding.

    Lines move when a file is edited, so they do not count; `seen` tells equal ones apart.
    """
    text = "\0".join((path or result.source, finding.code, result.name, finding.layer))
    seen[text] += 1
    return hashlib.sha256(f"{text}\0{seen[text]}".encode(errors="backslashreplace")).hexdigest()
