"""Lines written as they are found."""

import signal
import sys
import time
from collections.abc import Iterator
from typing import Any

from convcalc.cli._output import OutputFailed

INTERRUPTED = 130  # as of a shell
FLUSHED = 0.1  # seconds that a line waits at most


def write_lines(lines: Iterator[str]) -> int:
    """Print lines as they come; returns what to exit with.

    Ctrl-C waits for the end of a line, the second one does not.
    """
    older = signal.getsignal(signal.SIGINT)
    writer = _LineWriter(older)
    if callable(older):  # not ignored, as under nohup
        signal.signal(signal.SIGINT, writer.interrupt)
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
    def __init__(self, interrupt: Any) -> None:
        self._interrupt = interrupt  # what is done otherwise
        self.stopped = self.writing = False
        self.flushed = time.monotonic()

    def interrupt(self, number: int, frame: Any) -> None:
        if self.writing and not self.stopped:
            self.stopped = True
        else:
            self._interrupt(number, frame)

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
