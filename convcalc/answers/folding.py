"""Blocks of a deep network folded into one row each, with the sums of their layers."""

from copy import copy
from functools import partial
from itertools import groupby

from convcalc.answers.figures import of_layers
from convcalc.answers.layer_row import LayerRow

BLOCK = "BLOCK"


def fold_rows(rows: list[LayerRow], depth: int | None) -> list[LayerRow]:
    """Rows with every block deeper than `depth` as one row; None folds nothing.

    The totals of the rows are the same at every depth.
    """
    if depth is None:
        return rows
    folded: list[LayerRow] = []
    for path, group in groupby(rows, key=lambda row: row.scope[: depth + 1]):
        members = list(group)
        folded += [_block_row(members, path)] if len(path) > depth else members
    return folded


def _block_row(rows: list[LayerRow], path: tuple[str, ...]) -> LayerRow:
    """One row for the layers of a block: sums, and the size and field of the last."""
    block = copy(rows[-1])
    block.sums = {each.key: each.total(rows) for each in of_layers() if each.sums}
    layers = f"{len(rows)} layers" if len(rows) > 1 else "1 layer"
    block.name, block.type, block.scope = ".".join(path), BLOCK, path[:-1]
    block.inputs = _outside_inputs(rows)
    block.origin = ""
    block.summary = partial(str, layers)
    block.hyperparameters = dict
    return block


def _outside_inputs(rows: list[LayerRow]) -> list[str]:
    """What the block takes from outside, each name once."""
    inside = {row.name for row in rows}
    return list(dict.fromkeys(name for row in rows for name in row.inputs if name not in inside))
