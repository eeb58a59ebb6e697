"""Where output goes: standard output, or a file that is there whole or not at all."""

import os
import sys

import click

from convcalc.text.errors import ConvcalcError


def write(text: str, path: str | None) -> None:
    """Print, or write a file beside its place and rename it."""
    if path is None or path == "-":
        click.echo(text, nl=not text.endswith("\n"), color=True)  # there only where wanted
        return
    try:
        _replace(text if text.endswith("\n") else text + "\n", path)
    except OSError as error:
        raise ConvcalcError(
            f"cannot write {path or 'a file without a name'}: {error.strerror}"
        ) from None


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
    if "COLUMNS" in os.environ and os.environ["COLUMNS"].isdigit() and sys.stdout.isatty():
        return max(20, int(os.environ["COLUMNS"]))
    if not sys.stdout.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def colour_wanted() -> bool:
    """Colours on a terminal, unless NO_COLOR or a dumb terminal says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return sys.stdout.isatty()
