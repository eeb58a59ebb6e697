"""What the arguments of `check` name: files, folders, globs, specs, patterns, standard input."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from convcalc import shipped
from convcalc.errors import ConvcalcError
from convcalc.loading import YAML_ENDINGS, path_of
from convcalc.source import printable

STDIN = "-"
SPEC_ENDINGS = (".yaml", ".yml")
_WILD = set("*?[")


class Origin(NamedTuple):
    """One thing to check: a file, a pattern (no path), or what is wrong with the argument."""

    text: str  # as it was written or found
    path: str | None = None
    error: ConvcalcError | None = None
    shipped: bool = False  # named, not given as a file: no project file is beside it

    @property
    def is_yaml(self) -> bool | None:
        """Whether its text is YAML; None where only the text can tell."""
        return None if self.path is None else self.path.lower().endswith(YAML_ENDINGS)

    @property
    def is_library(self) -> bool:
        """Whether it is named as a file that only others include, as in `_resnet.yaml`."""
        name = os.path.basename(self.path or "")
        return name.startswith("_") and name.lower().endswith(SPEC_ENDINGS)


def origins(arguments: Iterable[str]) -> list[Origin]:
    """Everything that the arguments name, each file once, in the order given."""
    found: dict[str, Origin] = {}
    for argument in arguments:
        for origin in _expanded(argument):
            key = os.path.abspath(origin.path) if origin.path is not None else f" {origin.text}"
            found.setdefault(key, origin)
    return list(found.values())


def _expanded(argument: str) -> Iterator[Origin]:
    if argument == STDIN or os.path.isfile(argument):
        yield Origin(argument, None if argument == STDIN else argument)
    elif os.path.isdir(argument) and not shipped.path(argument):
        yield from (Origin(path, path) for path in _specs_in(argument))
    else:
        yield from _named(argument)


def _named(argument: str) -> Iterator[Origin]:
    """A spec, a pattern or a glob; a glob is what is nothing else."""
    try:
        path = path_of(argument)
        yield Origin(argument, path, shipped=path is not None and path != argument)
    except ConvcalcError as error:
        if not _WILD.intersection(argument):
            yield Origin(argument, None, error)
            return
        files = list(_globbed(argument))
        yield from (Origin(path, path) for path in files)
        if not files:
            yield Origin(argument, None, ConvcalcError(
                f"{printable(argument)[:80]}: no file matches"))  # fmt: skip


def _globbed(pattern: str) -> Iterator[str]:
    import glob

    for path in sorted(glob.iglob(pattern, recursive=True)):
        if os.path.isfile(path) and not os.path.basename(path).startswith("_"):
            yield path


def _specs_in(folder: str) -> Iterator[str]:
    """The YAML files in a folder and below, by name, each folder once.

    Hidden files and folders are left out, and files that only others include.
    """
    entered: set[str] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in entered:
            continue  # a link that leads back
        entered.add(real)
        folders = []
        for entry in _entries(here):
            if entry.is_dir():
                folders.append(entry.path)
            elif _is_spec(entry):
                yield entry.path
        waiting += reversed(folders)


def _entries(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return sorted((e for e in entries if e.name[0] not in "._"), key=lambda e: e.name)
    except OSError as error:
        raise ConvcalcError(f"{printable(folder)}: {error.strerror}") from None


def _is_spec(entry: "os.DirEntry[str]") -> bool:
    """A file, or a link that leads nowhere, which is worth a word; no pipe and no device."""
    ending = entry.name.lower().endswith(SPEC_ENDINGS)
    return ending and (entry.is_file() or (entry.is_symlink() and not os.path.exists(entry.path)))
