"""The project file's own notation: TOML's tables or the sections of setup.cfg as budgets."""

from math import isfinite
from typing import Any, NamedTuple

from convcalc.memory.cards import find_card
from convcalc.network.budget import KEYS, Budget, read_budget
from convcalc.network.loading import wide_encoding
from convcalc.text.errors import ConvcalcError, SpecError, nearest_hint
from convcalc.text.syntax.tree import Argument

ESTIMATES = ("safe", "expected")
MOST_GLOBS, LONGEST_GLOB, MOST_DIGITS = 1_000, 300, 4_300
MOST_PARTS = 100  # of a dotted key
SWITCHES = ("ignore", "estimate")  # keys that are no part of a budget

Tables = tuple[dict[str, Any], list[tuple[str, dict[str, Any]]]]


class Said(NamedTuple):
    """What a file says: of all networks, of those that match globs, and how to judge."""

    budget: Budget
    budgets: tuple[tuple[str, Budget], ...]
    ignore: tuple[str, ...]
    estimate: str | None


def parse_project(data: bytes, is_toml: bool) -> Said | None:
    """What a file says; None where it has no section of ours.

    Raises:
        ValueError, ConvcalcError: it says something that cannot be.
    """
    tables = (_read_toml if is_toml else _read_cfg)(data)
    if tables is None:
        return None
    own, budgets = tables
    if len(budgets) > MOST_GLOBS or any(len(glob) > LONGEST_GLOB for glob, _ in budgets):
        raise ValueError(f"budgets of more than {MOST_GLOBS:,} globs, or globs of more than "
                         f"{LONGEST_GLOB} characters")  # fmt: skip
    known = [*KEYS, *SWITCHES, *(["budgets"] if is_toml else [])]
    keys = {name: value for name, value in own.items() if name not in SWITCHES}
    return Said(
        _read_budget(keys, "", known),
        tuple((glob, _read_budget(keys, f"budgets.{glob}: ", KEYS)) for glob, keys in budgets),
        _read_codes(own.get("ignore", [])),
        _read_estimate(own.get("estimate")),
    )


def _decode_text(data: bytes) -> str:
    wide = wide_encoding(data)
    if wide:
        raise ConvcalcError(f"the text is {wide}, not UTF-8", "save the file as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8: byte 0x{data[error.start]:02x}") from None


def _read_toml(data: bytes) -> Tables | None:
    import tomllib

    text = _decode_text(data)
    _refuse_long_keys(text)
    try:
        tool = tomllib.loads(text).get("tool")
    except tomllib.TOMLDecodeError:
        raise
    except ValueError:  # Python converts no more
        raise ValueError(f"a number of more than {MOST_DIGITS:,} digits") from None
    table = tool.get("convcalc") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ValueError("`tool.convcalc` must be a table")
    budgets = table.pop("budgets", {})
    if not isinstance(budgets, dict) or not all(isinstance(b, dict) for b in budgets.values()):
        raise ValueError("`tool.convcalc.budgets` must hold a table for each glob")
    return table, list(budgets.items())


def _refuse_long_keys(text: str) -> None:
    """Raise ValueError for a dotted key that Python reads in the square of its parts."""
    import re

    for line in text.splitlines():
        if line.count(".") >= MOST_PARTS:
            bare = re.sub(r"""'[^']*'|"[^"]*\"""", "_", line)
            keys = re.findall(r"(?<![\w-])(?:[\w-]+[ \t]*\.[ \t]*)+", bare)
            if any(key.count(".") >= MOST_PARTS for key in keys):
                raise ValueError(f"a key of more than {MOST_PARTS} parts")


def _read_cfg(data: bytes) -> Tables | None:
    import configparser

    parser = configparser.RawConfigParser(default_section="")  # [DEFAULT] is another's
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keeps capitals
    try:
        parser.read_string(_decode_text(data), "setup.cfg")
    except configparser.Error as error:
        raise ValueError(str(error).replace("\n", " ")) from None
    own, budgets = "tool:convcalc", []
    for section in parser.sections():
        if section.startswith(f"{own}:"):
            budgets.append((section[len(own) + 1 :], _plain_values(parser[section])))
    if not budgets and not parser.has_section(own):
        return None
    return _plain_values(parser[own]) if parser.has_section(own) else {}, budgets


def _plain_values(section: Any) -> dict[str, Any]:
    """Texts as the values that TOML would have."""
    found: dict[str, Any] = {}
    for name, text in section.items():
        if name == "ignore":
            found[name] = text.replace(",", " ").split()
        elif text.lower() in ("true", "yes", "false", "no"):
            found[name] = text.lower() in ("true", "yes")
        else:
            found[name] = _number_or_text(name, text)
    return found


def _number_or_text(name: str, text: str) -> int | float | str:
    """As TOML has it: a number is of the digits 0 to 9."""
    if len(text) > MOST_DIGITS and text.lstrip("+-").isdecimal():
        raise ValueError(f"{name}: a number of {len(text):,} digits")
    for kind in (int, float) if text.isascii() else ():
        try:
            number = kind(text)
        except ValueError:
            continue
        return text if isinstance(number, float) and not isfinite(number) else number
    return text


def _read_budget(keys: dict[str, Any], where: str, known: list[str]) -> Budget:
    for name in keys:
        if name not in KEYS:
            raise ConvcalcError(f"{where}unknown key `{name[:60]}`", nearest_hint(name, known))
    try:
        budget = read_budget({n: Argument(n, value, path=n) for n, value in keys.items()})
    except SpecError as error:
        raise ConvcalcError(f"{where}{error.message}", error.hint) from None
    if budget.gpu is not None:
        find_card(budget.gpu)
    return budget


def _read_codes(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(code, str) for code in value):
        raise ValueError("`ignore` must be a list of codes")
    return tuple(value)


def _read_estimate(value: object) -> str | None:
    if value is not None and value not in ESTIMATES:
        raise ValueError(f"`estimate` must be one of {', '.join(ESTIMATES)}, not `{value}`")
    return str(value) if value is not None else None
