"""Two folders of networks, and a folder at a revision."""

import json
import subprocess

import pytest

NET = "input: 8x8x3\nlayers: [conv: {filters: %d, size: 3, pad: 1}, relu]\n"


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """`old` and `new`: one network alike, one changed, one removed, one added, a library."""
    monkeypatch.chdir(tmp_path)
    for side, files in {"old": {"same": 4, "deep/changed": 4, "gone": 4},
                        "new": {"same": 4, "deep/changed": 6, "here": 5}}.items():  # fmt: skip
        for name, filters in files.items():
            path = tmp_path / side / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(NET % filters, encoding="utf-8")
        (tmp_path / side / "_parts.yaml").write_text("blocks: {a: [relu]}\n", encoding="utf-8")
    return tmp_path


STATUS = {"deep/changed.yaml": "changed", "gone.yaml": "removed", "here.yaml": "added",
          "same.yaml": "same"}  # fmt: skip


def statuses(done) -> dict[str, str]:
    return {each["path"]: each["status"] for each in json.loads(done.out)["networks"]}


def test_what_became_of_each_network(folders, run):
    done = run("diff", "old", "new", "--format", "json")
    assert (done.code, done.err, statuses(done)) == (0, "", STATUS)
    alone = run("diff", "old/deep/changed.yaml", "new/deep/changed.yaml", "--format", "json")
    entry = json.loads(done.out)["networks"][0]
    assert entry["difference"] == json.loads(alone.out)


def test_text_and_markdown(folders, run):
    text = run("diff", "old", "new").out
    assert "\nremoved gone.yaml\n\nadded here.yaml\n" in text
    assert text.endswith("\n4 networks: 1 changed, 1 added, 1 removed, 1 the same\n")
    assert run("diff", "old/deep/changed.yaml", "new/deep/changed.yaml").out in text
    markdown = run("diff", "old", "new", "--format", "markdown").out
    assert markdown.startswith("## 4 networks: 1 changed, 1 added, 1 removed, 1 the same\n")
    assert markdown.count("### ") == 3
    for style in ("text", "markdown"):
        assert run("diff", "old", "old", "--format", style).out == ""


def test_conditions_hold_for_each(folders, run):
    assert run("diff", "old", "new", "--fail-on", "parameters>+40%").code == 1
    assert run("diff", "old", "new", "--fail-on", "parameters>+60%").code == 0
    limited = run("diff", "old", "new", "--fail-on", "parameters>135")
    assert limited.code == 1
    assert "added here.yaml\nfailed parameters>135" in limited.out


def test_what_cannot_be_read_keeps_nothing_else_from_being_told(folders, run):
    (folders / "new" / "gone.yaml").write_text("layers: [rellu]\n", encoding="utf-8")
    done = run("diff", "old", "new", "--format", "json")
    assert done.code == 2
    assert "unknown layer `rellu`" in done.err
    assert statuses(done) == {path: each for path, each in STATUS.items() if path != "gone.yaml"}
    assert [each["line"] for each in json.loads(done.out)["errors"]] == [1]


def test_a_folder_and_a_file(folders, run):
    done = run("diff", "old", "new/same.yaml")
    wanted = "error: old is a folder, new/same.yaml is none\nhint: name two of one kind\n"
    assert (done.code, done.err) == (2, wanted)


@pytest.mark.parametrize("place", ["git:HEAD", "git:HEAD:nets", "git:HEAD:./nets"])
def test_a_folder_at_a_revision(folders, run, place):
    config = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "core.hooksPath=")
    (folders / "old").rename(folders / "nets")
    for words in (("init", "-q"), ("add", "nets"), ("commit", "-qm", "old")):
        subprocess.run(["git", *config, *words], check=True, capture_output=True)
    (folders / "nets").rename(folders / "before")
    (folders / "new").rename(folders / "nets")
    assert statuses(run("diff", place, "nets", "--format", "json")) == STATUS
    same = run("diff", "git:HEAD:nets", "before", "--format", "json")
    assert set(statuses(same).values()) == {"same"}


def test_a_revision_alone_is_the_same_file_there(folders, run):
    config = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "core.hooksPath=")
    for words in (("init", "-q"), ("add", "."), ("commit", "-qm", "old")):
        subprocess.run(["git", *config, *words], check=True, capture_output=True)
    (folders / "new" / "same.yaml").write_text(NET % 9, encoding="utf-8")
    done = run("diff", "git:HEAD", "new/same.yaml", "--fail-on", "parameters>+1%")
    assert done.code == 1
    assert "filters 4 -> 9" in done.out or "out_channels 4 -> 9" in done.out
    assert run("diff", "git:--help", "new").code == 2
