"""Which rows are shown, and in what order: sorted, the first few, the Pareto front."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from convcalc.answers.families.where import figure_named, known_figures
from convcalc.answers.figures import TRUTH, NetworkRow
from convcalc.text.errors import ConvcalcError, nearest_hint

Key = Callable[[NetworkRow], Any]


def key_of(name: str, names: tuple[str, ...], limited: bool) -> Key:
    """How rows are ordered by a figure or a binding; `-` in front means the largest first.

    Raises:
        ConvcalcError: there is no such figure, or none without a limit.
    """
    written = name.removeprefix("-")
    sign = -1 if name != written else 1
    if written in names:
        return lambda row: sign * row.head["bindings"][written]
    figure = figure_named(written)
    if figure is None or figure.unit is TRUTH:
        known = [*names, *(each.key for each in known_figures() if each.unit is not TRUTH)]
        hint = nearest_hint(written, known) or f"known: {', '.join(known)}"
        raise ConvcalcError(f"there is no figure `{written[:40]}` to order by", hint)
    if figure.needs_limit and not limited:
        raise ConvcalcError(f"`{written}` needs a limit", "name a card with --gpu, or a --budget")
    return lambda row: sign * (figure.order(row.values[figure.key]) or 0)


def front_of(fields: list[str], names: tuple[str, ...], limited: bool) -> list[Key]:
    """Keys of which smaller is better.

    Raises:
        ConvcalcError: as for `key_of`.
    """
    best = {name: figure_named(name) for name in fields if name not in names}
    signs = {name: "-" for name, each in best.items() if each and each.larger_is_better}
    return [key_of(f"{signs.get(name, '')}{name}", names, limited) for name in fields]


def select_rows(
    rows: Iterable[NetworkRow], sort: Key | None, top: int | None, front: list[Key]
) -> Iterator[NetworkRow]:
    """The rows to show; holds no more of them than it must."""
    found: Iterable[NetworkRow] = pareto_front(filter(is_whole, rows), front) if front else rows
    if sort is None:
        yield from found if top is None else _first_rows(found, top)
    elif top is None:
        whole = list(found)
        yield from sorted(filter(is_whole, whole), key=sort)
        yield from (row for row in whole if not is_whole(row))
    else:
        yield from heapq.nsmallest(top, filter(is_whole, found), key=sort)


def is_whole(row: NetworkRow) -> bool:
    """Whether a row has figures: a member that cannot be has none."""
    return row.values["parameters"] is not None


def _first_rows(rows: Iterable[NetworkRow], top: int) -> Iterator[NetworkRow]:
    """The first rows, and not one more is worked out."""
    if top:
        for number, row in enumerate(rows, 1):
            yield row
            if number == top:
                return


def pareto_front(rows: Iterable[NetworkRow], keys: list[Key]) -> list[NetworkRow]:
    """Rows that no other is at least as good as in every way and better in one."""
    front: list[tuple[tuple[Any, ...], NetworkRow]] = []
    for row in rows:
        point = tuple(key(row) for key in keys)
        if not any(_is_better(other, point) for other, _ in front):
            front = [(other, kept) for other, kept in front if not _is_better(point, other)]
            front.append((point, row))
    return [row for _, row in front]


def _is_better(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    return one != other and all(a <= b for a, b in zip(one, other, strict=True))


class BestRow:
    """The best of the rows that have come, by the first figure that they are chosen by."""

    def __init__(self, sort: str, front: list[str], names: tuple[str, ...], limited: bool) -> None:
        self.name = sort.removeprefix("-") or (front or [""])[0]
        keys = [key_of(sort, names, limited)] if sort else front_of(front[:1], names, limited)
        self.key: Key | None = keys[0] if keys else None
        self.least: Any = None
        self.words = ""

    def see(self, row: NetworkRow) -> None:
        """Keep a row that is better, and say by what."""
        if self.key is None or not is_whole(row):
            return
        value = self.key(row)
        if self.least is None or value < self.least:
            self.least = value
            figure = figure_named(self.name)
            bound = row.head["bindings"].get(self.name)
            shown = figure.shown(row.values[figure.key]) if figure and bound is None else bound
            self.words = f"{self.name} {shown}"
