"""What PyTorch was seen to do for one call: its storages, what it keeps, its gradients.

A record is written in a spec as one line of six parts or seven, separated by `|`:

    takes | forward | results | keeps | backward | sends | alone

`takes` names the operands: `i0` the layer's input 0, `p0` its parameter 0, `b` what is fixed.
`forward` and `backward` are storages in order of time: `+768+10f` makes one of 768 values an
image and 10 besides, `-2` frees the third that the record makes, `-g0` the gradient of result 0,
`-i0` lets go of what was kept of operand i0. `results` say where each lives: `0=768f` in the
first storage, `i0=768f` in the operand's. `keeps` are operands held for backward; what of the
forward pass is still there at its end is kept too. `sends` are gradients: `i0=3` for operand i0
in the fourth storage, `i0=g0` where the result's is handed on, `i0=b` where there was none, as
the result leads to no loss.
`alone` is `forward` where nothing needs a gradient, with the place of each result behind it
(`=2`): written where an operator then works otherwise, or frees earlier what it makes.
Values of type `f` have the network's own, `s` float32, `d` float64, `l` int64, `i` int32,
`h` 16 bits, `b` one byte, `c` complex64, `z` complex128.
A gradient that becomes a parameter's `.grad` is that storage, or with `+` before its number a
copy of it: `p0=+3`.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from convcalc.facts.setup import BYTES, OWN

NO_GRADIENT = "b"
PARTS = 6  # of a line, and one more where it works otherwise without gradients
PLACED = "="  # before the place of a result
COPIED = "+"  # before the place of a gradient that a parameter gets a copy of
INTEGERS = "lib"  # types that have no gradient
INPUT = "i"  # before the number of an operand that the layer is given
INT64 = "l"
SIZE = r"([0-9]+)(?:\+([0-9]+))?([fsdlihbcz])"
PLACE = r"[ipg][0-9]+|[0-9]+|b"
SENT = rf"\{COPIED}?({PLACE})"


class RecordedSize(NamedTuple):
    """Elements of a storage or a value, and their type."""

    per_image: int
    fixed: int
    dtype: str

    def count_at(self, batch: int) -> int:
        """Elements for a batch."""
        return self.per_image * batch + self.fixed

    def item_bytes(self, own: int) -> int:
        """Bytes of an element where those of the network's values are `own`."""
        return BYTES.get(self.dtype, own)

    def __str__(self) -> str:
        return f"{self.per_image}{f'+{self.fixed}' if self.fixed else ''}{self.dtype}"


class RecordedCall(NamedTuple):
    """One call of an operator, as it was observed."""

    takes: tuple[str, ...]
    forward: tuple[RecordedSize | str, ...]  # a storage that is made, or the name of one freed
    results: tuple[tuple[str, RecordedSize], ...]
    keeps: tuple[str, ...] = ()
    backward: tuple[RecordedSize | str, ...] = ()
    sends: tuple[tuple[str, str], ...] = ()
    alone: tuple[RecordedSize | str, ...] = ()  # forward where nothing needs a gradient,
    placed: tuple[str, ...] = ()  # and where the results live then; () where that is the same

    @property
    def without_gradients(self) -> "RecordedCall":
        """The same where nothing needs a gradient."""
        if not self.placed:
            return self
        sizes = [size for _, size in self.results]
        results = tuple(zip(self.placed, sizes, strict=True))
        return RecordedCall(self.takes, self.alone, results)

    def with_operands(self, names: tuple[str, ...], places: list[str]) -> "RecordedCall":
        """The same with the operands `t0`, `t1` ... called as they are in a layer.

        `names` are what gradients are sent to; where that is not told, to those left.
        """
        called = {f"t{k}": place for k, place in enumerate(places)}
        by_name = dict(zip(names, places, strict=True))
        left = [p for p in places if p != "b" and p not in map(by_name.get, dict(self.sends))]
        sends = []
        for name, place in self.sends:
            operand = by_name.get(name) or (left.pop(0) if left else "b")
            if operand != "b" and not place.endswith("?"):
                sends.append((operand, called.get(place, place)))
        return self._replace(
            takes=tuple(places),
            results=tuple((called.get(place, place), size) for place, size in self.results),
            keeps=tuple(called.get(p, p) for p in self.keeps if p != "?"),
            backward=tuple(
                called.get(e, e) if isinstance(e, str) else e
                for e in self.backward
                if isinstance(e, RecordedSize) or called.get(e, e)[0] not in "pb"
            ),
            sends=tuple(sends),
            placed=tuple(called.get(place, place) for place in self.placed),
        )

    @property
    def storages(self) -> tuple[RecordedSize, ...]:
        """Those that it makes, by number."""
        events = (*self.forward, *self.backward)
        return tuple(each for each in events if isinstance(each, RecordedSize))

    def __str__(self) -> str:
        parts: tuple[str, ...] = (
            " ".join(self.takes),
            _event_words(self.forward),
            " ".join(f"{place}={size}" for place, size in self.results),
            " ".join(self.keeps),
            _event_words(self.backward),
            " ".join(f"{operand}={place}" for operand, place in self.sends),
        )
        if self.placed:
            places = [f"{PLACED}{place}" for place in self.placed]
            parts = (*parts, " ".join((*_event_words(self.alone).split(), *places)))
        return " | ".join(parts).strip()


