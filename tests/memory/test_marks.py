"""The simulator and the counts beside what torch says of many networks and every layer type.

`tests/fixtures/marks.json` is written by torch itself (tests/oracle/make_marks.py): live bytes
at the end of each phase of two steps and the most in it, to the byte.
"""

import pytest
from marked import marked_rows, setup_in, walk_in

from convcalc.layers import known_keywords
from convcalc.memory.simulate import simulate

ROWS = marked_rows()
NO_OPERATOR = {"opaque"}


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_every_mark(row):
    marks = simulate(walk_in(row), setup_in(row)).marks
    assert [list(mark) for mark in marks] == row["marks"]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_counts(row):
    facts = [node.facts for node in walk_in(row).nodes]
    assert sum(p.elements for each in facts for p in each.parameters) == row["parameters"]
    assert sum(b.elements for each in facts for b in each.buffers) == row["buffers"]
    assert sum(each.macs for each in facts) == row["macs"]


def test_every_layer_type_is_there():
    found = {node.node.layer.keyword.lower() for row in ROWS for node in walk_in(row).nodes}
    assert known_keywords() - found == NO_OPERATOR


def test_enough_networks_are_there():
    """Of many layers; beside single layers and optimizers."""
    whole = [row for row in ROWS if row["name"].split()[0] not in ("layer", "optimizer")]
    assert len(whole) >= 40
