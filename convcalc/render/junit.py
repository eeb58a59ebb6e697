"""Results of a check as JUnit XML: a suite a network, a test case a check.

Elements and attributes are those of the schema that Jenkins checks reports with
(jenkinsci/xunit-plugin, junit-10.xsd), which GitLab and others read too.
"""

import re
from html import escape

from convcalc.answers.verdicts.result import FAILED, IGNORED, LINT, READ, SHAPES, Check, CheckResult
from convcalc.facts.units import format_bytes, format_count
from convcalc.render.formats import View
from convcalc.render.places import worth_showing
from convcalc.render.text import worded
from convcalc.text.errors import ERROR, NOTE

# What XML 1.0 cannot hold, even escaped (section 2.2, production [2] Char).
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(results: list[CheckResult], view: View) -> str:
    """The whole report."""
    suites = "".join(_suite(result) for result in results)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="convcalc" {_counts(results)}>\n{suites}</testsuites>'
    )


def _counts(results: list[CheckResult]) -> str:
    checks = [check for result in results for check in result.checks]
    errors = sum(check.name == READ and check.status == FAILED for check in checks)
    failures = sum(_failed(result, check) for result in results for check in result.checks)
    return f'tests="{len(checks)}" failures="{failures - errors}" errors="{errors}"'


def _failed(result: CheckResult, check: Check) -> bool:
    """Whether a check failed; with --strict a warning makes the shapes fail."""
    warned = any(finding.severity != NOTE for finding in result.findings_of(check.name))
    strict = result.verdict == "invalid" and check.name in (SHAPES, LINT) and warned
    return check.status == FAILED or strict


def _suite(result: CheckResult) -> str:
    cases = "".join(_case(result, check) for check in result.checks)
    skipped = sum(check.status == IGNORED for check in result.checks)
    head = f'name={_quoted(result.name)} {_counts([result])} skipped="{skipped}"'
    return f"<testsuite {head}>\n{cases}</testsuite>\n"


def _case(result: CheckResult, check: Check) -> str:
    head = f'<testcase name="{check.name}" classname={_quoted(result.source)} time="0"'
    inner = ""
    if _failed(result, check):
        inner = _failure(result, check)
    elif check.status == IGNORED:
        inner = '<skipped message="ignored"/>'
    output = _output(check)
    if output:
        inner += f"<system-out>{output}</system-out>"
    return f"{head}>{inner}</testcase>\n" if inner else f"{head}/>\n"


def _failure(result: CheckResult, check: Check) -> str:
    tag = "error" if check.name == READ else "failure"
    found = result.findings_of(check.name)
    findings = [finding for finding in worth_showing(result) if finding in found]
    first = next((f for f in findings if f.severity == ERROR), findings[0])
    text = "\n".join(worded(finding) for finding in findings)
    return f'<{tag} type="{first.code}" message={_quoted(first.message)}>{_text(text)}</{tag}>'


def _output(check: Check) -> str:
    if check.figure is None or check.limit is None:
        return ""
    form = format_bytes if check.name == "memory" else format_count
    return _text(f"{form(check.figure)} of at most {form(check.limit)}")


def _text(text: str) -> str:
    return _referenced(escape(_allowed(text), quote=False), "\t\n\r")


def _quoted(text: str) -> str:
    """An attribute's value in quotes."""
    return f'"{_referenced(escape(_allowed(text), quote=True))}"'


def _referenced(text: str, kept: str = "") -> str:
    """Line ends and what is not to be seen, such as marks of direction, as references."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else f"&#{ord(c)};" for c in text)


def _allowed(text: str) -> str:
    return _FORBIDDEN.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
