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


def respelled_pattern(text: str, settings: Settings | None) -> tuple[str, str]:
    """How a pattern is written here, and a hint that shows the parts that change.

    Both are empty where nothing helps.
    """
    if len(text) > LONGEST:
        return "", ""
    parts: list[str] = []
    plain = text.translate(_PLAIN)
    whole = plain != text
    for expression, written in _REWRITINGS:
        plain = re.sub(expression, _noting(written, parts), plain)
    if not (parts or whole) or not _is_network(plain, settings):
        return "", ""
    plain = plain.strip()
    if whole or "->" in parts:  # of arrows and characters the whole is shown
        return plain, f"write `{plain}`"
    kept = [part for part in parts if not any(part in other != part for other in parts)]
    shown = list(dict.fromkeys(kept))[:MOST_SHOWN]
    return plain, f"write {' and '.join(f'`{part}`' for part in shown)}"


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
    """`CONV(64)`, `CONV(64, 3)`, `FC(10)`, `POOL(2)`, `DROPOUT(0.5)`: values without names.

    As in PyTorch, input channels stand in front: `Conv2d(3, 64, 3)`, `Linear(512, 10)`.
    """
    word, values = match[1], [value.strip() for value in match[2].split(",")]
    spelling = find_spelling(word)
    if spelling is None or spelling.type.declares_size:
        return None
    options, window, many = spelling.type.options_by_name(), values[-1], len(values)
    numbers = all(map(str.isdigit, values[:-1])) and re.fullmatch(r"[0-9]+(x[0-9]+)?", window)
    if "k" in options and numbers:
        if "f" not in options:
            return f"{word}-{values[-1]}" if many <= 2 else None
        if many == 1:
            small = not window.isdigit() or int(window) < WIDE
            return f"{word}{window}" if small else f"{word}-{window}"
        return f"{word}{window}-{values[-2]}" if many <= 3 else None
    if "f" in options and numbers:
        return f"{word}{'/'.join(values)}" if many <= 2 else None
    return _with_first_option(word, values[0]) if many == 1 else None


def _with_first_option(word: str, value: str) -> str | None:
    """The value under the name of what the layer is mostly told."""
    spelling = find_spelling(word)
    fields = spelling.type.options_by_name().values() if spelling else ()
    first = next((each.name for each in fields if each.name != "inplace"), None)
    return f"{word}({first}={value})" if first else None


def _with_filters(match: re.Match[str]) -> str | None:
    """`FC10`, `FC 10`, `FC:10`, `CONV64`: a number that can be no window is the layer's size."""
    word, number = match[1], match[2]
    spelling = find_spelling(word)
    if spelling is None or word.lower() + number in known_keywords():
        return None
    options = spelling.type.options_by_name()
    if "k" in options:
        return f"{word}-{number}" if "f" not in options or int(number) >= WIDE else None
    return None if "f" in options or spelling.type.declares_size else _named_rate(match)


def _named_rate(match: re.Match[str]) -> str | None:
    """`DROPOUT0.5`, `UPSAMPLE2`: a number behind a layer that has no window."""
    spelling = find_spelling(match[1])
    if spelling is None or not {"f", "k"}.isdisjoint(spelling.type.options_by_name()):
        return None
    return _with_first_option(match[1], match[2])


def _without_filters(match: re.Match[str]) -> str | None:
    """`MAXPOOL-2`: what has no filters has a window."""
    spelling = find_spelling(match[1])
    options = spelling.type.options_by_name() if spelling else {}
    return f"{match[1]}{match[2]}" if "f" in options and "k" not in options else None


def _spaced(match: re.Match[str]) -> str | None:
    """`CONV 3x3 64`, `CONV(3x3)-64`, `CONV3*3-64`: a window and a number of filters."""
    word, window, number = match.groups()
    spelling = find_spelling(word)
    both = spelling is not None and {"f", "k"} <= spelling.type.options_by_name().keys()
    return f"{word}{re.sub(_BY, 'x', window)}-{number}" if both else None


def _window_first(match: re.Match[str]) -> str | None:
    """`3x3 conv, 64`, as papers draw it."""
    window, word, number = match.groups()
    known = find_spelling(word) is not None
    return f"{word}{window}{f'-{number}' if number else ''}" if known else None


def _one_word(match: re.Match[str]) -> str | None:
    """`MAX POOL`, `global average pooling`: a layer's name in several words, or longer ones."""
    word = match[0]
    if find_spelling(word) or all(map(find_spelling, re.split(r"[ _-]+", word))):
        return None
    joined = re.sub(r"[ _-]+", "", word).lower()
    for longer, short in (("average", "avg"), ("pooling", "pool"), ("normalization", "norm")):
        joined = joined.replace(longer, short)
    return joined.upper() if find_spelling(joined) else None


def _sized_input(match: re.Match[str]) -> str:
    sizes = re.split(_BETWEEN, match[1].strip())
    return f"INPUT[{'x'.join(sizes)}]"


def _bracketed(match: re.Match[str]) -> str | None:
    """A chain in round brackets or braces; what stands behind a keyword are arguments."""
    times = match[1] or match[3]
    return f"[{match[2].strip()}]{f'*{times}' if times else ''}"


def _in_brackets(match: re.Match[str]) -> str:
    """`CONV3-16, d=2`, `CONV3-16 d=2`: an option behind its layer."""
    return f"{match[1]}({match[2]})"


