"""Every format against every kind of result: exit codes and whole outputs."""

import json
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema

import convcalc

FIXTURES = Path(__file__).parents[1] / "fixtures"
SMALL = """\
name: small
input: 32x32x3
layers: [conv: {filters: 8, size: 3, pad: 1}, relu, fc: {units: 10}]
"""
LIMITED = SMALL.replace("small", "limited") + "budget: {memory: 1GiB, parameters: 100k}\n"
OVER = SMALL.replace("small", "over") + "budget: {batch: 20000, memory: 1GiB, macs: 1k}\n"
MISFIT = """\
name: misfit
input: 10x10x1
layers:
  - conv: {filters: 8, size: 3, stride: 2}
"""
FILES = {"small.yaml": SMALL, "limited.yaml": LIMITED, "over.yaml": OVER, "misfit.yaml": MISFIT}
CASES = {
    "pass": (["small.yaml", "limited.yaml"], 0),
    "over": (["small.yaml", "over.yaml"], 1),
    "misfit": (["small.yaml", "misfit.yaml"], 1),
    "unreadable": (["small.yaml", "missing.yaml"], 2),
    "none": (["nothing"], 0),
}
FORMATS = {
    "text": "txt",
    "json": "json",
    "github": "github.txt",
    "junit": "xml",
    "gitlab": "gitlab.json",
    "sarif": "sarif",
}
MATRIX = [(case, style) for case in CASES for style in FORMATS]


@pytest.fixture
def checked(write, folder, run):
    """Check a case in a format."""
    write(FILES)
    (folder / "nothing").mkdir()

    def call(case, style, *options):
        return run("check", *CASES[case][0], "--format", style, *options)

    return call


@pytest.mark.parametrize(("case", "style"), MATRIX, ids=lambda value: value)
def test_output_and_exit_code(case, style, checked, golden):
    done = checked(case, style)
    assert done.code == CASES[case][1]
    shown = done.out.replace(f'"version": "{convcalc.__version__}"', '"version": "VERSION"')
    golden(f"check_{case}.{FORMATS[style]}", shown)
    told = "warning: there is no spec to check; --strict makes that a failure\n"
    assert done.err == (told if case == "none" else "")


@pytest.mark.parametrize("case", CASES)
def test_json_parses_whole(case, checked):
    results = json.loads(checked(case, "json").out)["results"]
    wanted = {"name", "source", "verdict", "limit", "figure", "findings"}
    assert all(wanted <= result.keys() for result in results)
    assert len(results) == (0 if case == "none" else 2)


@pytest.mark.parametrize("case", CASES)
def test_junit_is_what_jenkins_reads(case, checked):
    text = checked(case, "junit").out
    xmlschema.XMLSchema(FIXTURES / "junit-10.xsd").validate(text)
    root = ElementTree.fromstring(text)
    cases = root.findall(".//testcase")
    assert int(root.get("tests")) == len(cases)
    assert int(root.get("failures")) == len(root.findall(".//failure"))
    assert int(root.get("errors")) == len(root.findall(".//error"))


@pytest.mark.parametrize(
    ("source", "uri"),
    [
        pytest.param("missing.yaml", "missing.yaml", id="no file"),
        pytest.param("INPUT[10x10x1] -> CONV3-8/2(P=0)", "%3Cpattern%3E", id="a pattern"),
        pytest.param("-", "%3Cstdin%3E", id="standard input"),
        pytest.param("", "%3Csource%3E", id="nothing"),
    ],
)
def test_every_result_has_a_file(source, uri, folder, run):
    """GitHub refuses a log with a result that has none: "expected a physical location"."""
    log = json.loads(run("check", source, "--format", "sarif", stdin=MISFIT).out)
    (result,) = log["runs"][0]["results"]
    (location,) = result["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri
    (entry,) = json.loads(run("check", source, "--format", "gitlab", stdin=MISFIT).out)
    assert entry["location"]["path"] == unquote(uri)


@pytest.mark.parametrize("case", CASES)
def test_sarif_is_what_its_schema_says(case, checked):
    schema = json.loads((FIXTURES / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
    log = json.loads(checked(case, "sarif").out)
    jsonschema.validate(log, schema)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    for result in log["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


@pytest.mark.parametrize("case", CASES)
def test_code_quality_has_what_gitlab_needs(case, checked):
    entries = json.loads(checked(case, "gitlab").out)
    for entry in entries:
        assert entry.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)


@pytest.mark.parametrize(("case", "style"), MATRIX, ids=lambda value: value)
def test_exit_zero_leaves_only_what_cannot_be_read(case, style, checked):
    plain, zero = checked(case, style), checked(case, style, "--exit-zero")
    assert zero.out == plain.out
    assert zero.code == (2 if plain.code == 2 else 0)


@pytest.mark.parametrize("style", FORMATS)
def test_nothing_to_check_is_a_warning_that_strict_fails(style, checked):
    assert checked("none", style).code == 0
    assert checked("none", style, "--strict").code == 1


def test_github_is_chosen_under_github_actions(checked, run, monkeypatch):
    expected = checked("over", "github").out
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert run("check", *CASES["over"][0]).out == expected


def test_the_output_file_is_the_output(checked, folder):
    expected = checked("over", "sarif").out
    done = checked("over", "sarif", "-o", "report.sarif")
    assert (done.code, done.out) == (1, "")
    assert (folder / "report.sarif").read_text(encoding="utf-8") == expected
