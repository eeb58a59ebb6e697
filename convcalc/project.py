"""The project file: what a repository says about all of its networks.

`[tool.convcalc]` in pyproject.toml or `[tool:convcalc]` in setup.cfg, in the nearest folder
upwards of a spec that has either; pyproject.toml wins within a folder. Budgets of single
files stand under `[tool.convcalc.budgets."GLOB"]` or `[tool:convcalc:GLOB]`, relative to the
project file; of several that match, the last has the last word.
"""

import os
from typing import Any, NamedTuple

from convcalc.budget import KEYS, Budget, read_budget
from convcalc.errors import ConvcalcError, SpecError, nearest
from convcalc.limits import first_of
from convcalc.memory.cards import find_card
from convcalc.source import printable
from convcalc.syntax.tree import Argument

PYPROJECT, SETUP_CFG = "pyproject.toml", "setup.cfg"
MARKS = {PYPROJECT: b"tool.convcalc", SETUP_CFG: b"[tool:convcalc"}
ESTIMATES = ("safe", "expected")
SWITCHES = ("ignore", "estimate")  # keys that are no part of a budget


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
        matching = [budget for glob, budget in self.budgets if matches(name, glob)]
        return first_of([*reversed(matching), self.budget])


class Projects:
    """Finds the project file of each folder, and reads it once."""

    def __init__(self) -> None:
        self._found: dict[str, Project] = {}

    def of(self, folder: str) -> Project:
        """The project of a folder: its own file, or that of the folder above.

        Raises:
            ConvcalcError: the file is there and says something that cannot be.
        """
        folder = os.path.abspath(folder)
        passed = []
        while folder not in self._found:
            passed.append(folder)
            above = os.path.dirname(folder)
            own = _read(folder)
            if own is not None or above == folder:
                self._found[folder] = own or Project()
                break
            folder = above
        for name in passed:
            self._found[name] = self._found[folder]
        return self._found[folder]


def matches(path: str, glob: str) -> bool:
    """Whether a path matches; `*` stays within a folder, `**` does not."""
    import re

    pattern = ""
    for part in re.split(r"(\*\*/|\*\*|\*|\?)", glob):
        wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part)
        pattern += wild if wild is not None else re.escape(part)
    return re.fullmatch(pattern, path, re.DOTALL) is not None


def _read(folder: str) -> Project | None:
    for name, mark in MARKS.items():
        path = os.path.join(folder, name)
        try:
            with open(path, "rb") as file:
                data = file.read()
        except (OSError, ValueError):
            continue  # none there, or none of ours to complain about
        if mark not in data:
            continue
        try:
            tables = (_toml if name == PYPROJECT else _cfg)(data)
            if tables is not None:
                return _project(path, *tables)
        except (ValueError, ConvcalcError) as error:
            message = error.message if isinstance(error, ConvcalcError) else str(error)
            hint = error.hint if isinstance(error, ConvcalcError) else ""
            raise ConvcalcError(f"{printable(path)}: {printable(message)}", hint) from None
    return None


Tables = tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]


def _toml(data: bytes) -> Tables | None:
    import tomllib

    table = tomllib.loads(data.decode("utf-8")).get("tool", {}).get("convcalc")
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ValueError("`tool.convcalc` must be a table")
    budgets = table.pop("budgets", {})
    if not isinstance(budgets, dict) or not all(isinstance(b, dict) for b in budgets.values()):
        raise ValueError("`tool.convcalc.budgets` must hold a table for each glob")
    return table, list(budgets.items())


def _cfg(data: bytes) -> Tables | None:
    import configparser

    parser = configparser.RawConfigParser()
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(data.decode("utf-8"), SETUP_CFG)
    except configparser.Error as error:
        raise ValueError(str(error).replace("\n", " ")) from None
    own, budgets = "tool:convcalc", []
    for section in parser.sections():
        if section.startswith(f"{own}:"):
            budgets.append((section[len(own) + 1 :], _plain(parser[section])))
    if not budgets and not parser.has_section(own):
        return None
    return _plain(parser[own]) if parser.has_section(own) else {}, budgets


def _plain(section: Any) -> dict[str, Any]:
    """Texts as the values that TOML would have."""
    found: dict[str, Any] = {}
    for name, text in section.items():
        if name == "ignore":
            found[name] = text.replace(",", " ").split()
        elif text.lower() in ("true", "yes", "false", "no"):
            found[name] = text.lower() in ("true", "yes")
        else:
            found[name] = _number(text)
    return found


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _project(path: str, own: dict[str, Any], budgets: list[tuple[str, dict[str, Any]]]) -> Project:
    keys = {name: value for name, value in own.items() if name not in SWITCHES}
    return Project(
        path,
        _budget(keys, "", [*KEYS, *SWITCHES, "budgets"]),
        tuple((glob, _budget(keys, f"budgets.{glob}: ", KEYS)) for glob, keys in budgets),
        _codes(own.get("ignore", [])),
        _estimate(own.get("estimate")),
    )


def _budget(keys: dict[str, Any], where: str, known: list[str]) -> Budget:
    for name in keys:
        if name not in KEYS:
            raise ConvcalcError(f"{where}unknown key `{name[:60]}`", nearest(name, known))
    try:
        budget = read_budget({n: Argument(n, value, path=n) for n, value in keys.items()})
    except SpecError as error:
        raise ConvcalcError(f"{where}{error.message}", error.hint) from None
    if budget.gpu is not None:
        find_card(budget.gpu)
    return budget


def _codes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise ValueError("`ignore` must be a list of codes")
    return tuple(value)


def _estimate(value: object) -> str | None:
    if value is not None and value not in ESTIMATES:
        raise ValueError(f"`estimate` must be one of {', '.join(ESTIMATES)}, not `{value}`")
    return str(value) if value is not None else None
