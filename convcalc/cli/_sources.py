"""Reading the sources that a command names."""

import os
import sys
from typing import BinaryIO, cast

import click

from convcalc.errors import ConvcalcError
from convcalc.loading import LARGEST_FILE, decode, load_all, networks
from convcalc.network import Network, Settings

STDIN = "-"


def read_networks(source: str, settings: Settings) -> list[Network]:
    """The networks of one source; `-` is standard input."""
    if source != STDIN:
        return load_all(_as_utf8(source), settings)
    if sys.stdin is None:
        raise ConvcalcError("standard input is closed")
    stream = cast(BinaryIO, sys.stdin.buffer)
    try:
        data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConvcalcError(f"cannot read standard input: {error.strerror}") from None
    return networks(decode(data, "<stdin>"), settings)


def _as_utf8(argument: str) -> str:
    """An argument that the locale could not decode, such as `→` where it is ASCII."""
    if argument.isascii() or os.path.exists(argument):
        return argument
    try:
        return os.fsencode(argument).decode()
    except UnicodeError:
        return argument


def sources_or_stdin(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The sources as given; none with input piped means standard input."""
    if sources:
        return sources
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise click.UsageError("give a source: a file, a spec such as vgg16, a pattern, or - ")
    return (STDIN,)
