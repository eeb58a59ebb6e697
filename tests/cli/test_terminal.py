"""On a real terminal (a pty): its width, its colours, NO_COLOR."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest
from support import ROOT

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(width: int, *arguments: str, code: int = 0, **environment: str) -> str:
    """What `convcalc ...` writes on a terminal of that width."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    inherited = {key: value for key, value in os.environ.items()
                 if key not in ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "LINES")}  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "convcalc", *arguments],
        stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
        env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": str(ROOT), **environment},
    )  # fmt: skip
    os.close(follower)
    chunks = []
    while True:
        try:
            chunk = os.read(leader, 65_536)
        except OSError:  # the other end is closed
            break
        if not chunk:
            break
        chunks.append(chunk)
    os.close(leader)
    assert process.wait(timeout=60) == code
    return b"".join(chunks).decode().replace("\r\n", "\n")


def of_table(text: str) -> list[str]:
    lines = ANSI.sub("", text).split("\n")
    return lines[1 : 1 + next(k for k, line in enumerate(lines) if line.startswith(" Total"))]


@pytest.mark.parametrize("width", [40, 80, 120, 160])
def test_the_table_is_as_wide_as_the_terminal_at_most(width):
    text = on_terminal(width, "analyze", "vgg16", "--memory", "textbook")
    lines = of_table(text)
    assert max(map(len, lines)) <= width
    assert ("Share of memory" in lines[0]) == (width == 160)
    assert ("Left out for want of width" in text) == (width < 160)
    assert "conv1_1" in lines[2]
    assert "…" not in text
    assert "\x1b[" in text


def test_the_environments_columns_win():
    lines = of_table(on_terminal(80, "analyze", "vgg16", "--memory", "textbook", COLUMNS="50"))
    assert max(map(len, lines)) <= 50


def test_columns_that_are_no_number_are_ignored():
    lines = of_table(on_terminal(80, "analyze", "vgg16", "--memory", "textbook", COLUMNS="wide"))
    assert 50 < max(map(len, lines)) <= 80


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_without_colours(environment):
    text = on_terminal(160, "analyze", "vgg16", "--memory", "textbook", **environment)
    assert "\x1b" not in text
    assert "Share of memory" in text


def test_colours_change_nothing_but_colours():
    arguments = ("analyze", "lenet5", "--memory", "textbook")
    plain = on_terminal(120, *arguments, NO_COLOR="1")
    assert [line.rstrip() for line in ANSI.sub("", on_terminal(120, *arguments)).split("\n")] == (
        plain.split("\n")
    )


@pytest.mark.parametrize("style", ["csv", "json", "markdown"])
def test_formats_for_programs_are_not_coloured_or_cut(style):
    text = on_terminal(40, "analyze", "vgg16", "--format", style, "--memory", "textbook")
    assert "\x1b" not in text
    assert max(map(len, text.split("\n"))) > 80


WIDE = {
    "fit": ("INPUT[64x64x3] -> [CONV3-64 -> RELU]*3 -> POOL -> FC", "--gpu", "t4"),
    "diff": ("resnet18", "resnet34"),
    "compare": ("vgg16", "resnet18", "--gpu", "t4"),
    "check": ("vgg16", "-b", "512", "--gpu", "t4"),
}


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("command", WIDE)
def test_other_commands_are_no_wider_either(run, monkeypatch, command, width):
    from convcalc.cli import _output

    monkeypatch.setattr(_output, "terminal_width", lambda: width)
    lines = run(command, *WIDE[command], "--format", FIRST.get(command, "text")).out.split("\n")
    assert 40 < max(map(len, lines)) <= width


def test_html_does_not_flood_a_terminal():
    shown = on_terminal(80, "analyze", "lenet5", "--format", "html", code=2)
    assert "HTML is for a browser: name a file with -o report.html" in shown
    assert "<!DOCTYPE" not in shown


FIRST = {"compare": "table"}


def test_what_is_said_beside_the_answer_wraps_at_words():
    shown = on_terminal(60, "explain", "INPUT[32x32x3] -> CONV4-8/3(P=0)", "conv1_1", code=1)
    said = shown[shown.index("<pattern>:1:19: error[fit]") :].splitlines()
    assert max(map(len, said)) <= 60
    assert said[1].startswith("    ")
    assert "rounding=floor" in " ".join(said)
    assert any(line.strip().startswith("^^^") for line in said)  # a quoted line keeps its marker
