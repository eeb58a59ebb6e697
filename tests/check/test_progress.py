"""What a terminal shows while a long check runs."""

import io
import os
import pty
import subprocess
import sys

from convcalc.cli._progress import progress

NET = "input: 64x64x3\nlayers: [{repeat: 4000, layers: [conv: {filters: 3, size: 3, pad: 1}]}]\n"


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self):
        return True


def ticking(step):
    """A clock that is `step` seconds later at each look."""
    times = iter(range(1_000_000))
    return lambda: next(times) * step


def test_nothing_is_said_within_the_first_second():
    stream = Terminal()
    assert list(progress(range(9), 9, "checked", stream, ticking(0.1))) == list(range(9))
    assert stream.getvalue() == ""


def test_after_a_second_it_says_how_far_it_is_and_cleans_up():
    stream = Terminal()
    assert list(progress(range(4), 4, "checked", stream, ticking(0.6))) == list(range(4))
    assert stream.getvalue() == (
        "\r2 of 4 checked\r3 of 4 checked\r4 of 4 checked\r              \r"
    )


def test_where_there_is_no_terminal_nothing_is_said():
    stream = io.StringIO()
    assert list(progress(range(4), 4, "checked", stream, ticking(9))) == list(range(4))
    assert stream.getvalue() == ""


def test_on_a_real_terminal(tmp_path):
    for k in range(12):
        (tmp_path / f"net{k:02}.yaml").write_text(NET, encoding="utf-8")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "convcalc", "check", ".", "--format", "json"],
        cwd=tmp_path, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    out = process.stdout.read()
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        shown += part
    os.close(ours)
    assert process.wait() == 0
    assert out.startswith(b'{"schema_version": 1')
    assert b" of 12 checked" in shown
    assert shown.endswith(b"\r")
