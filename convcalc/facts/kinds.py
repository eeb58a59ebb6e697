"""Kinds of values: what an option may be, said once.

From what a kind says of itself come the check of a value, the words that refuse one, the
JSON Schema and the tables of the documents.
"""

from collections.abc import Mapping
from typing import Any

from convcalc.facts.shape import AXES
from convcalc.facts.units import as_written
from convcalc.facts.window import Ends, Padding

Form = dict[str, Any]  # a JSON Schema of one way to write a value
Sizes = tuple[int, ...]
LARGEST_REAL = 1e30  # JSON knows no infinity
ENDS = ("left", "right", "top", "bottom", "front", "back")  # of the axes, width first


class Kind:
    """What a value may be. `nouns` are the ways to write one, in the words of a message."""

    nouns: tuple[str, ...]

    def __call__(self, value: object) -> Any:
        """The value as layers take it.

        Raises:
            ValueError: not of this kind; the message follows the option's name.
        """
        raise NotImplementedError

    def described(self) -> tuple[str, ...]:
        """The nouns with their limits."""
        return self.nouns

    def forms(self) -> list[Form]:
        """The ways to write a value in YAML."""
        raise NotImplementedError

    def refusal(self, value: object) -> ValueError:
        """That a value is not of this kind."""
        return ValueError(f"must be {alternatives(self.nouns)}, not `{as_written(value)}`")


def alternatives(words: tuple[str, ...]) -> str:
    """`a, b or c`."""
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


class WholeNumber(Kind):
    """An integer of at least `least`."""

    nouns = ("an integer",)

    def __init__(self, least: int) -> None:
        self.least = least

    def __call__(self, value: object) -> int:
        """The integer; true and false are none."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.refusal(value)
        if value < self.least:
            raise ValueError(f"must be at least {self.least}, not {value}")
        return value

    def described(self) -> tuple[str, ...]:
        """`an integer from 1 on`."""
        return (f"{self.nouns[0]} from {self.least} on",)

    def forms(self) -> list[Form]:
        """An integer."""
        return [{"type": "integer", "minimum": self.least}]


class SizeAlongAxes(Kind):
    """A size an axis, `3x5`, or one integer, `(3,)`, which holds along every axis."""

    nouns: tuple[str, ...] = ("an integer", "a size such as 3x5 (width x height)")

    def __init__(self, least: int) -> None:
        self.number = WholeNumber(least)

    def __call__(self, value: object) -> Sizes:
        """Sizes in the order in which they are written, width first; not the ends of an axis."""
        if isinstance(value, Ends):
            raise self.refusal(f"{value.start}:{value.end}")
        if isinstance(value, tuple):
            return tuple(map(self.number, value))
        if isinstance(value, int) and not isinstance(value, bool):
            return (self.number(value),)
        raise self.refusal(value)

    def described(self) -> tuple[str, ...]:
        """`an integer from 1 on`, `a size such as 3x5 (width x height)`."""
        return (*self.number.described(), *self.nouns[1:])

    def forms(self) -> list[Form]:
        """An integer, `3x5`, or a mapping with a key an axis."""
        digits = "0*[1-9][0-9]*" if self.number.least else "[0-9]+"
        (number,) = self.number.forms()
        mappings = [
            {"type": "object", "properties": dict.fromkeys(names, number),
             "required": list(names), "additionalProperties": False}
            for names in AXES.values()
        ]  # fmt: skip
        pattern = rf"^\s*{digits}(?:\s*[xX×]\s*{digits})+\s*$"
        return [number, {"type": "string", "pattern": pattern}, *mappings]


class PaddingAlongAxes(SizeAlongAxes):
    """A size an axis, or the two ends of each axis by their names."""

    nouns = (*SizeAlongAxes.nouns, "ends such as {left: 0, right: 1}")

    def __call__(self, value: object) -> Any:
        """An integer for an axis whose ends are alike."""
        if isinstance(value, Ends):
            value = (value,)
        if not isinstance(value, tuple):
            return super().__call__(value)
        return tuple(map(self._read_axis, value))

    def _read_axis(self, value: object) -> int | Ends:
        if not isinstance(value, Ends):
            return self.number(value)
        start, end = map(self.number, value)
        return start if start == end else Ends(start, end)

    def forms(self) -> list[Form]:
        """A size's forms, and a mapping with a key an end."""
        (number,) = self.number.forms()
        ends = {"type": "object", "properties": dict.fromkeys(ENDS, number),
                "minProperties": 1, "additionalProperties": False}  # fmt: skip
        return [*super().forms(), ends]


def padding_of_ends(ends: Mapping[str, int]) -> Padding:
    """The padding of named ends along two axes or three; those that are not named have none."""
    pairs = list(zip(ENDS[::2], ENDS[1::2], strict=True))
    if not ends.keys() & {*pairs[-1]}:
        pairs.pop()
    return tuple(Ends(ends.get(start, 0), ends.get(end, 0)) for start, end in pairs)


