"""`check --quiet` and the comment for a pull request."""

import pytest

from convcalc.render import check_markdown

GOOD, BAD = "INPUT[8x8x3] -> CONV3-4", "INPUT[9x9x3] -> POOL"


def test_quiet_is_what_fails_and_the_last_line(run):
    loud, quiet = run("check", GOOD, BAD), run("check", GOOD, BAD, "-q")
    assert quiet.code == loud.code == 1
    assert quiet.out.endswith("\n2 checked: 1 passed, 1 invalid\n")
    assert quiet.out.startswith("invalid")
    assert run("check", GOOD, "--quiet", "--budget", "9GiB").out == "1 checked: 1 passed\n"


@pytest.mark.parametrize("style", ["json", "junit", "gitlab", "sarif"])
def test_formats_that_are_whole_are_not_quiet(run, style):
    done = run("check", GOOD, "--quiet", "--format", style)
    assert (done.code, done.out) == (2, "")
    assert f"--quiet is for --format text, github, markdown, not {style}" in done.err


def test_the_last_line_says_where_nothing_was_limited(run, write):
    """Nobody takes a pass for the word that the memory suffices."""
    said = "not checked: no limit given (--gpu, --budget)"
    write({"a.yaml": "input: 8x8x3\nlayers: [relu]\nbudget: {parameters: 1k}\n"})
    for arguments, last in (
        ((GOOD,), f"1 checked: 1 passed; memory {said}"),
        ((GOOD, "a.yaml"), f"2 checked: 2 passed; memory of 1 {said}"),
        (("a.yaml",), "1 checked: 1 passed"),
        ((GOOD, "--budget", "9GiB"), "1 checked: 1 passed"),
        ((GOOD, BAD), "2 checked: 1 passed, 1 invalid"),
    ):
        for style in ("text", "github"):
            out = run("check", *arguments, "--format", style).out
            assert out.splitlines()[-1] == last


def test_markdown_for_a_comment(run):
    out = run("check", GOOD, BAD, "--format", "markdown").out
    assert out.startswith("## convcalc check\n\n2 checked: 1 passed, 1 invalid\n\n| Verdict |")
    assert out.count("\n| pass |") == out.count("\n| invalid |") == 1
    assert "```\n<pattern>:1:17: error[fit] pool1" in out
    quiet = run("check", GOOD, BAD, "--format", "markdown", "-q").out
    assert "2 checked: 1 passed, 1 invalid" in quiet
    assert "| pass |" not in quiet


def test_a_comment_is_as_large_as_github_takes(run, tmp_path, monkeypatch):
    monkeypatch.setattr(check_markdown, "LARGEST", 3_000)
    for number in range(9):
        (tmp_path / f"{number}_`|@.yaml").write_text("input: 9x9x3\nlayers: [pool]\n")
    out = run("check", str(tmp_path), "--format", "markdown").out
    assert 1_500 < len(out) < 3_000
    assert out.endswith("more; --format json has them all\n")
