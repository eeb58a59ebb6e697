"""Other people's notation for patterns, and how it is written here.

A pattern that cannot be read is tried again with what other notations write differently: a
rewriting counts only where the whole pattern is a network then, so that a hint always works.
"""

import re
from collections.abc import Callable

from convcalc.layers import find_spelling, known_keywords
from convcalc.network.expansion import expand_document
from convcalc.network.graph import Settings
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.source import Source
from convcalc.text.syntax.pattern import parse_pattern

LONGEST = 2_000  # characters of a pattern that is tried again
MOST_SHOWN = 3  # corrected parts in a hint
WIDE = 16  # a window that wide is a number of filters

Rewriting = tuple[str, Callable[[re.Match[str]], str | None]]


def respelled_hint(text: str, settings: Settings | None) -> str:
    """How the parts that cannot be read are written here; empty where nothing helps."""
    if len(text) > LONGEST:
        return ""
    parts: list[str] = []
    for expression, written in _REWRITINGS:
        text = re.sub(expression, _noting(written, parts), text)
    if not parts or not _is_network(text, settings):
        return ""
    if "->" in parts:  # of arrows the whole is shown
        return f"write `{text.strip()}`"
    shown = list(dict.fromkeys(parts))[:MOST_SHOWN]
    return f"write {' and '.join(f'`{part}`' for part in shown)}"


def _noting(
    written: Callable[[re.Match[str]], str | None], parts: list[str]
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        found = written(match)
        if found is None or found == match[0]:
            return match[0]
        parts.append(found.strip())
        return found

    return replace


def _is_network(text: str, settings: Settings | None) -> bool:
    try:
        expand_document(parse_pattern(Source(text), known_keywords()), settings)
    except (ConvcalcError, SpecError):
        return False
    return True


def _with_values(match: re.Match[str]) -> str | None:
    """`CONV(64)`, `CONV(64, 3)`, `FC(10)`, `POOL(2)`, `DROPOUT(0.5)`: values without names."""
    word, values = match[1], [value.strip() for value in match[2].split(",")]
    spelling = find_spelling(word)
    if spelling is None or spelling.type.declares_size:
        return None
    options = spelling.type.options_by_name()
    small = "f" in options and len(values) == 1 and values[0].isdigit() and int(values[0]) < WIDE
    if "k" in options and len(values) <= 2 and all(map(str.isdigit, values)) and not small:
        window = values[1] if len(values) == 2 and "f" in options else ""
        return f"{word}{window}-{values[0]}" if len(values) == 1 or window else None
    if "f" in options and len(values) == 1 and values[0].isdigit():
        return f"{word}{values[0]}"
    first = next(iter(options.values()), None)
    return f"{word}({first.name}={values[0]})" if first is not None and len(values) == 1 else None


def _with_filters(match: re.Match[str]) -> str | None:
    """`FC10`, `FC 10`, `CONV64`: a number behind a layer that can be no window is its size."""
    word, number = match[1], match[2]
    spelling = find_spelling(word)
    if spelling is None or word.lower() + number in known_keywords():
        return None
    options = spelling.type.options_by_name()
    window = "f" in options and int(number) < WIDE
    return f"{word}-{number}" if "k" in options and not window else None


def _spaced(match: re.Match[str]) -> str | None:
    """`CONV 3x3 64`: a window and a number of filters."""
    word, window, number = match.groups()
    spelling = find_spelling(word)
    both = spelling is not None and {"f", "k"} <= spelling.type.options_by_name().keys()
    return f"{word}{window}-{number}" if both else None


def _sized_input(match: re.Match[str]) -> str:
    sizes = re.split(r"\s*[,*x×X]\s*", match[1].strip())
    return f"INPUT[{'x'.join(sizes)}]"


def _bracketed(match: re.Match[str]) -> str | None:
    """A chain in round brackets or braces; what stands behind a keyword are arguments."""
    return f"[{match[1].strip()}]{match[2].replace(' ', '')}"


_SIZES = r"([0-9]+(?:\s*[,*x×X]\s*[0-9]+){1,3})"
_CHAIN = r"[A-Za-z][^(){}\[\]]*(?:->|→)[^(){}\[\]]*"
_REWRITINGS: list[Rewriting] = [
    (rf"(?i)\bINPUT\s*[\[(]\s*{_SIZES}\s*[\])]", _sized_input),
    (rf"(?i)\bINPUT\s+{_SIZES}", _sized_input),
    (rf"(?<![\w)\]])[({{]\s*({_CHAIN})[)}}]((?:\s*\*\s*\w+)?)", _bracketed),
    (r"([0-9]+)\s*\*\s*(\[[^\[\]]*\])", lambda match: f"{match[2]}*{match[1]}"),
    (r"(\[[^\[\]]*\])\s*(?:\^|x|X)\s*([0-9]+)", lambda match: f"{match[1]}*{match[2]}"),
    (r"\b([A-Za-z]\w*)\(\s*([0-9.]+(?:\s*,\s*[0-9.]+)*)\s*\)", _with_values),
    (r"\b([A-Za-z]+) +([0-9]+(?:x[0-9]+)*) +([0-9]+)\b", _spaced),
    (r"\b([A-Za-z]+) ?([0-9]+)(?![\w(=.x])(?!\s*[-/][0-9])", _with_filters),
    (r"\b([A-Za-z][\w/-]*\([^()]*)\bD(\s*=\s*[0-9]+[^()]*\))", lambda m: f"{m[1]}d{m[2]}"),
    (r"\s*(?:=>|-->|(?<!-)>)\s*", lambda _: " -> "),
]


def with_respelling(error: SpecError, text: str, settings: Settings | None) -> SpecError:
    """The error with a hint that shows how its pattern is written here, where one is found."""
    if hint := respelled_hint(text, settings):
        error.reword(hint)
    return error
