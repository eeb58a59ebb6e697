"""Where a text came from, and the places in it."""

from bisect import bisect_right
from typing import NamedTuple

_WIDEST_QUOTE = 100  # columns of a quoted line; longer lines show the part around the marker


class Source:
    """A text to parse, with the name that messages call it by."""

    __slots__ = ("_starts", "name", "text")

    def __init__(self, text: str, name: str = "<pattern>") -> None:
        self.text = text
        self.name = name
        self._starts: list[int] | None = None

    def line_starts(self) -> list[int]:
        """Offsets of the first character of each line."""
        if self._starts is None:
            self._starts, start = [0], self.text.find("\n") + 1
            while start:
                self._starts.append(start)
                start = self.text.find("\n", start) + 1
        return self._starts

    def place_of(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1."""
        starts = self.line_starts()
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line_text(self, number: int) -> str:
        """The text of a line, without its end."""
        starts = self.line_starts()
        end = starts[number] - 1 if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end]


class Span(NamedTuple):
    """A stretch of a source, from `start` up to but not including `end`."""

    source: Source
    start: int
    end: int

    @property
    def line(self) -> int:
        """Line of the first character, from 1."""
        return self.source.place_of(self.start)[0]

    @property
    def column(self) -> int:
        """Column of the first character, from 1."""
        return self.source.place_of(self.start)[1]

    @property
    def text(self) -> str:
        """What stands there."""
        return self.source.text[self.start : self.end]

    def __str__(self) -> str:
        line, column = self.source.place_of(self.start)
        return f"{printable(self.source.name)}:{line}:{column}"

    def quoted_lines(self, points_at_end: bool = False) -> str:
        """The line with a marker under the span: `^^^^`, or `~~~^` for what was left open."""
        line, column = self.source.place_of(self.start)
        text = self.source.line_text(line)
        length = max(1, min(self.end - self.start, len(text) - column + 1))
        text, column, length = _clip_line(text, column, length)
        before = column_count(text[: column - 1])
        width = max(1, column_count(text[column - 1 : column - 1 + length]))
        marker = "~" * (width - 1) + "^" if points_at_end else "^" * width
        rest = text.lstrip(" \t")  # tabs that indent are shown, each as wide as it is
        text = text[: len(text) - len(rest)].replace("\t", "→") + rest
        return f"    {printable(text)}\n    {' ' * before}{marker}"


def _clip_line(text: str, column: int, length: int) -> tuple[str, int, int]:
    if len(text) <= _WIDEST_QUOTE:
        return text, column, length
    first = max(0, column - 1 - _WIDEST_QUOTE // 3)
    clipped = text[first : first + _WIDEST_QUOTE]
    return clipped, column - first, min(length, len(clipped) - (column - first) + 1)


def column_count(text: str) -> int:
    """Terminal columns that `printable(text)` takes."""
    if text.isascii() and text.isprintable():
        return len(text)
    return sum(_columns_of(character) for character in printable(text))


def _columns_of(character: str) -> int:
    from unicodedata import combining, east_asian_width  # two milliseconds that few runs need

    if combining(character):
        return 0
    return 2 if east_asian_width(character) in "WF" else 1


def printable(text: str) -> str:
    """`text` with control characters and lone surrogates escaped; tabs become spaces."""
    if text.isprintable():
        return text
    return "".join(_escape_character(character) for character in text)


def shortened(text: str, most: int = 60) -> str:
    """`printable(text)` of at most so many characters: a name may be a megabyte."""
    text = printable(text[: most + 1])
    return text if len(text) <= most else f"{text[: most - 3]}..."


def _escape_character(character: str) -> str:
    if character == "\t":
        return " "
    if character.isprintable():
        return character
    return character.encode("unicode_escape", "backslashreplace").decode("ascii")
