"""What the arguments of `check` name: files, folders, globs, specs, patterns, standard input."""

import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from convcalc.models.sources import is_callable, is_onnx
from convcalc.network import shipped
from convcalc.network.loading import SPEC_ENDINGS, YAML_ENDINGS, is_library, path_of
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

STDIN = "-"
Say = Callable[[str], None]
_WILD = set("*?[")


class Origin(NamedTuple):
    """One thing to check: a file, a pattern (no path), or what is wrong with the argument."""

    text: str  # as it was written or found
    path: str | None = None
    error: ConvcalcError | None = None
    shipped: bool = False  # named, not given as a file: no project file is beside it
    is_callable: bool = False  # whose code is run: written as one, and no file
    leaves: bool = False  # a link that was found, and leads out of where it was looked for

    @property
    def is_yaml(self) -> bool | None:
        """Whether its text is YAML; None where only the text can tell."""
        return None if self.path is None else self.path.lower().endswith(YAML_ENDINGS)

    @property
    def is_onnx(self) -> bool:
        """Whether it is named as an ONNX file."""
        return self.path is not None and is_onnx(self.path)

    @property
    def is_library(self) -> bool:
        """Whether it is named as a file that only others include, as in `_resnet.yaml`."""
        return self.path is not None and is_library(self.path)


def find_origins(arguments: Iterable[str], say: Say = lambda _: None) -> list[Origin]:
    """Everything that the arguments name, each file once, in the order given.

    `say` is told of links in folders and globs that lead out of them: these are not followed.
    """
    found: dict[str, Origin] = {}
    for argument in arguments:
        for origin in _expand_argument(argument):
            if origin.leaves:
                text = printable(origin.text)[:200]
                say(f"note: {text}: a link out of the folder that is checked, not followed")
                continue
            key = os.path.abspath(origin.path) if origin.path is not None else f" {origin.text}"
            found.setdefault(key, origin)
    return list(found.values())


def _expand_argument(argument: str) -> Iterator[Origin]:
    if argument == STDIN or os.path.isfile(argument):
        yield Origin(argument, None if argument == STDIN else argument)
    elif os.path.isdir(argument) and not shipped.spec_path(argument):
        yield from _in_folder(argument)
    else:
        files = list(_glob_paths(argument)) if _WILD.intersection(argument) else []
        root = _folder_before(argument)
        if not files and is_callable(argument):
            yield Origin(argument, is_callable=True)
            return
        found = [_found(path, root) for path in files]
        yield from found
        if all(each.leaves for each in found):
            yield from _named_origins(argument)


def _folder_before(glob: str) -> str:
    """The folder that a glob looks in: what stands in front of its first wild part."""
    fixed = []
    for part in glob.split("/")[:-1]:
        if _WILD.intersection(part):
            break
        fixed.append(part)
    return "/".join([*fixed, ""]) if fixed else ""


def _found(path: str, root: str) -> Origin:
    """A file that was found below a folder, which a link in its path may lead out of."""
    return Origin(path, path, leaves=_leads_out(path, root))


def _leads_out(path: str, root: str) -> bool:
    real, inside = os.path.realpath(path), os.path.realpath(root or os.curdir)
    return os.path.commonpath([real, inside]) != inside


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
    for path in paths:
        if os.path.isdir(path):
            if "**" in pattern and _leads_out(path, _folder_before(pattern)):
                yield path  # told as a link that is not followed
        elif os.path.isfile(path) and not is_library(path):
            yield path


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
        for here, names in _walk_folders(folder):
            if names is None:
                yield here
                continue
            yield from _matching_paths(glob.escape(os.path.join(here, "")) + rest)


def spec_paths(folder: str) -> list[str]:
    """The specs in a folder and below.

    Raises:
        ConvcalcError: a folder of it cannot be read.
    """
    origins = list(_in_folder(folder))
    for origin in origins:
        if origin.error is not None:
            raise origin.error
    return [origin.text for origin in origins]


def _in_folder(folder: str) -> Iterator[Origin]:
    """The YAML files in a folder and below, by name, without those that only others include."""
    for here, names in _walk_folders(folder):
        if names is None:
            yield Origin(here, leaves=True)
            continue
        if isinstance(names, OSError):
            yield Origin(here, None, ConvcalcError(f"{printable(here)}: {names.strerror}"))
            continue
        paths = [os.path.join(here, name) for name in names if not is_library(name)]
        yield from (_found(path, folder) for path in paths if _is_spec(path))


def _walk_folders(folder: str) -> Iterator[tuple[str, list[str] | OSError | None]]:
    """A folder ("" is the current one) and those below, each once, with what is not hidden.

    None stands for the names in a folder that a link leads to, out of the first one.
    """
    entered: set[str] = set()
    root = os.path.realpath(folder or os.curdir)
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in entered:
            continue  # a link that leads back
        if os.path.commonpath([real, root]) != root:
            yield here, None
            continue
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
