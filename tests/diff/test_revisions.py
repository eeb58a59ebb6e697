"""git:REV:path as a source of `convcalc diff`: never an option, always of that revision."""

import json
import subprocess

import pytest

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


@pytest.mark.parametrize(
    ("source", "message"),
    [
        pytest.param("git:origin/main:models/net.yaml",
                     "there is no revision `origin/main`\nhint: a CI server's clone may lack it: "
                     "fetch it, with actions/checkout by fetch-depth: 0", id="a revision"),
        pytest.param("git:main:net.yaml",
                     "there is no such file at that revision\nhint: the path counts from the root "
                     "of the repository; ./ is the current folder", id="a file"),
        pytest.param("git::net.yaml",
                     "there is no such file at that revision\nhint: the path counts from the root "
                     "of the repository; ./ is the current folder", id="a file in the index"),
    ],
)  # fmt: skip
def test_what_is_not_there(source, message, repository, run):
    assert run("diff", source, "models/net.yaml").err == f"error: {source}: {message}\n"


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
