"""The rows that stand out of a table of layers, for its marks and for the sentences on them."""

from typing import NamedTuple

from convcalc.answers.figures import (
    BYTES,
    COUNT,
    FIGURES,
    PERCENT,
    PIXELS,
    Figure,
    of_layers,
    shown_of_layers,
)
from convcalc.answers.layer_row import LayerRow
from convcalc.facts.largest import heaviest

AT_PEAK, NOTED = FIGURES["at_peak"], FIGURES["memory"]


def memory_of_rows(rows: list[LayerRow]) -> Figure:
    """The figure by which rows hold memory: at the peak; without a simulated step by the notes."""
    known = all(AT_PEAK.of_layer(row) is not None for row in rows)
    return AT_PEAK if known else NOTED


def rows_with_most_memory(rows: list[LayerRow]) -> set[int]:
    """Positions of the rows that hold most of it."""
    figure = memory_of_rows(rows)
    return heaviest([figure.of_layer(row) for row in rows])


def ordering_figures() -> list[Figure]:
    """What rows can be sorted by."""
    return [figure for figure in of_layers() if figure.unit in (COUNT, BYTES, PIXELS, PERCENT)]


class Shown(NamedTuple):
    """Which rows are shown, by their positions."""

    order: list[int]
    by: str = ""  # the key of the figure that they are sorted by; "" as the layers run

    def columns(self, chosen: tuple[str, ...]) -> list[str]:
        """Keys of the columns: those chosen, or the usual ones and what rows are sorted by."""
        keys = list(chosen or shown_of_layers())
        return keys if chosen or not self.by or self.by in keys else [keys[0], self.by, *keys[1:]]


def rows_to_show(
    rows: list[LayerRow], sort: str = "", top: int | None = None, broken: bool = False
) -> Shown:
    """The rows sorted by a figure's key, with `-` in front the largest first, or the first `top`.

    Where rows are cut and not sorted, those stay that hold most memory; by the notes of a
    `broken` network, whose simulated step tells nothing.
    """
    order = list(range(len(rows)))
    if not sort and top is None:
        return Shown(order)
    by_memory = NOTED if broken else memory_of_rows(rows)
    figure = FIGURES[sort.removeprefix("-")] if sort else by_memory
    sign = 1 if sort and sort[0] != "-" else -1
    values = [figure.of_layer(row) for row in rows]
    ranks = [0 if value is None else sign * figure.order(value) for value in values]
    return Shown(sorted(order, key=ranks.__getitem__)[:top], figure.key)
