"""A line on standard error that says how far a long run is."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TextIO, TypeVar

T = TypeVar("T")
SILENT = 1.0  # seconds before the first word
BETWEEN = 0.1  # seconds between two


def progress(
    items: Iterable[T],
    total: int,
    what: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The items, with `12 of 100 WHAT` on a terminal once a second has passed."""
    stream = stream or sys.stderr
    if stream is None or not stream.isatty():  # None where it is closed
        yield from items
        return
    said, due = "", clock() + SILENT
    for number, item in enumerate(items, 1):
        if clock() >= due:
            said = f"{number} of {total} {what}"
            stream.write(f"\r{said}")
            stream.flush()
            due = clock() + BETWEEN
        yield item
    if said:
        stream.write(f"\r{' ' * len(said)}\r")
        stream.flush()
