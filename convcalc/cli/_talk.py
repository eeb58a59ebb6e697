"""What is told beside the answer, on standard error."""

import os
import sys
from typing import TextIO

import click

from convcalc.render.inert import inert_text

UNKNOWN = 80  # columns of a terminal that does not say


def say(text: str) -> None:
    """Print on standard error; where that takes nothing there is nobody to tell.

    On a terminal words stay whole where a line ends, and quoted lines as they are.
    """
    width = width_of_terminal(sys.stderr)
    if width and any(len(line) > width for line in text.split("\n")):
        from convcalc.render.tables import wrapped

        text = "\n".join(wrapped(text.split("\n"), width, quoted="    "))
    try:
        click.echo(inert_text(text), err=True)
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # what is left in the buffer goes there


def width_of_terminal(stream: TextIO | None) -> int | None:
    """Columns of the terminal that a stream is, or None when it is none."""
    if stream is None or not stream.isatty():
        return None
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdecimal() and len(given) < 5:
        return max(20, int(given))
    try:
        return os.get_terminal_size(stream.fileno()).columns or UNKNOWN
    except OSError:
        return UNKNOWN
