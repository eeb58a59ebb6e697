"""-o: the file is there whole or not at all."""

import os
import stat
import sys

import pytest
from support import shell

PATTERN = "INPUT[32x32x3] -> CONV3-12 -> FC-10"


@pytest.mark.parametrize("style", ["table", "json", "csv", "markdown"])
def test_the_file_holds_what_would_be_printed(run, tmp_path, style):
    path = tmp_path / "out"
    done = run("analyze", PATTERN, "--format", style, "-o", str(path))
    assert (done.code, done.out, done.err) == (0, "", "")
    assert path.read_text("utf-8") == run("analyze", PATTERN, "--format", style).out


def test_a_hyphen_is_standard_output(run):
    assert run("analyze", PATTERN, "-o", "-").out == run("analyze", PATTERN).out


def test_what_is_no_file_is_written_to_as_it_is():
    done = shell("convcalc analyze lenet5 --format csv -o /dev/stdout | head -1")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("name,type,")


def test_an_older_file_is_replaced_and_keeps_its_permissions(run, tmp_path):
    path = tmp_path / "out"
    path.write_text("old " * 10_000)
    path.chmod(0o640)
    run("analyze", PATTERN, "-o", str(path))
    assert "old" not in path.read_text("utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_new_file_gets_the_usual_permissions(run, tmp_path):
    mask = os.umask(0o027)
    try:
        run("analyze", PATTERN, "-o", str(tmp_path / "out"))
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o640


def test_nothing_else_is_left_in_the_folder(run, tmp_path):
    run("analyze", PATTERN, "-o", str(tmp_path / "out"))
    assert os.listdir(tmp_path) == ["out"]


def test_a_link_keeps_being_a_link(run, tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    run("analyze", PATTERN, "-o", str(tmp_path / "link"))
    assert (tmp_path / "link").is_symlink()
    assert "Total" in (tmp_path / "real").read_text("utf-8")


def test_findings_are_written_and_the_exit_code_stays(run, tmp_path):
    path = tmp_path / "out.json"
    done = run("analyze", "INPUT[7x7x1] -> POOL", "--format", "json", "-o", str(path))
    assert done.code == 1
    assert '"code": "fit"' in path.read_text("utf-8")


def test_nothing_is_written_when_nothing_can_be_read(run, tmp_path):
    path = tmp_path / "out"
    path.write_text("old")
    assert run("analyze", "INPUT -> X", "-o", str(path)).code == 2
    assert path.read_text() == "old"


def test_a_failure_halfway_leaves_the_old_file(run, tmp_path, monkeypatch):
    path = tmp_path / "out"
    path.write_text("old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    done = run("analyze", PATTERN, "-o", str(path))
    assert (done.code, done.err) == (2, f"error: cannot write {path}: No space left on device\n")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("none/out", "No such file or directory"),
        ("file/out", "Not a directory"),
        ("", "cannot write"),
        (".", "is a directory"),
    ],
)
def test_places_that_cannot_be_written(run, tmp_path, monkeypatch, path, message):
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    done = run("analyze", PATTERN, "-o", path)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert "Traceback" not in done.err


def test_a_device_is_written_to(run):
    assert run("analyze", PATTERN, "-o", "/dev/null").code == 0
    full = run("analyze", PATTERN, "-o", "/dev/full")
    assert (full.code, full.err) == (2, "error: cannot write /dev/full: No space left on device\n")


def test_no_colours_go_into_a_file(run, tmp_path, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    run("analyze", PATTERN, "-o", str(tmp_path / "out"))
    assert "\x1b" not in (tmp_path / "out").read_text("utf-8")


MISFIT = "INPUT[7x7x1] -> POOL"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        pytest.param(["analyze", MISFIT], 1, ": 1 error listed there", id="a misfit"),
        pytest.param(["analyze", "lenet5", "--budget", "1MiB"], 1,
                     ": 1 over the limit of memory", id="too much memory"),
        pytest.param(["compare", MISFIT, "lenet5", "--budget", "1MiB"], 1,
                     ": 1 error listed there, 1 over the limit of memory", id="compare"),
        pytest.param(["fit", MISFIT, "--gpu", "t4,a10"], 1, ": 1 error listed there", id="fit"),
        pytest.param(["check", MISFIT, "lenet5"], 1, ": 2 checked: 1 passed, 1 invalid",
                     id="check"),
        pytest.param(["diff", MISFIT, "lenet5", "--fail-on", "macs>0"], 1,
                     ": 1 error listed there, 1 --fail-on holds", id="diff"),
        pytest.param(["lint", "INPUT[9x9x3] -> CONV4-8(P=0) -> FC-10"], 1,
                     ": 2 findings listed there", id="lint"),
        pytest.param(["analyze", "lenet5"], 0, None, id="nothing is wrong"),
    ],
)  # fmt: skip
def test_what_a_file_lists_as_wrong_is_told(arguments, code, words, run, tmp_path):
    path = tmp_path / "out.md"
    told = "" if words is None else f"wrote {path}{words}\n"
    assert run(*arguments, "-o", str(path)) == (code, "", told)
    assert path.read_text("utf-8")


@pytest.mark.parametrize("arguments", [["analyze", PATTERN], ["export", "yaml", PATTERN],
                                       ["schema"], ["sweep", PATTERN]])  # fmt: skip
def test_a_terminal_is_told_of_the_file(arguments, tmp_path, run, monkeypatch):
    path = tmp_path / "out.txt"
    monkeypatch.setattr("convcalc.cli._output.width_of_terminal",
                        lambda stream: 80 if stream is sys.stderr else None)  # fmt: skip
    done = run(*arguments, "-o", str(path))
    assert (done.code, done.out, done.err.splitlines()[-1]) == (0, "", f"wrote {path}")
    assert "wrote" not in run(*arguments, "-o", "-").err
