"""Blocks of a deep network folded into one row each, with the sums of their layers."""

from itertools import groupby

from convcalc.answers.report import ROW_SUMS, LayerRow

BLOCK = "BLOCK"


def fold(rows: list[LayerRow], depth: int | None) -> list[LayerRow]:
    """Rows with every block deeper than `depth` as one row; None folds nothing.

    The totals of the rows are the same at every depth.
    """
    if depth is None:
        return rows
    folded: list[LayerRow] = []
    for path, group in groupby(rows, key=lambda row: row.scope[: depth + 1]):
        members = list(group)
        folded += [_block(members, path)] if len(path) > depth else members
    return folded


def _block(rows: list[LayerRow], path: tuple[str, ...]) -> LayerRow:
    """One row for the layers of a block: sums, and the size and field of the last."""
    block = LayerRow.__new__(LayerRow)
    last = rows[-1]
    for name in LayerRow.__slots__:
        setattr(block, name, getattr(last, name))
    for name in ROW_SUMS:
        setattr(block, name, sum(getattr(row, name) for row in rows))
    layers = f"{len(rows)} layers" if len(rows) > 1 else "1 layer"
    block.name, block.type, block.scope = ".".join(path), BLOCK, path[:-1]
    block.inputs = _inputs(rows)
    block.origin = ""
    block.summary = lambda: layers
    block.hyperparameters = dict
    return block


def _inputs(rows: list[LayerRow]) -> list[str]:
    """What the block takes from outside, each name once."""
    inside = {row.name for row in rows}
    return list(dict.fromkeys(name for row in rows for name in row.inputs if name not in inside))
