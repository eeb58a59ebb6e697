"""The project file: what a repository says about all of its networks.

`[tool.convcalc]` in pyproject.toml or `[tool:convcalc]` in setup.cfg, in the nearest folder
upwards of a spec that has either; pyproject.toml wins within a folder. Budgets of single
files stand under `[tool.convcalc.budgets."GLOB"]` or `[tool:convcalc:GLOB]`, relative to the
project file; of several that match, the last has the last word.
"""

import errno
import os
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from convcalc.answers.limits import first_of
from convcalc.network.budget import Budget
from convcalc.network.loading import failure_words, open_regular
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable, shortened

PYPROJECT, SETUP_CFG = "pyproject.toml", "setup.cfg"
MARKS = {PYPROJECT: b"convcalc", SETUP_CFG: b"[tool:convcalc"}
_ESCAPED = rb"\\(?:u00|U000000|x)([2-7][0-9a-fA-F])"  # ASCII, as a key of TOML may have it
LARGEST = 2**20  # bytes


class Project(NamedTuple):
    """What a project file says; an empty one stands for none."""

    path: str = ""
    budget: Budget = Budget()
    budgets: tuple[tuple[str, Budget], ...] = ()  # glob, budget
    ignore: tuple[str, ...] = ()
    estimate: str | None = None

    def budget_for(self, path: str | None) -> Budget:
        """The budget of a file: that of the last glob that matches it first."""
        if path is None or not self.budgets:
            return self.budget
        name = os.path.relpath(os.path.abspath(path), os.path.dirname(self.path))
        name = name.replace(os.sep, "/")
        matching = [budget for glob, budget in self.budgets if matches_glob(name, glob)]
        return first_of([*reversed(matching), self.budget])


class Projects:
    """Finds the project file of each folder, and reads it once.

    A file of that name that cannot be read, of whatever kind, is passed over, and `tell` takes a
    line that says so.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._found: dict[str, Project] = {}
        self._tell = tell

    def project_of(self, folder: str) -> Project:
        """The project of a folder: its own file, or that of the folder above.

        Raises:
            ConvcalcError: the file is there and says something that cannot be.
        """
        folder = os.path.abspath(folder)
        passed = []
        while folder not in self._found:
            passed.append(folder)
            above = os.path.dirname(folder)
            own = _read_project(folder, self._tell)
            if own is not None or above == folder:
                self._found[folder] = own or Project()
                break
            folder = above
        for name in passed:
            self._found[name] = self._found[folder]
        return self._found[folder]


def matches_glob(path: str, glob: str) -> bool:
    """Whether a path matches; `*` stays within a folder, `**` does not.

    One pass over the glob with every place of the path that it may have come to: no glob of a
    stranger can make it try again and again.
    """
    reached, size = {0}, len(path)
    for part in _glob_parts(glob):
        first = min(reached)
        if part == "**":
            reached = set(range(first, size + 1))
        elif part == "**/":
            reached |= {k + 1 for k in range(first, size) if path[k] == "/"}
        elif part == "*":
            for k in range(first, size):
                if k in reached and path[k] != "/":
                    reached.add(k + 1)
        else:
            reached = {k + 1 for k in reached
                       if k < size and path[k] != "/" * (part == "?")
                       and part in ("?", path[k])}  # fmt: skip
        if not reached:
            return False
    return size in reached


@cache
def _glob_parts(glob: str) -> list[str]:
    import re

    return re.findall(r"\*\*/|\*\*|.", glob, re.DOTALL)


def _plain_bytes(data: bytes) -> bytes:
    """A text of ASCII as it would stand in UTF-8 without escapes, to be looked at only."""
    if b"\0" in data:  # UTF-16 or UTF-32
        data = data.replace(b"\0", b"")
    if b"\\" in data:
        import re

        data = re.sub(_ESCAPED, lambda match: bytes([int(match[1], 16)]), data)
    return data


def _bytes_of(path: str) -> tuple[bytes, str]:
    """What a file says, as far as we read it, and why there is nothing where one is."""
    try:
        with open_regular(path) as file:
            return file.read(LARGEST + 1), ""
    except ValueError:
        return b"", ""  # no path at all
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.ENXIO) or os.path.isdir(path):  # ENXIO: a socket
            return b"", "not a regular file"
        return b"", failure_words(path, error) if os.path.lexists(path) else ""


def _read_project(folder: str, tell: Callable[[str], None]) -> Project | None:
    for name, mark in MARKS.items():
        path = os.path.join(folder, name)
        data, why = _bytes_of(path)
        large = f"larger than {LARGEST // 2**20} MiB" if len(data) > LARGEST else ""
        if mark not in data and mark not in _plain_bytes(data):
            if why or large:
                tell(f"note: {printable(path)} is passed over: {why or large}")
            continue
        if large:
            raise ConvcalcError(f"{printable(path)}: {large}")
        from convcalc.answers.project_file import parse_project  # few folders have one

        try:
            said = parse_project(data, is_toml=name == PYPROJECT)
        except (ValueError, ConvcalcError) as error:
            message = error.message if isinstance(error, ConvcalcError) else str(error)
            hint = error.plain_hint if isinstance(error, ConvcalcError) else ""
            raise ConvcalcError(f"{printable(path)}: {shortened(message, 500)}", hint) from None
        except RecursionError:
            raise ConvcalcError(f"{printable(path)}: nested too deeply") from None
        if said is not None:
            return Project(path, *said)
    return None
