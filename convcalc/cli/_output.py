"""Where output goes: standard output, or a file that is there whole or not at all."""

import os
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from convcalc.cli._help import OUTPUT, option
from convcalc.cli._talk import say, width_of_terminal
from convcalc.render.formats import FORMATS, View, renderer
from convcalc.render.inert import inert_output
from convcalc.text.errors import ERROR, ConvcalcError, internal_error
from convcalc.text.source import printable

if TYPE_CHECKING:
    from convcalc.network.graph import Network, Settings
    from convcalc.text.errors import Finding

T = TypeVar("T")
OUTPUT_OPTION = option(
    OUTPUT, "-o", "--output", type=click.Path(dir_okay=False), help="Write a file instead."
)


ENDINGS = {".json": "json", ".csv": "csv", ".md": "markdown", ".html": "html", ".jsonl": "jsonl",
           ".xml": "junit", ".sarif": "sarif"}  # fmt: skip
FOR_TEXT = ("", ".txt", ".text", ".log", ".out")  # endings that promise nothing else


def format_option(
    command: str, else_words: str = "", of_file: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option `--format` of a command; not given it follows the ending of `-o`.

    `else_words` say what it is where the ending says nothing and the command chooses by itself;
    `of_file` is false where `-o` writes something else than the answer.
    """
    known = list(FORMATS[command])
    endings = [ending for ending, style in ENDINGS.items() if style in known] if of_file else []

    def follow(context: click.Context, _: click.Parameter, given: str | None) -> str | None:
        # click takes what stands on the command line first: -o is known here, if it was given.
        return given or _style_of(context.params.get("output"), endings) or default

    default = None if else_words else known[0]
    words = else_words or known[0]
    words = f"by -o's ending, {', '.join(endings)}; else {words}" if endings else words
    return option(OUTPUT, "--format", "style", type=click.Choice(known), callback=follow,
                  help=f"How to print it.  [{words}]")  # fmt: skip


def _style_of(output: str | None, endings: list[str]) -> str | None:
    """The format that a file's name promises; another promise is not kept, and told."""
    ending = os.path.splitext(output or "")[1].lower()
    if ending in endings:
        return ENDINGS[ending]
    if endings and ending not in FOR_TEXT:
        known = ", ".join(endings)
        say(f"note: {output} gets text: only {known} and --format ask for other formats")
    return None


def rendered(command: str, style: str, answer: Any, output: str | None, **fields: Any) -> Any:
    """An answer in a format, for a file or for the terminal there is."""
    if output is None and style == "html" and sys.stdout.isatty():
        raise click.UsageError("HTML is for a browser: name a file with -o report.html")
    if output is None:
        fields |= {"width": terminal_width(), "colour": colour_wanted()}
    found = renderer(command, style)(answer, View(**fields))
    if isinstance(found, str):
        return inert_output(style, found)
    return (inert_output(style, line) for line in found)


def answers_for(
    sources: tuple[str, ...],
    settings: "Settings",
    answer: "Callable[[Network, str], Iterable[T]]",
) -> tuple[list[T], list[ConvcalcError]]:
    """What is answered for each network of each source, and what could not be read."""
    from convcalc.cli._options import refuse_unused
    from convcalc.cli._sources import read_networks, sources_or_stdin

    found: list[T] = []
    errors: list[ConvcalcError] = []
    for source in sources_or_stdin(sources):
        try:
            for network in read_networks(source, settings):
                found += answer(network, source)
        except ConvcalcError as error:
            errors += error.parts()
        except click.ClickException:
            raise
        except Exception as error:
            errors.append(internal_error(error, source))
    if not errors:
        refuse_unused(settings)
    return found, errors


def print_errors(errors: list[ConvcalcError]) -> None:
    """What could not be read, on standard error."""
    for error in errors:
        say(f"error: {error.at_prompt()}")


class OutputFailed(Exception):
    """Standard output takes no more: its reader has gone, or the disk is full."""


def echo(text: str, newline: bool = True) -> None:
    """Print on standard output; colours are there only where they are wanted.

    Raises:
        OutputFailed: it could not be written; the cause is the system's error.
    """
    try:
        click.echo(text, nl=newline, color=True)
    except OSError as error:
        raise OutputFailed from error


def write(text: str, path: str | None, wrong: str = "") -> None:
    """Print, or write a file beside its place and rename it.

    On a terminal a line says that the file is there; where something is `wrong`, as
    `2 errors`, it says so anywhere, since nothing else does.
    """
    if path is None or path == "-":
        echo(text, newline=not text.endswith("\n"))
        return
    try:
        _replace(text if text.endswith("\n") else text + "\n", path)
    except OSError as error:
        raise ConvcalcError(
            f"cannot write {path or 'a file without a name'}: {error.strerror}"
        ) from None
    if os.path.isfile(path) and (wrong or width_of_terminal(sys.stderr)):
        say(f"wrote {printable(path)}{': ' if wrong else ''}{wrong}")


def error_words(findings: "Iterable[Finding]", over: int = 0) -> str:
    """How many errors a file lists, and how many runs in it are over their limit."""
    errors = sum(finding.severity == ERROR for finding in findings)
    found = [f"{errors} error{'s' * (errors > 1)} listed there"] if errors else []
    return ", ".join([*found, *([f"{over} over the limit of memory"] if over else [])])


def _replace(text: str, path: str) -> None:
    if os.path.exists(path) and not os.path.isfile(path):  # /dev/stdout, a pipe: no real path
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        return
    import tempfile

    target = os.path.realpath(path)
    handle, beside = tempfile.mkstemp(dir=os.path.dirname(target), prefix=".convcalc-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
        os.chmod(beside, _mode(target))
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise


def _mode(target: str) -> int:
    """Permissions of the file that is there, or those that a new one would get."""
    if os.path.exists(target):
        return os.stat(target).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def terminal_width() -> int | None:
    """Columns of the terminal that standard output is, or None when it is none."""
    return width_of_terminal(sys.stdout)


def colour_wanted() -> bool:
    """Colours on a terminal, unless NO_COLOR or a dumb terminal says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty()
