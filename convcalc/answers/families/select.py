"""Which rows are shown, and in what order: sorted, the first few, the Pareto front."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from convcalc.answers.families.evaluate import MemberRow
from convcalc.answers.families.where import ALIASES, FIELDS, NEEDS_LIMIT, TRUTH
from convcalc.text.errors import ConvcalcError, nearest

LARGER_IS_BETTER = ("depth", "receptive_field", "max_batch")
Key = Callable[[MemberRow], Any]


def key_of(name: str, names: tuple[str, ...], limited: bool) -> Key:
    """How rows are ordered by a figure or a binding; `-` in front means the largest first.

    Raises:
        ConvcalcError: there is no such figure, or none without a limit.
    """
    written = name.removeprefix("-")
    sign = -1 if name != written else 1
    plain = ALIASES.get(written, written)
    _refuse(plain, names, limited)
    return lambda row: sign * _value(row, plain)


def front_of(fields: list[str], names: tuple[str, ...], limited: bool) -> list[Key]:
    """Keys of which smaller is better.

    Raises:
        ConvcalcError: as for `key_of`.
    """
    return [
        key_of(f"-{name}" if ALIASES.get(name, name) in LARGER_IS_BETTER else name, names, limited)
        for name in fields
    ]


def _refuse(name: str, names: tuple[str, ...], limited: bool) -> None:
    known = [*names, *(field for field, kind in FIELDS.items() if kind != TRUTH)]
    if name not in known:
        hint = nearest(name, known) or f"known: {', '.join(known)}"
        raise ConvcalcError(f"there is no figure `{name[:40]}` to order by", hint)
    if name in NEEDS_LIMIT and not limited:
        raise ConvcalcError(f"`{name}` needs a limit", "name a card with --gpu, or a --budget")


def _value(row: MemberRow, name: str) -> Any:
    if name in row.bindings:
        return row.bindings[name]
    value = getattr(row, name)
    return max(value) if name == "receptive_field" else value or 0


def selected(
    rows: Iterable[MemberRow], sort: Key | None, top: int | None, front: list[Key]
) -> Iterator[MemberRow]:
    """The rows to show; holds no more of them than it must."""
    found: Iterable[MemberRow] = pareto(rows, front) if front else rows
    if sort is None:
        yield from found if top is None else _first(found, top)
    elif top is None:
        yield from sorted(found, key=sort)
    else:
        yield from heapq.nsmallest(top, found, key=sort)


def _first(rows: Iterable[MemberRow], top: int) -> Iterator[MemberRow]:
    """The first rows, and not one more is worked out."""
    if top:
        for number, row in enumerate(rows, 1):
            yield row
            if number == top:
                return


def pareto(rows: Iterable[MemberRow], keys: list[Key]) -> list[MemberRow]:
    """Rows that no other is at least as good as in every way and better in one."""
    front: list[tuple[tuple[Any, ...], MemberRow]] = []
    for row in rows:
        point = tuple(key(row) for key in keys)
        if not any(_beats(other, point) for other, _ in front):
            front = [(other, kept) for other, kept in front if not _beats(point, other)]
            front.append((point, row))
    return [row for _, row in front]


def _beats(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))
