"""Rows of tests/fixtures/marks.json: networks with what torch says of them.

`tests/oracle/make_marks.py` writes them.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from convcalc.memory.simulate import CPU, SimulationSetup
from convcalc.network.loading import load, networks
from convcalc.text.source import Source
from convcalc.walk.propagation import Propagation, propagate

FILE = Path(__file__).parent / "fixtures" / "marks.json"
Row = dict[str, Any]


def marked_rows() -> list[Row]:
    """All of them."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def walk_in(row: Row) -> Propagation:
    """The network of a row."""
    return _walk_of(row.get("shipped", ""), row.get("text", ""))


@cache
def _walk_of(shipped: str, text: str) -> Propagation:
    if shipped:
        return propagate(load(shipped))
    (found,) = networks(Source(text, "row.yaml"), is_yaml=True)
    return propagate(found)


def setup_in(row: Row) -> SimulationSetup:
    """The setup of a row, as a dispatch mode on a CPU observes it.

    Rows are networks without blocks that hold their inputs, so their own do not either.
    """
    blocks = {node.node.checkpoint for node in walk_in(row).nodes} - {None}
    options = {"batch_size": 2, **row["setup"]}
    return SimulationSetup(variant=CPU, in_place=False, checkpoint=frozenset(blocks), **options)