_ASCII = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}  # as wide as a Chinese character
_PLAIN: dict[int, int | str] = {
    **_ASCII,
    **str.maketrans("【】〔〕、。×✕╳·∙∗›»–—−‐‑―", "[][],.xxx***>>------"),
    **dict.fromkeys(map(ord, "→⟶➜➔➝➞⇒⟹⇨↦"), "->"),
}
_BY = r"\s*[*x×X]\s*"
_BETWEEN = r"\s*[,;*x×X]\s*|\s+"
_SIZES = rf"([0-9]+(?:(?:{_BETWEEN})[0-9]+){{1,3}})"
_CHAIN = r"[A-Za-z][^(){}\[\]]*(?:->|→)[^(){}\[\]]*"
_GROUP = r"(\[(?=\s*[A-Za-z\[])(?:[^\[\]]|\[[^\[\]]*\])*\])"
_LAYER = r"([A-Za-z]\w*(?:[-/][0-9]+)*)"
_OUTSIDE = r"(?![^()]*\))"  # of round brackets
_REWRITINGS: list[Rewriting] = [
    (rf"(?i)\b(?:INPUT|IMAGE)\s*[-=:]?\s*[\[({{<]\s*{_SIZES}\s*[\])}}>]", _sized_input),
    (rf"(?i)\b(?:INPUT|IMAGE)\s*[-=:]?\s*{_SIZES}(?![\w\]])", _sized_input),
    (rf"^\s*[\[(]?\s*{_SIZES}\s*[\])]?(?=\s*(?:->|=>))", _sized_input),
    (r"\b[A-Za-z]+(?:[ _-]+[A-Za-z]+)*[12]?[dD]?\b", _one_word),
    (
        rf"(?:([0-9]+){_BY}|(?<![\w)\]]))[({{]\s*({_CHAIN})[)}}](?:\s*(?:\*\*?|\^|x|X)\s*(\w+))?",
        _bracketed,
    ),
    (rf"(?<![\w.])([0-9]+){_BY}{_GROUP}", lambda match: f"{match[2]}*{match[1]}"),
    (
        rf"{_GROUP}\s*(?:\*\*|\^|x|X|times )?\s*[({{]?\s*([0-9]+)\s*[)}}]?",
        lambda match: f"{match[1]}*{match[2]}",
    ),
    (rf"(?<![\w.\]])([0-9]+){_BY}{_LAYER}", lambda match: f"{match[2]}*{match[1]}"),
    (rf"\b{_LAYER}\s+[xX]\s*([0-9]+)\b", lambda match: f"{match[1]}*{match[2]}"),
    (
        rf"\b([0-9]+x[0-9]+) +([A-Za-z]\w*)(?:\s*[, ]\s*([0-9]+))?{_OUTSIDE}",
        _window_first,
    ),
    (r"\b([A-Za-z]\w*)\(\s*([0-9.]+(?:\s*,\s*[0-9.x]+)*)\s*\)", _with_values),
    (r"\b([A-Za-z]+) *([0-9]+(?:x[0-9]+)*)(?: *, *| +)([0-9]+)\b", _spaced),
    (rf"\b([A-Za-z]+)\s*[(\[{{]\s*([0-9]+{_BY}[0-9]+)\s*[)\]}}]\s*-\s*([0-9]+)", _spaced),
    (rf"\b([A-Za-z]+)([0-9]+{_BY}[0-9]+)\s*[-x]\s*([0-9]+)\b", _spaced),
    (r"\b([A-Za-z]+)([0-9]+(?:x[0-9]+)?)_([0-9]+)\b", _spaced),
    (r"\b([A-Za-z]+)-([0-9]+)(?![\w.])", _without_filters),
    (r"\b([A-Za-z]+)[ -]?([0-9]*\.[0-9]+)", _named_rate),
    (rf"\b([A-Za-z]+)\s*[:=_]\s*([0-9]+)\b{_OUTSIDE}", _with_filters),
    (r"\b([A-Za-z]+) ?([0-9]+)(?![\w(=.x])(?!\s*[-/][0-9])", _with_filters),
    (r"\b([A-Za-z]\w*-[0-9]+)k\b", lambda match: f"{match[1]}000"),
    (rf"\b{_LAYER}\s*\(\s*(same|valid)\s*\)", lambda match: f"{match[1]}(P={match[2]})"),
    (r"\b([A-Za-z]\w*-[0-9]+)-([0-9]+)\b", lambda match: f"{match[1]}/{match[2]}"),
    (rf"(?i)\b{_LAYER}\s*[,/( ]\s*(?:S|stride)\s*([0-9]+)\)?", lambda m: f"{m[1]}/{m[2]}"),
    (rf"\b{_LAYER}\s*,\s*/\s*([0-9]+)", lambda match: f"{match[1]}/{match[2]}"),
    (rf"\b{_LAYER}[, ]\s*([A-Za-z]\w*\s*=\s*\w+)(?=\s*(?:->|=>|\]|$))", _in_brackets),
    (r"\b([A-Za-z][\w/-]*\([^()]*)\bD(\s*=\s*[0-9]+[^()]*\))", lambda m: f"{m[1]}d{m[2]}"),
    (r"(?<=[\w)\]])\s+-\s+(?=[A-Za-z\[])", lambda _: " -> "),
    (r"\s*(?:[=~|]+>|--+>|(?<![-=~|>])>>?(?!>))\s*", lambda _: " -> "),
    (rf"\s*[|;+,]\s*(?=[A-Za-z\[](?!\w*\s*=)){_OUTSIDE}", lambda _: " -> "),
]


def with_respelling(error: SpecError, text: str, settings: Settings | None) -> SpecError:
    """The error with a hint that shows how its pattern is written here, where one is found."""
    line, hint = respelled_pattern(text, settings)
    if hint:
        error.reword_line(hint, line)
    return error
