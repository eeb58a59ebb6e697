"""`check --lint`: the notes' sizing rules as warnings among the other findings."""

import json

import pytest

SPEC = "input: 16x16x3\nlayers:\n  - conv: {filters: 4, size: 3}\n  - relu\n  - pool: {}\n"
ALL = ("text", "json", "github", "junit", "gitlab", "sarif")


@pytest.fixture
def spec(write):
    write({"net.yaml": SPEC})
    return "net.yaml"


def codes(run, *arguments):
    result = run("check", *arguments, "--format", "json")
    (only,) = json.loads(result.out)["results"]
    return result.code, only["verdict"], [each["code"] for each in only["findings"]]


def test_warnings_do_not_fail(run, spec):
    code, verdict, found = codes(run, spec, "--lint")
    assert (code, verdict, found) == (0, "pass", ["no-padding"])


def test_without_it_no_rule_is_applied(run, spec):
    assert codes(run, spec) == (0, "pass", [])


def test_strict_makes_them_fail(run, spec):
    code, verdict, _ = codes(run, spec, "--lint", "--strict")
    assert (code, verdict) == (1, "invalid")


def test_they_are_those_of_lint(run, spec):
    linted = json.loads(run("lint", spec, "--format", "json").out)
    (network,) = linted["networks"]
    wanted = [each["code"] for each in network["findings"]]
    assert codes(run, spec, "--lint")[2] == wanted


def test_they_can_be_ignored(run, spec):
    options = ("--lint", "--strict", "--ignore", "no-padding")
    assert codes(run, spec, *options) == (0, "pass", [])


def test_a_comment_ignores_them_and_is_not_unused_where_nobody_looked(run, write, spec):
    write({"net.yaml": "# convcalc: ignore[no-padding]\n" + SPEC})
    assert codes(run, spec, "--lint", "--strict") == (0, "pass", [])
    assert codes(run, spec) == (0, "pass", [])
    write({"net.yaml": "# convcalc: ignore[stride]\n" + SPEC})
    assert codes(run, spec, "--lint")[2] == ["no-padding", "unused-ignore"]


@pytest.mark.parametrize("style", ALL)
def test_every_format_names_the_rule(run, spec, style):
    result = run("check", spec, "--lint", "--strict", "--format", style)
    assert result.code == 1
    assert "no-padding" in result.out


def test_sarif_has_the_rules_that_were_found(run, spec):
    (whole,) = json.loads(run("check", spec, "--lint", "--format", "sarif").out)["runs"]
    ids = [rule["id"] for rule in whole["tool"]["driver"]["rules"]]
    for result in whole["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]


def test_junit_has_a_case_for_them(run, spec):
    assert '<testcase name="lint"' in run("check", spec, "--lint", "--format", "junit").out
    assert '<testcase name="lint"' not in run("check", spec, "--format", "junit").out
