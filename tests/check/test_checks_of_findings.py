"""Which check a finding belongs to."""

import pytest

from convcalc.answers.rules import rule_codes
from convcalc.answers.verdicts.result import FAILED, Check, CheckResult, check_of
from convcalc.text.errors import ERROR, Finding


@pytest.mark.parametrize(
    ("code", "check"),
    [
        ("spec", "read"),
        ("unreadable", "read"),
        ("over-memory", "memory"),
        ("over-params", "params"),
        ("fit", "shapes"),
        ("join", "shapes"),
        (min(rule_codes()), "lint"),
        (max(rule_codes()), "lint"),
    ],
)
def test_each_code_has_one(code, check):
    assert check_of(code) == check


def test_findings_of_a_check():
    findings = tuple(Finding(code, ERROR, "c", "m") for code in ("fit", "over-memory", "join"))
    result = CheckResult("net", "net.yaml", "invalid", (), findings)
    assert [each.code for each in result.findings_of("shapes")] == ["fit", "join"]
    assert [each.code for each in result.findings_of("memory")] == ["over-memory"]


@pytest.mark.parametrize(
    ("checks", "fit"),
    [
        ((Check("shapes"), Check("memory", FAILED)), True),
        ((Check("shapes", FAILED), Check("memory")), False),
        ((Check("read"),), True),  # blocks alone have no sizes
    ],
)
def test_whether_sizes_fit(checks, fit):
    assert CheckResult("net", "net.yaml", "over", checks).sizes_fit == fit
