"""What the arguments of `check` name: files, folders, globs, specs, patterns, standard input."""

import os
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from convcalc.network import shipped
from convcalc.network.loading import SPEC_ENDINGS, YAML_ENDINGS, is_library, path_of
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

STDIN = "-"
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
        return self.path is not None and is_library(self.path)


def find_origins(arguments: Iterable[str]) -> list[Origin]:
    """Everything that the arguments name, each file once, in the order given."""
    found: dict[str, Origin] = {}
    for argument in arguments:
        for origin in _expand_argument(argument):
            key = os.path.abspath(origin.path) if origin.path is not None else f" {origin.text}"
            found.setdefault(key, origin)
    return list(found.values())


def _expand_argument(argument: str) -> Iterator[Origin]:
    if is_model(argument):
        yield Origin(argument)
    elif argument == STDIN or os.path.isfile(argument):
        yield Origin(argument, None if argument == STDIN else argument)
    elif os.path.isdir(argument) and not shipped.spec_path(argument):
        yield from _in_folder(argument)
    else:
        files = list(_glob_paths(argument)) if _WILD.intersection(argument) else []
        yield from (Origin(path, path) for path in files) if files else _named_origins(argument)


def is_model(argument: str) -> bool:
    """Whether an argument is a model to import: an ONNX file, or a callable of Python."""
    return argument.startswith("torch:") or argument.lower().endswith(".onnx")


def _named_origins(argument: str) -> Iterator[Origin]:
    """A spec or a pattern; a glob is what is nothing else."""
    try:
        path = path_of(argument)
        yield Origin(argument, path, shipped=path is not None and path != argument)
    except ConvcalcError as error:
        wild = ConvcalcError(f"{printable(argument)[:80]}: no file matches")
        yield Origin(argument, None, wild if _WILD.intersection(argument) else error)


def _glob_paths(pattern: str) -> Iterator[str]:
    paths = sorted(set(_matching_paths(pattern)))
    yield from (path for path in paths if os.path.isfile(path) and not is_library(path))


def _matching_paths(pattern: str) -> Iterator[str]:
    """What a glob matches; under `**` each folder once, where glob itself follows every link."""
    import glob

    parts = pattern.split("/")
    if "**" not in parts:
        yield from glob.iglob(pattern)
        return
    place = parts.index("**")
    rest = "/".join(parts[place + 1 :]) or "*"
    above = "/".join(parts[:place])
    for folder in glob.iglob(f"{above}/") if place else ("",):
        for here, _ in _walk_folders(folder):
            yield from _matching_paths(glob.escape(os.path.join(here, "")) + rest)


def _in_folder(folder: str) -> Iterator[Origin]:
    """The YAML files in a folder and below, by name, without those that only others include."""
    for here, names in _walk_folders(folder):
        if isinstance(names, OSError):
            yield Origin(here, None, ConvcalcError(f"{printable(here)}: {names.strerror}"))
            continue
        paths = [os.path.join(here, name) for name in names if not is_library(name)]
        yield from (Origin(path, path) for path in paths if _is_spec(path))


def _walk_folders(folder: str) -> Iterator[tuple[str, list[str] | OSError]]:
    """A folder ("" is the current one) and those below, each once, with what is not hidden."""
    entered: set[str] = set()
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in entered:
            continue  # a link that leads back
        entered.add(real)
        try:
            names = sorted(name for name in os.listdir(here or os.curdir) if name[0] != ".")
        except OSError as error:
            yield here, error
            continue
        yield here, names
        paths = (os.path.join(here, name) for name in reversed(names))
        waiting += [path for path in paths if os.path.isdir(path)]


def _is_spec(path: str) -> bool:
    """A file, or a link that leads nowhere, which is worth a word; no pipe and no device."""
    if not path.lower().endswith(SPEC_ENDINGS):
        return False
    return os.path.isfile(path) or (os.path.islink(path) and not os.path.exists(path))
