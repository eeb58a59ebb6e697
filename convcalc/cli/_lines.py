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
