"""Findings silenced in the open: by comments, on the command line, in the project file."""

import json

import pytest
from support import ends_within

from convcalc.answers.verdicts.ignores import Ignores
from convcalc.text.errors import ERROR, Finding
from convcalc.text.source import Source

HEAD = "input: 10x10x1\nlayers:\n"
CONV = "  - conv: {filters: 8, size: 3, stride: 2}"
POOL = "  - pool: {mode: max, size: 3, stride: 2}"  # does not fit either, 4x4 behind the conv
FIT = "# convcalc: ignore[fit]"


@pytest.fixture
def result(run, write):
    """The one result of a text, and the exit code."""

    def call(text, *options, name="net.yaml"):
        write({name: text})
        done = run("check", name, "--format", "json", *options)
        (only,) = json.loads(done.out)["results"]
        return only, done.code

    return call


def layers_of(findings):
    """Code and layer of each."""
    return [(finding["code"], finding["layer"]) for finding in findings]


@pytest.mark.parametrize(
    ("text", "left", "ignored"),
    [
        pytest.param(f"{HEAD}{CONV}\n{POOL}\n", ["conv1_1", "pool1"], [], id="no comment"),
        pytest.param(f"{HEAD}{CONV} {FIT}\n{POOL}\n", ["pool1"], ["conv1_1"], id="on its line"),
        pytest.param(f"{HEAD}{CONV} # so be it # convcalc: ignore[fit]\n{POOL}\n",
                     ["pool1"], ["conv1_1"], id="behind another comment"),
        pytest.param(f"{HEAD}{CONV} {FIT}\n{POOL} {FIT}\n", [], ["conv1_1", "pool1"], id="both"),
        pytest.param(f"{FIT}\n{HEAD}{CONV}\n{POOL}\n", [], ["conv1_1", "pool1"],
                     id="on a line of its own: the whole file"),
        pytest.param(f"{HEAD}{CONV} # convcalc: ignore[ fit ,fit]\n{POOL}\n", ["pool1"],
                     ["conv1_1"], id="spaces, and twice"),
    ],
)  # fmt: skip
def test_comment(text, left, ignored, result):
    found, code = result(text)
    assert [layer for _, layer in layers_of(found["findings"])] == left
    assert [layer for _, layer in layers_of(found["ignored"])] == ignored
    assert found["verdict"] == ("invalid" if left else "pass")
    assert code == bool(left)


def test_a_comment_in_an_included_file_counts_there(result, write):
    block = f"blocks:\n  half:\n    layers:\n    {CONV} {FIT}\n"
    write({"_blocks.yaml": block})
    found, code = result("include: _blocks.yaml\ninput: 10x10x1\nlayers: [half]\n")
    assert (found["verdict"], len(found["ignored"]), code) == ("pass", 1, 0)


@pytest.mark.parametrize(
    "name", [pytest.param("c", id="no comment"), pytest.param(f"'{FIT}'", id="in quotes")]
)
def test_an_included_file_without_a_comment_silences_nothing(name, result, write):
    half = f"conv: {{filters: 8, size: 3, stride: 2, pad: 0, name: {name}}}"
    write({"_blocks.yaml": f"blocks:\n  half:\n    layers:\n      - {half}\n"})
    found, code = result("include: _blocks.yaml\ninput: 10x10x1\nlayers: [half]\n")
    assert [each["code"] for each in found["findings"]] == ["fit"]
    assert (found["ignored"], code) == ([], 1)


def test_quotes_on_standard_input_are_no_comment(run):
    done = run("check", "-", "--format", "json", stdin=f"name: '{FIT}'\n{HEAD}{CONV}\n")
    (only,) = json.loads(done.out)["results"]
    assert (layers_of(only["findings"]), done.code) == ([("fit", "conv1_1")], 1)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        pytest.param(f"name: 'a'{FIT}\n", (1, "fit"), id="right behind quotes"),
        pytest.param(f"name: |\n  text\n{FIT}\n{HEAD}", (0, "fit"), id="behind a block scalar"),
    ],
)
def test_a_comment_begins_where_a_string_ends(text, place):
    assert list(Ignores(Source(text, "net.yaml"), is_yaml=True).spans) == [place]


def test_a_finding_without_a_place_is_of_no_line():
    finding = Finding("over-memory", ERROR, "", "too much")
    first = Ignores(Source("name: a # convcalc: ignore[over-memory]\n", "net.yaml"), is_yaml=True)
    assert not first.silences_finding(finding)
    whole = Ignores(Source("# convcalc: ignore[over-memory]\n", "net.yaml"), is_yaml=True)
    assert whole.silences_finding(finding)


def test_ten_thousand_comments_are_read():
    source = Source(f"{FIT}\n" * 10_000, "a.pattern")
    assert list(Ignores(source, is_yaml=False).spans) == [(0, "fit")]


def test_a_comment_in_a_pattern_file(result):
    found, code = result(f"INPUT[10x10x1] -> CONV3-8/2(P=0)  {FIT}\n", name="net.pattern")
    assert (found["verdict"], len(found["ignored"]), code) == ("pass", 1, 0)


