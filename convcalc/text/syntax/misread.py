"""What libyaml stumbles on, in words that say what to write."""

import re
from collections.abc import Container
from typing import NamedTuple

from convcalc.text.source import Source, Span, printable

_PATTERN = r"\[[^\n\"'#:{}]*?(?:->|→)"
_TIMES = r"\??(?:\s*[*×]\s*\w+)?"
_NO_SPACE = r"\s*(?:-\s+)?([A-Za-z_]\w*):(?![\s/]|$)(.*)"
NO_COLON = r"^\s*(?:-\s+)?(\w+) *\{"  # as in `- conv {filters: 8}`
LONGEST_LINE = 1_000  # characters of a line that a pattern is looked for in
_VALUE = r"[^\s,\]}]+"


class Mistake(NamedTuple):
    """What is wrong, where, and what to write."""

    message: str
    span: Span | None
    hint: str = ""


def unquoted_hint(text: str) -> str:
    """That a pattern in brackets needs quotes; empty where there is none."""
    found = _bracketed_pattern(text)
    return f'quote the pattern: "{text[slice(*found)]}"' if found else ""


def _bracketed_pattern(text: str) -> tuple[int, int] | None:
    """Where `[CONV -> RELU]*2` stands in a line, its brackets matched."""
    match = re.search(_PATTERN, text)
    if match is None or len(text) > LONGEST_LINE:
        return None
    depth = 0
    for place in range(match.start(), len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if not depth:
            times = re.compile(_TIMES).match(text, place + 1)
            return match.start(), times.end() if times else place + 1
    return None


def missing_space(text: str, keys: Container[str] | None = None) -> str:
    """What `filters:8` would be with a space; empty where the text is no such thing."""
    equal = re.fullmatch(r"\s*(?:-\s+)?([A-Za-z_]\w*) ?= ?([\w.]+)\s*", text)
    if equal:
        return f"YAML has a colon and a space: `{equal[1]}: {printable(equal[2][:40])}`"
    match = re.match(_NO_SPACE, text)
    if match is None or (keys is not None and match[1] not in keys):
        return ""
    value = match[2].split()[0] if keys is not None and match[2].split() else match[2]
    value = "{...}" if value.startswith("{") else printable(value[:40])
    return f"a space belongs behind the colon: `{match[1]}: {value}`"


def explain_yaml(source: Source, problem: str, at: int, began: int | None) -> Mistake:
    """What libyaml stumbled on, as far as the text shows it.

    Args:
        source: the text.
        problem: libyaml's words.
        at: where it stumbled.
        began: where that begins which it was reading.
    """
    here = Span(source, at, at + 1)
    line = _line_at(source, min(at, max(len(source.text.rstrip()) - 1, 0)))
    indent = re.match(r"[ ]*\t[ \t]*", line.text)
    if indent and ("token" in problem or "tab character" in problem):
        shown = indent[0].replace("\t", "→")
        spaces = "  " * len(indent[0])
        return Mistake(f"a tab indents this line, shown as `{shown}`: YAML takes spaces only",
                       _part(line, indent.start(), indent.end()),
                       f"write `{spaces}{printable(line.text.strip()[:40])}`")  # fmt: skip
    for each in (line, _line_at(source, max(line.start - 1, 0))):
        bounds = _bracketed_pattern(each.text)
        if bounds and "token" not in problem:
            return Mistake("YAML reads a pattern in brackets as a list", _part(each, *bounds),
                           unquoted_hint(each.text))  # fmt: skip
        spaceless = re.match(_NO_SPACE, each.text)
        if spaceless and "{" not in spaceless[2][:1]:
            return Mistake(f"there is no space behind `{spaceless[1]}:`",
                           _part(each, spaceless.start(1), spaceless.end(1) + 1),
                           missing_space(each.text))  # fmt: skip
    return _by_problem(source, problem, here, began, line.text)


def _by_problem(source: Source, problem: str, here: Span, began: int | None, line: str) -> Mistake:
    start = None if began is None else Span(source, began, began + 1)
    text = printable(line.strip()[:40])
    if "end of stream" in problem and start:
        return Mistake("this quote is never closed", start)
    if "',' or" in problem:
        if not source.text[here.start :].strip() and start:
            return Mistake("this bracket is never closed", start)
        mark = problem.rpartition("'")[0].rpartition("'")[2]
        return Mistake(f"expected `,` or `{mark}` here", here,
                       "a comma stands between two values, and a key has one value")  # fmt: skip
    if "expected '-'" in problem or "expected key" in problem or "block end" in problem:
        if text[:1] in "]}":
            return Mistake(f"there is no bracket that `{text[:1]}` closes", here)
        hint = "options stand further to the right than their layer's name, one below the other"
        return Mistake(f"`{text}` is indented as nothing above it", here, hint)
    if "start any token" in problem and here.text.strip():
        value = re.compile(_VALUE).match(source.text, here.start)
        quoted = f'quote it: "{value[0][:40]}"' if value else ""
        return Mistake(f"a value cannot begin with {here.text}", here, quoted)
    if "mapping values" in problem:
        joined = re.search(r"(\w+):[{\[]", line)
        if joined:
            return Mistake(f"there is no space behind `{joined[1]}:`", here,
                           f"write `{joined[1]}: {{...}}`")  # fmt: skip
        bare = re.search(NO_COLON, line)
        if bare:
            return Mistake(f"there is no colon behind `{bare[1]}`", here,
                           f"write `{bare[1]}: {{...}}`")  # fmt: skip
        return Mistake("there is one `: ` too many on this line", here,
                       "quote a text that has one in it")  # fmt: skip
    if "could not find expected ':'" in problem and start:
        at = source.text.rfind("\n", 0, start.start) + 1
        hint = missing_space(source.text[at:].partition("\n")[0])
        return Mistake("neither `key: value` nor an item of a list", start, hint)
    return Mistake(f"not valid YAML: {problem}", here)


class _Line(NamedTuple):
    source: Source
    start: int
    text: str


def _line_at(source: Source, offset: int) -> _Line:
    start = source.text.rfind("\n", 0, offset) + 1
    end = source.text.find("\n", start)
    return _Line(source, start, source.text[start : end if end >= 0 else len(source.text)])


def _part(line: _Line, start: int, end: int) -> Span:
    return Span(line.source, line.start + start, line.start + end)
