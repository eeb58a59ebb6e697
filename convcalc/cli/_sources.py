"""Reading the sources that a command names."""

import sys
from typing import BinaryIO, cast

import click

from convcalc.loading import LARGEST_FILE, decode, load_all, networks
from convcalc.network import Network, Settings

STDIN = "-"


def read_networks(source: str, settings: Settings) -> list[Network]:
    """The networks of one source; `-` is standard input."""
    if source != STDIN:
        return load_all(source, settings)
    stream = cast(BinaryIO, sys.stdin.buffer)
    return networks(decode(stream.read(LARGEST_FILE + 1), "<stdin>"), settings)


def sources_or_stdin(sources: tuple[str, ...]) -> tuple[str, ...]:
    """The sources as given; none with input piped means standard input."""
    if sources:
        return sources
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise click.UsageError("give a source: a file, a spec such as vgg16, a pattern, or - ")
    return (STDIN,)
