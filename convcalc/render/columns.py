"""The columns of the per-layer table, the same for every format that has rows."""

from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.answers.report import LayerRow
from convcalc.facts.units import format_bytes, format_count
from convcalc.text.source import printable


class Column(NamedTuple):
    """A column: its key for `--columns`, title, the value of a row, and how it is shown."""

    key: str
    title: str
    value: Callable[[LayerRow], Any]
    show: Callable[[Any], str] = str
    right: bool = True
    total: bool = False
    keep: int = 0  # what a narrow terminal leaves out first has the smallest number


def _count(value: int) -> str:
    return format_count(value) if value else "0"


def _field(value: tuple[Any, Any]) -> str:
    width, height = (_plain(side) for side in value)
    return width if width == height else f"{width}x{height}"


def _plain(value: Any) -> str:
    return str(value) if isinstance(value, int) else f"{float(value):g}"


def _hyperparameters(row: LayerRow) -> str:
    """The options, and what the layer takes when that is not just the one before."""
    joined = f"of {printable(row.origin)}" if row.origin else ""
    borrowed = f"parameters of {printable(row.shares)}" if row.shares else ""
    return " ".join(filter(None, (row.summary(), joined, borrowed)))


def _name(row: LayerRow) -> str:
    return printable(row.name)


COLUMNS = {
    column.key: column
    for column in (
        Column("name", "Layer", _name, right=False, keep=99),
        Column("type", "Type", lambda row: row.type, right=False, keep=4),
        Column("inputs", "Inputs", lambda row: printable(" ".join(row.inputs)), right=False),
        Column("hyperparameters", "Hyperparameters", _hyperparameters, right=False,
               keep=2),
        Column("output", "Size", lambda row: row.output, keep=98),
        Column("activations", "Activations", lambda row: row.activations, _count, total=True,
               keep=3),
        Column("memory", "Memory", lambda row: row.activation_bytes, format_bytes, total=True,
               keep=97),
        Column("weights", "Weights", lambda row: row.weights, _count, total=True, keep=96),
        Column("biases", "Biases", lambda row: row.biases, _count, total=True),
        Column("parameters", "Parameters", lambda row: row.parameters, _count, total=True, keep=5),
        Column("buffers", "Buffers", lambda row: row.buffers, _count, total=True),
        Column("macs", "MACs", lambda row: row.macs, _count, total=True, keep=6),
        Column("receptive_field", "Field", lambda row: row.receptive_field, _field, keep=1),
        Column("jump", "Jump", lambda row: row.jump, _field),
        Column("parameter_bytes", "Parameter memory", lambda row: row.parameter_bytes,
               format_bytes, total=True),
        Column("held", "Held", lambda row: row.held, format_bytes, total=True),
        Column("forward", "Live forward", lambda row: row.live_forward, format_bytes),
        Column("backward", "Live backward", lambda row: row.live_backward, format_bytes),
    )
}  # fmt: skip
DEFAULT = ("name", "type", "hyperparameters", "output", "activations", "memory", "weights",
           "parameters", "macs", "receptive_field")  # fmt: skip


def total_of(rows: list[LayerRow], column: Column) -> Any:
    """The sum that the last row shows, or None for a column without one."""
    return sum(column.value(row) for row in rows) if column.total else None


def heaviest(values: list[int]) -> set[int]:
    """Indices of the rows that stand out: the largest, until they hold half of the total.

    At most one row in twenty, but three in any network, and none where all are alike.
    """
    most = max(3, len(values) // 20)
    total, held, found = sum(values), 0, set()
    for index in sorted(range(len(values)), key=lambda i: -values[i])[:most]:
        if held * 2 >= total:
            break
        held += values[index]
        found.add(index)
    least = min((values[index] for index in found), default=0)
    found |= {index for index, value in enumerate(values) if value == least}  # no tie is split
    return found if len(found) <= 2 * most and len(found) < len(values) else set()
