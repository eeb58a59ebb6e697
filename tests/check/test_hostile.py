"""Names that try to break out of a format, and more findings than a server shows."""

import json
import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
import yaml

FIXTURES = Path(__file__).parents[1] / "fixtures"
FORMATS = ("text", "json", "github", "junit", "gitlab", "sarif")
FILE = "a:b,c%0A::error.yaml"
BODY = "input: 10x10x1\nlayers:\n  - conv: {filters: 8, size: 3, stride: 2}\n"
NAMES = {
    "a line break": r"a\n::error::injected",
    "a carriage return": r"a\r::error::injected",
    "a control character": r"a\x01\x1b[31m\x7f\x85",
    "what XML cannot hold": r"\ufffe\uffff\b",
    "markup": "<b>&amp;]]> | `x` [y](z) @all",
    "an old command of GitHub": "##[error]injected",
    "another script": "сеть 网络 🕸",
    "a separator of lines": r"a\u2028b\u2029c",
}


@pytest.fixture
def checked(write, run):
    """Check a network of a name that does not fit, in a file of a name, in a format."""

    def call(style, name="net", file=FILE):
        write({file: f'name: "{name}"\n{BODY}'})
        done = run("check", file, "--budget", "1MiB", "--format", style)
        assert done.code == 1
        return done.out

    return call


def test_a_file_name_stays_in_its_property(checked):
    command, other, closing = checked("github").splitlines()
    assert command.startswith("::error file=a%3Ab%2Cc%250A%3A%3Aerror.yaml,line=4,")
    assert other.startswith("::error file=a%3Ab%2Cc%250A%3A%3Aerror.yaml,line=1,")
    assert closing == "1 checked: 1 invalid"


def test_controls_of_a_file_name_reach_no_terminal(write, run):
    name = "a\x1b[31m\x07\x9b\u2028é.yaml"
    write({name: BODY})
    done = run("check", name, "--format", "github")
    assert "\n::error file=a\\x1b[31m\\x07\\x9b\\u2028é.yaml,line=3," in f"\n{done.out}"


