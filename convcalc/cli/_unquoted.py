"""Patterns without quotes, which a shell takes apart: each `>` is a file to write to."""

import os
import re
import time

from convcalc.text.errors import ConvcalcError

ARROWS = ("-", "->", "→", "=", "=>")
RECENT = 3.0  # seconds since the shell made a file that a pattern's `>` names
_SIZED = r"[A-Za-z]+\[\d+(?:x\d+){1,3}\]"  # what a pattern begins with
MOST_FILES = 10_000  # that are looked at in the current folder


def refuse_unquoted(arguments: list[str]) -> None:
    """Answer a pattern that stands there as several words, before anything is read.

    Raises:
        ConvcalcError: it is one.
    """
    if not any(word.endswith((*ARROWS, "]")) for word in arguments):
        return
    items = _item_expression()
    _refuse_bare(arguments, items)
    for place, word in enumerate(arguments):
        then = arguments[place + 1] if place + 1 < len(arguments) else ""
        torn = then in ARROWS or (word.endswith("-") and word != "-")
        if torn and items.fullmatch(word) and not os.path.exists(word):
            raise _refusal(arguments, place, items)


def _refuse_bare(arguments: list[str], items: re.Pattern[str]) -> None:
    """Raise where a size and the layers behind it stand there as words without arrows."""
    for place, word in enumerate(arguments):
        last = place
        while last < len(arguments) and _is_one_layer(arguments[last], items):
            last += 1
        if re.fullmatch(_SIZED, word) and last > place + 1:
            pattern = " -> ".join(arguments[place:last])
            line = _joined([*arguments[:place], pattern, *arguments[last:]])
            raise ConvcalcError("the layers of a pattern have `->` between them",
                                f"write it in quotes: convcalc {line}")  # fmt: skip


def _is_one_layer(word: str, items: re.Pattern[str]) -> bool:
    alone = ">" not in word and " " not in word
    return alone and items.fullmatch(word) is not None and not os.path.exists(word)


def _item_expression() -> re.Pattern[str]:
    """A word that is a pattern's layer; `fc.yaml` is none, and neither is a name as `conv1_1`."""
    from convcalc.layers import known_keywords

    keywords = "|".join(sorted(known_keywords(), key=len, reverse=True))
    return re.compile(rf"\[*(?:{keywords})(?![a-z])[^_./\\]*(?:/\d[^_./\\]*)?", re.IGNORECASE)


def _refusal(arguments: list[str], first: int, items: re.Pattern[str]) -> ConvcalcError:
    """What has happened, and what to type instead."""
    files = _emptied_files(items)
    last = first + 1
    while last < len(arguments) and (
        arguments[last] in ARROWS
        or (not files and arguments[last - 1] in ARROWS and items.fullmatch(arguments[last]))
    ):
        last += 1
    done = "the shell has taken it apart"
    if files:
        named = ", ".join(f"`{name}`" for name in files)
        done = f"the shell has taken `>` as a file to write to, and made or emptied {named}"
    pattern = _meant(arguments[first:last], files)
    line = _joined([*arguments[:first], pattern, *arguments[last:]])
    return ConvcalcError(f"the pattern has no quotes: {done}",
                         f"quote the pattern: convcalc {line}")  # fmt: skip


def _joined(words: list[str]) -> str:
    import shlex

    return shlex.join(words)


def _meant(words: list[str], files: list[str]) -> str:
    """The pattern as it was meant, as far as the shell has left it."""
    text = " ".join(words)
    if not files:
        return text
    if len(files) == 1 and text.endswith("-"):
        return f"{text[:-1].rstrip()} -> {files[0]}"
    return f"{words[0].removesuffix('-')} -> ..."


def _emptied_files(items: re.Pattern[str]) -> list[str]:
    """Empty files that have just been made and are named as layers are."""
    from itertools import islice

    found = []
    try:
        with os.scandir() as entries:
            for entry in islice(entries, MOST_FILES):
                if items.fullmatch(entry.name) and entry.is_file():
                    state = entry.stat()
                    if not state.st_size and time.time() - state.st_mtime < RECENT:
                        found.append((state.st_mtime_ns, entry.name))
    except OSError:
        pass
    return [name for _, name in sorted(found)]