class WordOr(Kind):
    """One word with a meaning of its own, such as `same`, or a value of another kind.

    `synonyms` are words for one of that kind's values.
    """

    def __init__(self, word: str, other: Kind, **synonyms: object) -> None:
        self.word, self.other, self.synonyms = word, other, synonyms
        self.words = tuple(f"`{each}`" for each in (word, *synonyms))
        self.nouns = (*other.nouns, *self.words)

    def __call__(self, value: object) -> Any:
        """The word, or the other kind's value."""
        if value == self.word:
            return value
        if isinstance(value, str) and value in self.synonyms:
            value = self.synonyms[value]
        if isinstance(value, str):
            raise self.refusal(value)
        return self.other(value)

    def described(self) -> tuple[str, ...]:
        """The other kind's ways, and the word."""
        return (*self.other.described(), *self.words)

    def forms(self) -> list[Form]:
        """The word, then the other kind's ways."""
        words = "|".join((self.word, *self.synonyms))
        words = f"(?:{words})" if self.synonyms else words
        return [{"type": "string", "pattern": rf"^\s*{words}\s*$"}, *self.other.forms()]


class TrueOrFalse(Kind):
    """True or false."""

    nouns = ("true", "false")

    def __call__(self, value: object) -> bool:
        """As it is; other words for it are refused with a hint."""
        if isinstance(value, bool):
            return value
        hint = "; write true or false" if str(value).lower() in ("yes", "no", "on", "off") else ""
        raise ValueError(f"{self.refusal(value)}{hint}")

    def forms(self) -> list[Form]:
        """A boolean."""
        return [{"type": "boolean"}]


class RealNumber(Kind):
    """A number, perhaps between limits."""

    nouns = ("a number",)

    def __init__(self, least: float = -LARGEST_REAL, most: float = LARGEST_REAL) -> None:
        self.least, self.most = least, most

    def __call__(self, value: object) -> float:
        """As a float."""
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refusal(value)
        if not self.least <= value <= self.most:
            limits = f"from {self.least:g} to {self.most:g}"
            raise ValueError(f"must be {limits}, not {as_written(value)}")
        return float(value)

    def described(self) -> tuple[str, ...]:
        """`a number`, `a number from 0 to 1`."""
        if self.most == LARGEST_REAL:
            return self.nouns
        return (f"a number from {self.least:g} to {self.most:g}",)

    def forms(self) -> list[Form]:
        """A number."""
        return [{"type": "number", "minimum": self.least, "maximum": self.most}]


class NumberFrom(RealNumber):
    """A number that is at least another one; whole ones stay integers."""

    def __call__(self, value: object) -> float:
        """An integer where it is whole, otherwise a float."""
        found = super().__call__(value)
        return int(found) if found.is_integer() else found

    def described(self) -> tuple[str, ...]:
        """`a number from 1 on`."""
        return (f"{self.nouns[0]} from {self.least:g} on",)


class RealOrInfinite(RealNumber):
    """A number, or infinity in words: what a maximum never takes is `-inf`."""

    WORDS = ("-inf", "inf")

    def __call__(self, value: object) -> float:
        """As a float."""
        word = str(value).replace(".", "")  # YAML writes `-.inf`
        return float(word) if word in self.WORDS else super().__call__(value)

    def described(self) -> tuple[str, ...]:
        """`a number`, and the words."""
        return (*super().described(), *[f"`{word}`" for word in self.WORDS])

    def forms(self) -> list[Form]:
        """A number or a word."""
        return [{"type": "string", "pattern": r"^-?\.?inf$"}, *super().forms()]


class OneWord(Kind):
    """One of a few words in any case, or a synonym of one."""

    def __init__(self, *choices: str, **synonyms: str) -> None:
        self.choices, self.synonyms = choices, synonyms
        self.nouns = (f"one of {', '.join(choices)}",)

    def __call__(self, value: object) -> str:
        """The word that the synonym stands for."""
        text = str(value).lower()
        text = self.synonyms.get(text, text)
        if text not in self.choices:
            raise self.refusal(value)
        return text

    def forms(self) -> list[Form]:
        """The words as an editor offers them, and every way to write them."""
        words = "|".join(any_case(word) for word in (*self.choices, *self.synonyms))
        return [
            {"enum": list(self.choices)},
            {"type": "string", "pattern": rf"^\s*(?:{words})\s*$"},
        ]


class AnyText(Kind):
    """Any text."""

    nouns = ("a text",)

    def __call__(self, value: object) -> str:
        """As it is."""
        if not isinstance(value, str):
            raise self.refusal(value)
        return value

    def forms(self) -> list[Form]:
        """A string, but for what the reader takes for a size such as 3x5."""
        size = r"^\s*[0-9]+(?:\s*[xX×]\s*[0-9]+)+\s*$"
        return [{"type": "string", "not": {"pattern": size}}]


def any_case(word: str) -> str:
    """A regular expression for a word in any case: JSON Schema knows no flags."""
    return "".join(
        f"[{letter.lower()}{letter.upper()}]" if letter.isalpha() else letter for letter in word
    )