def test_a_file_name_is_a_uri_in_sarif(checked):
    log = json.loads(checked("sarif"))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert location["artifactLocation"]["uri"] == "a%3Ab%2Cc%250A%3A%3Aerror.yaml"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_github_has_one_command_a_finding(name, checked):
    lines = re.split(r"[\n\r\x85\u2028\u2029]", checked("github", name).rstrip("\n"))
    assert [line.startswith("::error file=") for line in lines[:-1]] == [True, True]
    assert lines[-1] == "1 checked: 1 invalid"


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_the_summary_has_one_row_a_network(name, write, run, folder, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    write({FILE: f'name: "{name}"\n{BODY}'})
    run("check", FILE, "--format", "github")
    lines = (folder / "summary.md").read_text(encoding="utf-8").split("\n")
    assert lines[:4] == ["## convcalc check", "", "1 checked: 1 invalid", ""]
    assert lines[4:6] == ["| Verdict | Network | Source | Memory |", "|:--|:--|:--|:--|"]
    assert len(lines) == 8
    assert len(re.findall(r"(?<!\\)\|", lines[6])) == 5


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_junit_parses(name, checked):
    text = checked("junit", name)
    xmlschema.XMLSchema(FIXTURES / "junit-10.xsd").validate(text)
    assert len(ElementTree.fromstring(text).findall(".//failure")) == 2


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("style", ["json", "gitlab", "sarif"])
def test_json_parses_and_holds_the_name(style, name, checked):
    parsed = json.loads(checked(style, name))
    if style == "json":
        assert parsed["results"][0]["name"] == yaml.safe_load(f'"{name}"')
    if style == "sarif":
        schema = json.loads((FIXTURES / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
        jsonschema.validate(parsed, schema)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_text_has_no_control_characters(name, checked):
    assert all(line.isprintable() for line in checked("text", name).split("\n"))


@pytest.mark.parametrize("style", FORMATS)
def test_a_file_name_that_is_not_utf8(style, folder, run):
    with open(b"\xff\xfe.yaml", "wb") as file:
        file.write(BODY.encode())
    done = run("check", ".", "--format", style)
    assert done.code == 1
    assert done.err == ""


MANY = 10_000


@pytest.fixture
def many(write):
    """A network of ten thousand layers that are each too large."""
    conv = "conv: {filters: 8, size: 1}"
    layers = f"layers: [{{repeat: {MANY - 1}, layers: [{conv}]}}]"
    write({"many.yaml": f"input: 8x8x8\nbudget: {{activation: 1}}\n{layers}\n"})


def test_github_gets_ten_annotations(many, run):
    lines = run("check", "many.yaml", "--format", "github").out.splitlines()
    assert len(lines) == 11
    assert lines[0].startswith("::error file=many.yaml,line=1,title=over-activation")
    assert lines[1].startswith("::error file=many.yaml,line=3,title=over-activation")
    assert lines[9] == (
        "::error title=convcalc::9,991 more findings: 9,991 over-activation; "
        "--format json has them all"
    )
    assert lines[10] == "1 checked: 1 over budget"


def test_errors_come_before_warnings(run, write):
    warnings = {f"w{k}.yaml": "input: 8x8x1\nlayers: [relu] # convcalc: ignore[fit]\n"
                for k in range(12)}  # fmt: skip
    write({**warnings, "z.yaml": BODY})
    lines = run("check", ".", "--format", "github").out.splitlines()
    kinds = Counter(line.split(" ")[0] for line in lines[:-1])
    assert lines[0].startswith("::error file=z.yaml")
    assert kinds == {"::error": 1, "::warning": 9}
    assert "4 more findings: 4 unused-ignore" in lines[9]


@pytest.mark.parametrize(
    ("style", "count"),
    [
        pytest.param("json", lambda text: len(json.loads(text)["results"][0]["findings"]),
                     id="json"),
        pytest.param("gitlab", lambda text: len({e["fingerprint"] for e in json.loads(text)}),
                     id="gitlab, each with its own fingerprint"),
        pytest.param("sarif", lambda text: len(json.loads(text)["runs"][0]["results"]),
                     id="sarif"),
    ],
)  # fmt: skip
def test_files_hold_all_findings(style, count, many, run):
    assert count(run("check", "many.yaml", "--format", style).out) == MANY


def test_text_stops_at_fifty(many, run):
    lines = run("check", "many.yaml").out.splitlines()
    assert sum("error[over-activation]" in line for line in lines) == 50
    assert lines[-2] == "  ... and 9,950 more; --format json has them all"


def test_the_summary_stays_below_the_limit_of_github(write, run, folder, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder / "summary.md"))
    write({"many.pattern": "INPUT[8x8x1] -> RELU\n" * 600 + "INPUT[9x9x1] -> POOL\n"})
    done = run("check", "many.pattern", "--format", "github")
    text = (folder / "summary.md").read_text(encoding="utf-8")
    assert done.code == 1
    assert text.count("\n| pass |") == 499
    assert text.count("\n| invalid |") == 1  # failures come first
    assert text.endswith("\n\nand 101 more\n")


def test_a_summary_that_cannot_be_written_is_a_warning(write, run, folder, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    write({"net.yaml": "input: 8x8x1\nlayers: [relu]\n"})
    done = run("check", "net.yaml", "--format", "github", "--budget", "9GiB")
    assert (done.code, done.out) == (0, "1 checked: 1 passed\n")
    assert done.err == "warning: cannot write the step's summary: Is a directory\n"


@pytest.mark.parametrize("variable", ["GITHUB_WORKSPACE", "CI_PROJECT_DIR"])
def test_paths_count_from_the_checkout(variable, write, run, folder, monkeypatch):
    write({"models/net.yaml": BODY})
    monkeypatch.setenv(variable, str(folder))
    monkeypatch.chdir(folder / "models")
    github = run("check", "net.yaml", "--format", "github").out
    assert github.startswith("::error file=models/net.yaml,line=3,")
    (entry,) = json.loads(run("check", "net.yaml", "--format", "gitlab").out)
    assert entry["location"] == {"path": "models/net.yaml", "lines": {"begin": 3}}
