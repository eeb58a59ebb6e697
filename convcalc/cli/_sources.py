"""Reading the sources that a command names."""

import os
import sys
from typing import BinaryIO, cast

import click

from convcalc.models.sources import callable_source, is_callable, is_onnx, onnx_source
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import (
    LARGEST_FILE,
    YAML_ENDINGS,
    decode_source,
    load_all,
    networks,
    path_of,
    read_source,
    source_documents,
)
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import Source
from convcalc.text.syntax.tree import Document

STDIN = "-"


def read_networks(source: str, settings: Settings) -> list[Network]:
    """The networks of one source; `-` is standard input."""
    if source == STDIN:
        return networks(read_stdin(), settings)
    found = model(source, settings)
    if found is not None:
        return networks(found, settings, is_yaml=True)
    return load_all(_as_utf8(source), settings)


def model(source: str, settings: Settings) -> Source | None:
    """The spec of an ONNX file, or of a model's callable, `torch:package.module:callable`."""
    if is_callable(source):
        return run_callable(source, settings)
    source = _as_utf8(source)
    return onnx_source(source, settings.input) if is_onnx(source) else None


def run_callable(source: str, settings: Settings) -> Source:
    """The spec of what a callable makes; what its code raises is told."""
    from convcalc.cli._talk import say
    from convcalc.models.importers.torch_import import ModelFailed, shows_traceback

    try:
        return callable_source(source, settings.input, settings.mode)
    except ModelFailed as error:
        if shows_traceback():
            say(error.trace)
        raise


def read_documents(source: str) -> list[Document]:
    """The trees of one source, before anything is worked out."""
    if source == STDIN:
        return source_documents(read_stdin())
    path = path_of(_as_utf8(source))
    if path is None:
        return source_documents(Source(_as_utf8(source)))
    return source_documents(read_source(path), is_yaml=path.lower().endswith(YAML_ENDINGS))


def read_stdin(name: str = "<stdin>") -> Source:
    """What is piped in, under this name.

    Raises:
        ConvcalcError: standard input is closed or cannot be read.
    """
    if sys.stdin is None:
        raise ConvcalcError("standard input is closed")
    stream = cast(BinaryIO, sys.stdin.buffer)
    try:
        data = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ConvcalcError(f"cannot read standard input: {error.strerror}") from None
    return decode_source(data, name)


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
    if sources.count(STDIN) > 1:
        raise click.UsageError("standard input can be read only once")
    if sources:
        return sources
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise click.UsageError("give a source: a file, a spec such as vgg16, a pattern, or - ")
    return (STDIN,)
