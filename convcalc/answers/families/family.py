"""A family: all assignments of values to its dimensions, and the layers of each member."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import product
from math import prod
from typing import NamedTuple, Union

from convcalc.answers.families.dimensions import FIXED, Part, Reader, Values
from convcalc.network.graph import MAX_LAYERS
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.syntax.tree import Document

MOST_COUNTED = 100_000  # assignments whose decisions are counted one by one
MOST_MEMBERS = 10**15  # before duplicates are left out

Leaves = tuple[int, ...]  # of a member, in order
Decisions = tuple[tuple[str, bool], ...]  # of its optional layers, in the order of expansion
Assignment = tuple[int, ...]  # a value for each dimension
Segment = Union[Leaves, "Option"]


class Option(NamedTuple):
    """Segments that are there or not."""

    keyword: str
    segments: "list[Segment]"


class Family:
    """What a pattern with ranges stands for."""

    def __init__(
        self, document: Document, names: Values | None = None, max_layers: int = MAX_LAYERS
    ) -> None:
        reader = Reader(document, names or {})
        self.leaves = reader.leaves
        self.parts = reader.parts
        self.dimensions = reader.dimensions
        self.rounding = document.rounding
        self._span = document.span
        self._refuse_deep(max_layers)
        self.total = self._count_members()
        if self.total > MOST_MEMBERS:
            hint = "narrow its ranges, or decide with --set POOL=no"
            raise ConvcalcError(f"the family has more than {MOST_MEMBERS:,} members", hint)

    @cached_property
    def optional(self) -> dict[str, int]:
        """Keywords of what is decided in each member, and how often at most."""
        found: dict[str, int] = {}
        _add_decided(self.parts, self._largest_values(), 1, found)
        return found

    def _largest_values(self) -> Assignment:
        return tuple(dimension.largest for dimension in self.dimensions)

    def _refuse_deep(self, max_layers: int) -> None:
        most = _count_layers(self.parts, self._largest_values())
        if most > max_layers:
            text = f"a member has {most:,} layers, more than the limit of {max_layers:,}"
            raise SpecError(text, self._span, "--max-layers raises the limit")

    def _count_members(self) -> int:
        """Members before duplicates are left out."""
        free = prod(len(d.values) for d in self.dimensions if not d.counts)
        if not self.optional:
            return free * prod(len(d.values) for d in self.dimensions if d.counts)
        total, counted = 0, prod(len(d.values) for d in self.dimensions if d.counts)
        if counted > MOST_COUNTED:
            hint = "narrow its ranges, or decide with --set POOL=no"
            raise ConvcalcError(f"optional layers under {counted:,} numbers of repeats", hint)
        for values in product(*(d.values if d.counts else d.values[:1] for d in self.dimensions)):
            total += free * _count_decisions(self.parts, values)
            if total > MOST_MEMBERS:
                break
        return total

    def assignments(self) -> Iterator[Assignment]:
        """Every value of every dimension with every other; the first dimension slowest."""
        return product(*(dimension.values for dimension in self.dimensions))

    def member_sequences(self, values: Assignment) -> Iterator[tuple[Leaves, Decisions]]:
        """The layers of every member of an assignment; what is optional is there first."""
        return _choose_optional(_split_segments(self.parts, values), 0, (), ())

    def member_bindings(self, values: Assignment, decisions: Decisions) -> dict[str, object]:
        """What makes a member: a value for each name, a list of decisions for each keyword."""
        found: dict[str, object] = {
            dimension.name: value for dimension, value in zip(self.dimensions, values, strict=True)
        }
        for keyword in self.optional:
            found[keyword] = [wanted for name, wanted in decisions if name == keyword]
        return found


def _times_of(part: Part, values: Assignment) -> int:
    return part.times if part.dimension == FIXED else values[part.dimension]


def _count_layers(parts: Sequence[Part], values: Assignment) -> int:
    """Layers of a member that has everything optional."""
    return sum(
        _times_of(part, values) * (1 if part.leaf >= 0 else _count_layers(part.parts, values))
        for part in parts
    )


def _add_decided(
    parts: Sequence[Part], values: Assignment, times: int, found: dict[str, int]
) -> None:
    for part in parts:
        count = _times_of(part, values)
        if part.optional:
            found[part.optional] = found.get(part.optional, 0) + times * min(1, count)
        _add_decided(part.parts, values, times * count, found)


def _count_decisions(parts: Sequence[Part], values: Assignment) -> int:
    """Ways to decide what is optional."""
    found = 1
    for part in parts:
        count = _times_of(part, values)
        if not count or (not part.optional and part.leaf >= 0):
            continue
        inner = 1 if part.leaf >= 0 else _count_decisions(part.parts, values)
        found *= _limited_power(inner, count) + bool(part.optional)
    return found


def _limited_power(base: int, exponent: int) -> int:
    """base ** exponent, or more than any family may have."""
    return base**exponent if base == 1 or exponent < MOST_MEMBERS.bit_length() else MOST_MEMBERS + 1


def _split_segments(parts: Sequence[Part], values: Assignment) -> list[Segment]:
    """The layers in order, runs that are always there as one segment."""
    found: list[Segment] = []
    for part in parts:
        count = _times_of(part, values)
        if not count:
            continue
        inner: list[Segment] = (
            [(part.leaf,)] if part.leaf >= 0 else _split_segments(part.parts, values)
        )
        repeated = _repeat_segments(inner, count)
        _append_segments(found, [Option(part.optional, repeated)] if part.optional else repeated)
    return found


def _repeat_segments(segments: list[Segment], count: int) -> list[Segment]:
    if len(segments) == 1 and not isinstance(segments[0], Option):
        return [segments[0] * count]
    found: list[Segment] = []
    for _ in range(count if segments else 0):
        _append_segments(found, segments)
    return found


def _append_segments(found: list[Segment], more: list[Segment]) -> None:
    for segment in more:
        if found and not isinstance(segment, Option) and not isinstance(found[-1], Option):
            found[-1] = found[-1] + segment
        else:
            found.append(segment)


def _choose_optional(
    segments: list[Segment], start: int, before: Leaves, decided: Decisions
) -> Iterator[tuple[Leaves, Decisions]]:
    for index in range(start, len(segments)):
        segment = segments[index]
        if isinstance(segment, Option):
            for inner in _choose_optional(
                segment.segments, 0, before, (*decided, (segment.keyword, True))
            ):
                yield from _choose_optional(segments, index + 1, *inner)
            decided = (*decided, (segment.keyword, False))
        else:
            before += segment
    yield before, decided