UNUSED = "unused"  # the name of what runs nothing: its parameters and buffers only lie there
NO_CALL = RecordedCall(("i0",), (), (("i0", RecordedSize(0, 0, OWN)),))


def _event_words(events: tuple[RecordedSize | str, ...]) -> str:
    return " ".join(f"-{each}" if isinstance(each, str) else f"+{each}" for each in events)


def record_pattern() -> str:
    """A regular expression for how a record is written."""
    size, place, sent = (f"({each})" for each in (SIZE, PLACE, SENT))
    event = rf"(\+{size}|-{place})"
    words = (place, event, f"{place}={size}", place, event, f"{place}={sent}")
    parts = [rf"\s*({each}(\s+{each})*)?\s*" for each in words]
    alone = rf"\|\s*({event}\s+)*{PLACED}{place}(\s+{PLACED}{place})*\s*"
    return "^" + r"\|".join(parts) + f"({alone})?$"


def read_record(value: object) -> RecordedCall:
    """The record that a line says.

    Raises:
        ValueError: it is not written as a record is, or names what is not there.
    """
    record = _parse_record(value)
    _refuse_unknown_places(record)
    return record


def _refuse_unknown_places(record: RecordedCall) -> None:
    """Every place must be an operand, a result's gradient, or a storage that is still there."""
    sent = [place.removeprefix(COPIED) for send in record.sends for place in send]
    operands = {*record.takes, NO_GRADIENT}
    kept = {place for place in record.keeps if place in record.takes and place[0] == INPUT}
    given = {f"g{k}" for k in range(len(record.results))} | kept
    forward = [*(place for place, _ in record.results), *record.keeps]
    _follow_places(operands, [(record.forward, set(), forward), (record.backward, given, sent)])
    alone = record.without_gradients
    _follow_places(operands, [(alone.forward, set(), [place for place, _ in alone.results])])


def _follow_places(
    operands: set[str],
    steps: Iterable[tuple[tuple[RecordedSize | str, ...], set[str], list[str]]],
) -> None:
    """Go through events, what else they may let go of, and the places used behind them."""
    storages: set[str] = set()
    count = 0

    def look_up(places: Iterable[str], known: set[str]) -> None:
        for place in places:
            if place not in known:
                raise ValueError(f"`{place}` names no operand, and no storage that is there")

    for events, given, used in steps:
        held = set(given)
        for event in events:
            if isinstance(event, RecordedSize):
                storages.add(str(count))
                count += 1
            else:
                look_up([event], storages | held)
                (storages if event in storages else held).discard(event)
        look_up(used, storages | held | operands)


def _parse_record(value: object) -> RecordedCall:
    parts = [part.split() for part in str(value).split("|")]
    if len(parts) not in (PARTS, PARTS + 1):
        raise ValueError(f"must have {PARTS} or {PARTS + 1} parts with `|` in between")
    takes, forward, results, keeps, backward, sends = parts[:PARTS]
    alone = parts[PARTS] if len(parts) > PARTS else []
    placed = [word for word in alone if word.startswith(PLACED)]
    if len(parts) > PARTS and len(placed) != len(results):
        raise ValueError(f"must say of {len(results)} results where they live, as in `=0`")
    return RecordedCall(
        tuple(map(_read_place, takes)),
        tuple(map(_read_event, forward)),
        tuple((_read_place(p), _read_size(s)) for p, s in map(_halves, results)),
        tuple(map(_read_place, keeps)),
        tuple(map(_read_event, backward)),
        tuple((_read_place(p), _read_place(s, SENT)) for p, s in map(_halves, sends)),
        tuple(_read_event(word) for word in alone if word not in placed),
        tuple(_read_place(word.removeprefix(PLACED)) for word in placed),
    )


def _halves(word: str) -> tuple[str, str]:
    before, _, after = word.partition("=")
    return before, after


def _read_event(word: str) -> RecordedSize | str:
    if word.startswith("+"):
        return _read_size(word[1:])
    return _read_place(word[1:] if word.startswith("-") else "")


def _read_size(word: str) -> RecordedSize:
    found = re.fullmatch(SIZE, word)
    if found is None:
        raise ValueError(f"`{word}` is no size: write 768f, or 768+10f")
    return RecordedSize(int(found[1]), int(found[2] or 0), found[3])


def _read_place(word: str, form: str = PLACE) -> str:
    if not re.fullmatch(form, word):
        raise ValueError(f"`{word}` names no operand and no storage")
    return word
