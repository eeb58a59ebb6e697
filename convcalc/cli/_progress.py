"""How far a long run is: one line on standard error, by rich, where that is a terminal."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TextIO, TypeVar

T = TypeVar("T")
SILENT = 1.0  # seconds before the first word: rich is not imported for less
BETWEEN = 0.2  # seconds between two


class Progress:
    """A bar with what is done, the time that is left and, where there is one, the best so far."""

    def __init__(
        self,
        total: int,
        what: str,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.total, self.what, self.clock = total, what, clock
        self.stream = stream or sys.stderr
        self.wanted = self.stream is not None and self.stream.isatty()  # None where it is closed
        self.due = clock() + SILENT if self.wanted else 0.0
        self.bar: Any = None
        self.task: Any = None

    def show(self, number: int, best: str = "") -> None:
        """Say that so many are done, unless something was said just now."""
        if not self.wanted or self.clock() < self.due:
            return
        if self.bar is None:
            self._make()
        self.bar.start()
        self.bar.update(self.task, completed=number, best=best and f"best: {best}", refresh=True)
        self.due = self.clock() + BETWEEN

    def _make(self) -> None:
        from rich import progress as rich_progress
        from rich.console import Console

        self.bar = rich_progress.Progress(
            rich_progress.MofNCompleteColumn(),
            rich_progress.TextColumn("{task.description}", markup=False),
            rich_progress.BarColumn(bar_width=20),
            rich_progress.TimeRemainingColumn(),
            rich_progress.TextColumn("left"),
            rich_progress.TextColumn("{task.fields[best]}", markup=False),
            console=Console(file=self.stream),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self.task = self.bar.add_task(self.what, total=self.total, best="")

    def give_way(self) -> None:
        """Take the line away for one that is printed on the same terminal."""
        if self.bar is not None:
            self.bar.stop()
            self.due = self.clock() + SILENT


def progress(
    items: Iterable[T],
    total: int,
    what: str,
    stream: TextIO | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[T]:
    """The items, with how many of them have come on a terminal once a second has passed."""
    line = Progress(total, what, stream, clock)
    try:
        for number, item in enumerate(items, 1):
            line.show(number)
            yield item
    finally:
        line.give_way()
