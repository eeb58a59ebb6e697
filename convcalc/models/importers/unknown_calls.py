"""Calls that no layer stands for, told all at once."""

from typing import NamedTuple

from convcalc.facts.torch_calls import TracedCall
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable, shortened

MOST, LONGEST = 10, 60  # kinds of them in a message; characters of a name


class Unknown(NamedTuple):
    """A call that no layer stands for."""

    call: TracedCall
    name: str

    @property
    def word(self) -> str:
        """The operator, as who wrote the model knows it."""
        return self.call.word or self.call.operator


class Unexpressible(ConvcalcError):
    """Operators that no layer stands for, each with where it is."""

    def __init__(self, unknown: list[Unknown], source: str) -> None:
        places: dict[tuple[str, str], list[str]] = {}
        for word, why, name in dict.fromkeys((e.word, e.call.reason, e.name) for e in unknown):
            names = places.setdefault((shortened(word, LONGEST), why), [])
            names.append(shortened(name, LONGEST))
        said = [_operator_words(*key, names) for key, names in places.items()]
        count = len(said)
        what = f"{count} operators" if count > 1 else "an operator"
        more = f" and {count - MOST} more" * (count > MOST)
        super().__init__(
            f"{printable(source)}: {what} that no layer stands for: {', '.join(said[:MOST])}{more}",
            "`convcalc import` with --partial writes opaque layers for them",
        )


def _operator_words(word: str, why: str, names: list[str]) -> str:
    """An operator, the first place that it stands in, and why it is not read where others are."""
    more = f" and {len(names) - 1} more places" if len(names) > 2 else ""
    reason = f" ({why})" if why else ""
    return f"{word} in {' and '.join(names[:2]) if not more else names[0]}{more}{reason}"