def test_a_budget_can_be_ignored_at_its_line(result):
    text = f"{HEAD}  - relu\nbudget:\n  memory: 1MiB # convcalc: ignore[over-memory]\n"
    found, code = result(text)
    assert (found["verdict"], code) == ("pass", 0)
    assert [check["status"] for check in found["checks"]] == ["passed", "ignored"]


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--ignore", "fit"], id="once"),
        pytest.param(["--ignore", "empty,fit"], id="with a comma"),
        pytest.param(["--ignore", "empty", "--ignore", "fit"], id="twice"),
    ],
)
def test_option(options, result):
    found, code = result(f"{HEAD}{CONV}\n{POOL}\n", *options)
    assert (found["verdict"], len(found["ignored"]), code) == ("pass", 2, 0)


def test_project_file(result, write):
    write({"pyproject.toml": "[tool.convcalc]\nignore = ['fit']\n"})
    found, code = result(f"{HEAD}{CONV}\n{POOL}\n")
    assert (found["verdict"], len(found["ignored"]), code) == ("pass", 2, 0)


def test_unknown_code_on_the_command_line(run):
    done = run("check", "vgg16", "--ignore", "fti")
    assert (done.code, done.out) == (2, "")
    assert done.err == "error: --ignore: unknown code `fti`\nhint: did you mean `fit`?\n"


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        pytest.param("# convcalc: ignore[fit, wat]",
                     "net.yaml:3:68: error[spec]: unknown code `wat`", id="unknown code"),
        pytest.param("# convcalc: ignore[spec]",
                     "net.yaml:3:63: error[spec]: `spec` cannot be ignored", id="an error's code"),
        pytest.param("# convcalc: ignore",
                     "net.yaml:3:44: error[spec]: a comment to convcalc that says nothing it knows",
                     id="no code"),
        pytest.param("# convcalc: ignroe[fit]",
                     "net.yaml:3:44: error[spec]: a comment to convcalc that says nothing it knows",
                     id="misspelled"),
        pytest.param("# convcalc: ignore fit]",
                     "net.yaml:3:44: error[spec]: a comment to convcalc that says nothing it knows",
                     id="not opened"),
        pytest.param("# convcalc: ignore[]",
                     "net.yaml:3:63: error[spec]: unknown code ``", id="nothing in it"),
        pytest.param("# convcalc: ignore[fit",
                     "net.yaml:3:44: error[spec]: a comment to convcalc that says nothing it knows",
                     id="left open"),
    ],
)  # fmt: skip
def test_wrong_comment(comment, message, run, write):
    write({"net.yaml": f"{HEAD}{CONV} {comment}\n"})
    done = run("check", "net.yaml")
    assert done.code == 2
    assert done.out.split("\n")[1].strip() == message


def test_more_comments_than_anybody_reads_end_the_reading(run, write):
    write({"net.yaml": f"{HEAD}  - relu\n" + "# convcalc: ignore[fit]\n" * 600_000})
    with ends_within(1):
        done = run("check", "net.yaml")
    assert done.code == 2
    assert ":1: error[spec]: more than 10,000 comments to convcalc" in done.out


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param(f"{HEAD}  - relu {FIT}\n", "on this line", id="of a line"),
        pytest.param(f"{FIT}\n{HEAD}  - relu\n", "in this file", id="of the file"),
    ],
)
def test_unused_comment_is_a_warning(text, where, result):
    found, code = result(text)
    (finding,) = found["findings"]
    assert (finding["code"], finding["severity"]) == ("unused-ignore", "warning")
    assert finding["message"] == f"ignores `fit`, which does not occur {where}"
    assert (found["verdict"], code) == ("pass", 0)
    strict, code = result(text, "--strict")
    assert (strict["verdict"], code) == ("invalid", 1)
    assert result(text, "--strict", "--ignore", "unused-ignore")[1] == 0


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"name: '{FIT}'\n{HEAD}{CONV}\n", id="in quotes"),
        pytest.param(f"name: |\n  {FIT}\n{HEAD}{CONV}\n", id="in a block scalar"),
        pytest.param(f"# convcalc: as in the paper\n{HEAD}{CONV}\n", id="prose"),
    ],
)
def test_what_is_no_comment_ignores_nothing(text, result):
    found, code = result(text)
    assert (layers_of(found["findings"]), code) == ([("fit", "conv1_1")], 1)


def test_every_code_that_a_layer_finds_is_known():
    import re
    from pathlib import Path

    import convcalc
    from convcalc.answers.verdicts.codes import ALL

    package = Path(convcalc.__file__).parent
    sources = [package / "walk" / "findings.py", *sorted((package / "layers").glob("*.py"))]
    found = {
        code
        for path in sources
        for code in re.findall(r'(?:Problem|Finding)\(\s*"([a-z-]+)"', path.read_text("utf-8"))
    }
    assert {"fit", "empty", "size", "join"} <= found <= ALL.keys()
