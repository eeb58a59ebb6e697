"""What `convcalc diff` prints, and its exit codes."""

import json

import pytest

OLD = """\
name: net
input: 32x32x3
layers:
  - conv: {filters: 16, size: 3, pad: 1}
  - relu
  - pool: {mode: max, size: 2}
  - fc: {units: 10}
"""
NEW = OLD.replace("filters: 16", "filters: 24").replace("  - pool", "  - bn\n  - pool")
WRONG = OLD.replace("32x32x3", "33x33x3")
PATTERN = "INPUT[32x32x3] -> CONV3-16 -> RELU -> POOL -> FC-10\n"
FORMATS = {"text": "txt", "markdown": "md", "json": "json"}


@pytest.fixture
def diff(run, tmp_path, monkeypatch):
    """Run `convcalc diff ...` beside some specs."""
    monkeypatch.chdir(tmp_path)
    texts = {"old.yaml": OLD, "new.yaml": NEW, "wrong.yaml": WRONG, "broken.yaml": "layers: 3\n",
             "same.pattern": PATTERN, "two.yaml": f"{OLD}---\n{NEW}"}  # fmt: skip
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return lambda *arguments: run("diff", *arguments)


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        pytest.param("change", ["old.yaml", "new.yaml", "-b", "64"], 0, id="a change"),
        pytest.param("fails", ["old.yaml", "new.yaml", "--fail-on", "parameters>+5%",
                               "--fail-on", "macs>1G"], 1, id="a condition holds"),
        pytest.param("same", ["old.yaml", "old.yaml"], 0, id="nothing"),
        pytest.param("wrong", ["old.yaml", "wrong.yaml"], 1, id="a layer does not fit"),
        pytest.param("textbook", ["old.yaml", "new.yaml", "--memory", "textbook"], 0,
                     id="the notes' memory"),
    ],
)  # fmt: skip
def test_output(name, arguments, code, style, diff, golden):
    done = diff(*arguments, "--format", style)
    assert (done.code, done.err) == (code, "")
    golden(f"diff_{name}.{FORMATS[style]}", done.out)
    if style == "json":
        json.loads(done.out)


def test_a_spec_against_itself_prints_nothing(diff):
    done = diff("vgg16", "vgg16")
    assert (done.code, done.out, done.err) == (0, "", "")


def test_an_exit_code_of_1_is_never_silent(diff):
    done = diff("old.yaml", "old.yaml", "--fail-on", "parameters>1k")
    sentence = "failed parameters>1k: parameters went from 41,418 to 41,418 (+0.0 %)\n"
    assert (done.code, done.out, done.err) == (1, sentence, "")
    done = diff("wrong.yaml", "wrong.yaml")
    assert done.code == 1
    assert done.out.startswith("wrong.yaml:6:5: error[fit] pool1: the window does not tile")
    assert done.out.count("error[fit]") == 1


def test_a_pattern_against_the_same_in_yaml(diff):
    assert diff("old.yaml", "same.pattern") == (0, "", "")


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("other", ["broken.yaml", "missing.yaml", "two.yaml"])
def test_unreadable(other, style, diff):
    for arguments in (["old.yaml", other], [other, "old.yaml"]):
        done = diff(*arguments, "--format", style)
        assert done.code == 2
        assert done.err.startswith("error: ")
        if style == "json":
            assert len(json.loads(done.out)["errors"]) == 1
        else:
            assert done.out == ""


def shipped(diff, *arguments):
    """The lines of a difference between shipped specs, and the totals."""
    found = json.loads(diff(*arguments, "--format", "json").out)
    return found["layers"], found["totals"]


def test_vgg16_against_vgg16_bn(diff):
    layers, totals = shipped(diff, "vgg16", "vgg16_bn")
    assert {layer["status"] for layer in layers} == {"added"}
    types = [layer["new"]["type"] for layer in layers]
    assert types == ["BN"] * 13 + ["POOL", "DROPOUT", "DROPOUT"]
    widths = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
    assert totals["parameters"]["delta"] == sum(2 * width for width in widths)
    assert totals["macs"] == {"old": 15_470_264_320, "new": 15_470_264_320,
                              "delta": 0, "percent": 0.0}  # fmt: skip
    assert totals["peak"]["delta"] > 0


def test_resnet50_against_resnext50(diff):
    layers, totals = shipped(diff, "resnet50", "resnext50_32x4d")
    changed = [layer for layer in layers if layer["status"] == "changed"]
    assert len(changed) == 2 * 16  # the 1x1 before and the 3x3 of every block
    grouped = [layer for layer in changed if "groups" in layer["changes"]]
    assert all(layer["changes"]["groups"] == [1, 32] for layer in grouped)
    assert len(grouped) == 16
    assert {layer["status"] for layer in layers} == {"changed", "resized"}
    assert all(layer["old"]["name"] == layer["new"]["name"] for layer in layers)
    assert (totals["parameters"]["old"], totals["parameters"]["new"]) == (25_557_032, 25_028_904)


def test_markdown_fits_a_comment(diff, tmp_path):
    layers = "[" + ", ".join(f"conv: {{name: c{k}|`_, filters: 8, size: 1}}" for k in range(4000))
    for name, size in (("long", "8x8x3"), ("longer", "9x9x3")):
        text = f"input: {size}\nlayers: {layers}]\n"
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    done = diff("long.yaml", "longer.yaml", "--format", "markdown")
    assert done.code == 0
    assert 60_000 < len(done.out) <= 65_536
    assert "\n... and " in done.out
    assert done.out.endswith("</details>\n")


def test_a_name_with_line_breaks_stays_in_its_cell(diff, tmp_path):
    text = OLD.replace("filters: 16", r'name: "a\n| b \r ```", filters: 9')
    (tmp_path / "odd.yaml").write_text(text, encoding="utf-8")
    lines = diff("old.yaml", "odd.yaml", "--format", "markdown").out.splitlines()
    (row,) = [line for line in lines if line.startswith("| changed")]
    assert r"| a\\n\| b \\r \`\`\` | CONV |" in row


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["old.yaml"], "Missing argument 'NEW'", id="one source"),
        pytest.param(["old.yaml", "new.yaml", "--fail-on", "peek>+5%"], "did you mean `peak`?",
                     id="an unknown metric"),
        pytest.param(["old.yaml", "new.yaml", "--set", "N=3"], "--set N: no repeat",
                     id="an unused name"),
    ],
)  # fmt: skip
def test_wrong_usage(arguments, message, diff):
    done = diff(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_both_are_run_as_the_new_one_and_its_project_say(diff, tmp_path):
    (tmp_path / "pyproject.toml").write_text("[tool.convcalc]\nbatch = 8\ngpu = 't4'\n")
    (tmp_path / "own.yaml").write_text(f"{NEW}budget: {{optimizer: adam}}\n", encoding="utf-8")
    setup = json.loads(diff("old.yaml", "own.yaml", "--amp", "--format", "json").out)["setup"]
    assert (setup["batch_size"], setup["optimizer"], setup["amp"]) == (8, "adam", True)


def test_colours_on_a_terminal_only(diff, monkeypatch):
    assert "\x1b" not in diff("old.yaml", "new.yaml").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m+ bn" in diff("old.yaml", "new.yaml").out
