"""What a terminal shows while a long check runs."""

import io
import os
import pty
import re
import signal
import subprocess
import sys

from convcalc.answers.families.select import BestRow
from convcalc.answers.figures import NetworkRow
from convcalc.cli._progress import Progress, progress

ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
GONE = "\x1b[?25h\r\x1b[1A\x1b[2K"  # the cursor is back, and the line empty

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
    shown = ANSI.sub("", stream.getvalue())
    assert [f"{number}/4 checked" in shown for number in range(1, 5)] == [False, True, True, True]
    assert stream.getvalue().endswith(GONE)


def test_a_line_on_the_same_terminal_takes_its_place():
    stream = Terminal()
    line = Progress(9, "members", stream, ticking(0.6))
    line.show(1)
    line.show(2, "peak 1.20 GiB")
    line.give_way()
    assert stream.getvalue().endswith(GONE)
    stream.write("| a row\n")
    line.show(3)
    assert stream.getvalue().endswith("| a row\n")  # nothing more within a second
    line.show(4, "peak 1.10 GiB")
    shown = ANSI.sub("", stream.getvalue()).split("| a row\n")
    assert ["best: peak 1.20 GiB" in shown[0], "best: peak 1.10 GiB" in shown[1]] == [True, True]
    line.give_way()


def test_where_there_is_no_terminal_nothing_is_said():
    stream = io.StringIO()
    assert list(progress(range(4), 4, "checked", stream, ticking(9))) == list(range(4))
    assert stream.getvalue() == ""


def on_terminal(folder, *words, interrupted_at=None):
    """What a command writes on standard output, and on a terminal as standard error."""
    ours, theirs = pty.openpty()
    answer = folder / "answer"
    with answer.open("wb") as stdout:
        process = subprocess.Popen(
            [sys.executable, "-m", "convcalc", *words], cwd=folder, stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=theirs, env={**os.environ, "TERM": "xterm"},
        )  # fmt: skip
    os.close(theirs)
    shown = b""
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # Linux says so at the end
            break
        if not part:
            break
        shown += part
        if interrupted_at and interrupted_at in ANSI.sub("", shown.decode()):
            process.send_signal(signal.SIGINT)
            interrupted_at = None
    os.close(ours)
    return process.wait(), answer.read_bytes(), shown.decode()


def test_on_a_real_terminal(tmp_path):
    for k in range(5):
        (tmp_path / f"net{k:02}.yaml").write_text(NET, encoding="utf-8")
    code, out, shown = on_terminal(tmp_path, "check", ".", "--format", "json")
    assert (code, out[:20]) == (0, b'{"schema_version": 1')
    assert "/5 checked" in ANSI.sub("", shown)
    assert shown.endswith(GONE)


FAMILY = "INPUT[64x64x3] -> [CONV3-{8..60} -> RELU]*{1..40} -> FC-{2..9}"


def test_a_sweep_says_the_best_so_far_and_leaves_the_terminal_as_it_was(tmp_path):
    code, out, shown = on_terminal(tmp_path, "sweep", FAMILY, "--jobs", "1", "--pareto",
                                   "macs,peak", interrupted_at="best: ")  # fmt: skip
    assert (code, out.count(b"\n")) == (130, 1)  # the titles
    shown = ANSI.sub("", shown)
    assert "/16960 members" in shown
    least = 64 * 64 * (9 * 3 * 8 + 8 * 2)  # CONV3-8 and FC-2, the first member
    assert re.findall(r"best: macs ([0-9,]+)", shown)[0] == f"{least:,}"


def test_the_best_is_no_member_that_cannot_be():
    best = BestRow("-parameters", [], (), limited=False)
    for parameters in (5, None, 7, 6):
        values = {"parameters": parameters}
        best.see(NetworkRow({"bindings": {}}, values))
    assert best.words == "parameters 7"
