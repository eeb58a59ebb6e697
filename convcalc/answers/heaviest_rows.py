"""The rows that stand out of a table of layers, for its marks and for the sentences on them."""

from convcalc.answers.figures import FIGURES, Figure
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
