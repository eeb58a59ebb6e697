"""What `convcalc diff` prints, and its exit codes."""

import json
import subprocess

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


def test_colours_on_a_terminal_only(diff, monkeypatch):
    assert "\x1b" not in diff("old.yaml", "new.yaml").out
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[32m+ bn" in diff("old.yaml", "new.yaml").out


BLOCKS = "blocks: {part: {layers: [conv: {filters: %d, size: 3, pad: 1}]}}\n"
USER = "include: ../_blocks.yaml\ninput: 8x8x3\nlayers: [part, part]\n"


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository whose first commit has 8 filters and whose second has 16."""
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)

    def git(*arguments):
        config = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "core.hooksPath=")
        subprocess.run(["git", *config, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q", "-b", "main")
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.yaml").write_text(USER, encoding="utf-8")
    (tmp_path / "link.yaml").symlink_to("models/net.yaml")
    for filters in (8, 16):
        (tmp_path / "_blocks.yaml").write_text(BLOCKS % filters, encoding="utf-8")
        git("add", ".")
        git("commit", "-q", "-m", f"{filters} filters")
    git("branch", "feature/x")
    return git


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        pytest.param("git:HEAD~1:models/net.yaml", "models/net.yaml", 2,
                     id="a revision with what it includes"),
        pytest.param("git:HEAD:models/net.yaml", "models/net.yaml", 0, id="the last commit"),
        pytest.param("git:HEAD~1:models/net.yaml", "git:main:models/net.yaml", 2,
                     id="two revisions"),
        pytest.param("git:feature/x:models/net.yaml", "git:HEAD~1:models/net.yaml", 2,
                     id="a branch with a slash"),
        pytest.param("git::models/net.yaml", "git:HEAD:models/net.yaml", 0, id="the index"),
    ],
)  # fmt: skip
def test_revisions(old, new, changed, repository, run):
    done = run("diff", old, new, "--format", "json")
    assert done.code == 0
    layers = json.loads(done.out)["layers"]
    assert len([each for each in layers if each["status"] == "changed"]) == changed


def test_a_path_from_the_current_folder(repository, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "models")
    assert run("diff", "git:HEAD:./net.yaml", "net.yaml").code == 0


HOSTILE = {
    "an option": "git:--output=x:models/net.yaml",
    "a short option": "git:-p:models/net.yaml",
    "the end of options": "git:--:models/net.yaml",
    "a batch command": "git:HEAD\nHEAD:models/net.yaml",
    "a path with a line break": "git:HEAD:models/net.yaml\nHEAD:_blocks.yaml",
    "no path": "git:HEAD",
    "an empty path": "git:HEAD:",
    "nothing": "git:",
    "an unknown revision": "git:nope:models/net.yaml",
    "an unknown file": "git:HEAD:models/nope.yaml",
    "a folder": "git:HEAD:models",
    "out of the repository": "git:HEAD:../../etc/passwd",
    "a zero byte": "git:HEAD:models/\x00.yaml",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_revision_is_never_an_option(source, repository, run, tmp_path):
    before = sorted(path.name for path in tmp_path.iterdir())
    done = run("diff", source, "models/net.yaml")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: git:")
    assert "Traceback" not in done.err
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_error_in_a_revision_names_it(repository, run, tmp_path):
    (tmp_path / "_blocks.yaml").write_text("blocks: {part: {layers: [cnov]}}\n", encoding="utf-8")
    repository("commit", "-q", "-a", "-m", "wrong")
    done = run("diff", "git:HEAD:models/net.yaml", "git:HEAD~1:models/net.yaml")
    assert done.code == 2
    assert done.err.startswith("error: git:HEAD:_blocks.yaml:1:26: ")


def test_outside_of_a_repository(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    done = run("diff", "git:HEAD:net.yaml", "vgg16")
    assert done.code == 2
    assert "git says: fatal: not a git repository" in done.err


def test_without_git(run, monkeypatch):
    monkeypatch.setenv("PATH", "")
    done = run("diff", "git:HEAD:net.yaml", "vgg16")
    assert done.code == 2
    assert "cannot run git" in done.err
