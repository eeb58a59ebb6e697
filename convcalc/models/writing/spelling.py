"""Words, values and mappings as YAML."""

import re

from convcalc.facts.kinds import ENDS
from convcalc.facts.window import Ends
from convcalc.models.writing.outline import Slot
from convcalc.text.source import printable

PLAIN = re.compile(r"[A-Za-z_][\w./-]*|\d+[A-Z][A-Za-z]+")  # conv1.0, 11GiB
PROSE = re.compile(r"[A-Za-z][\w ./()+-]*[\w)]|https?://[\w./?=&%~+-]+")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
WIDEST = 100
Lines = list[str]


def indent_lines(lines: Lines) -> Lines:
    """Two spaces further in."""
    return [f"  {line}" for line in lines]


def mapping_lines(word: str, said: list[tuple[str, str]]) -> Lines:
    """`- word: {name: value}` on one line, or one option a line where that is too wide."""
    line = f"- {word}: {{{', '.join(f'{name}: {value}' for name, value in said)}}}"
    if len(line) <= WIDEST:
        return [line]
    return [f"- {word}:", *(f"    {name}: {value}" for name, value in said)]


def spell_slot(slot: Slot, names: dict[tuple[str, str], str]) -> str:
    """A value, or the parameter of the block that stands for it."""
    if slot[:2] in names:
        return f"${names[slot[:2]]}"
    return yaml_value(slot[2])


def yaml_value(value: object) -> str:
    """A value as YAML has it; sizes as `3x5`, or one number where it holds along every axis."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple) and any(isinstance(each, Ends) for each in value):
        ends = [each if isinstance(each, Ends) else (each, each) for each in value]
        flat = [str(side) for both in ends for side in both]
        said = ", ".join(f"{name}: {side}" for name, side in zip(ENDS, flat, strict=False))
        return f"{{{said}}}"
    if isinstance(value, tuple):
        return str(value[0]) if len(set(value)) == 1 else "x".join(map(str, value))
    return yaml_word(value) if isinstance(value, str) else str(value)


def yaml_prose(text: str) -> str:
    """A title or an address; without quotes where YAML reads it as it stands."""
    return text if PROSE.fullmatch(text) and text.lower() not in WORDS else yaml_word(text)


def yaml_word(word: str) -> str:
    """A word, in quotes where YAML or a spec would read something else."""
    if PLAIN.fullmatch(word) and word.lower() not in WORDS:
        return word
    quoted = word.replace("\\", "\\\\").replace('"', '\\"')
    if not quoted.isprintable():
        quoted = "".join(c if c.isprintable() else _escaped(c) for c in quoted)
    return '"' + quoted.replace("##[", "\\x23#[") + '"'  # no command of a CI server


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\U{code:08x}"


def comment_line(text: str) -> str:
    """A comment, whose text cannot end it, nor be read as one to convcalc."""
    return "# " + printable(text).replace("#", "\\x23")
