"""Lines written as they are found, and on a terminal how far they are."""

import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from convcalc.cli._output import OutputFailed

INTERRUPTED = 130  # as of a shell
FLUSHED = 0.1  # seconds that a line waits at most
SILENT = 1.0  # seconds before progress is shown
BETWEEN = 0.2  # seconds between two times


def write_lines(lines: Iterator[str]) -> int:
    """Print lines as they come; returns what to exit with.

    Ctrl-C waits for the end of a line, the second one does not.
    """
    writer = _LineWriter()
    older = signal.signal(signal.SIGINT, writer.interrupt)
    try:
        for line in lines:
            writer.write(line)
            if writer.stopped:
                return INTERRUPTED
        return 0
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        signal.signal(signal.SIGINT, older)


class _LineWriter:
    def __init__(self) -> None:
        self.stopped = self.writing = False
        self.flushed = time.monotonic()

    def interrupt(self, number: int, frame: Any) -> None:
        if not self.writing or self.stopped:
            raise KeyboardInterrupt
        self.stopped = True

    def write(self, line: str) -> None:
        self.writing = True
        try:
            sys.stdout.write(line + "\n")
            if time.monotonic() - self.flushed > FLUSHED:
                sys.stdout.flush()
                self.flushed = time.monotonic()
        except OSError as error:
            raise OutputFailed from error
        self.writing = False


class Progress:
    """`1,234 of 10,000 members, 0:42 left` on standard error, where that is a terminal.

    Silent where standard output is a terminal too: lines come there all the time.
    """

    def __init__(self, total: int) -> None:
        self.total = total
        self.started = time.monotonic()
        self.due = self.started + SILENT
        self.shown = ""
        self.wanted = bool(sys.stderr) and sys.stderr.isatty() and not sys.stdout.isatty()

    def at(self, number: int) -> None:
        """So many are done."""
        if not self.wanted or time.monotonic() < self.due:
            return
        now = time.monotonic()
        left = (now - self.started) * (self.total - number) / number
        text = f"{number:,} of {self.total:,} members, {_clock(left)} left"
        sys.stderr.write(f"\r{text:<{len(self.shown)}}")
        sys.stderr.flush()
        self.shown, self.due = text, now + BETWEEN

    def end(self) -> None:
        """Take the line away."""
        if self.shown:
            sys.stderr.write(f"\r{'':<{len(self.shown)}}\r")
            sys.stderr.flush()


def _clock(seconds: float) -> str:
    """`0:42`, `1:02:03`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
