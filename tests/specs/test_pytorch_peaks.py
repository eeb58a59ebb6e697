"""Shipped specs against the fixture of PyTorch's peaks: every row and mark, to the byte.

Live bytes are real torch's. Allocated and reserved are what the allocator's rules make of them
on an H200 without cuDNN's workspaces; where an H200 ran the row, its own figures stand beside.
"""

import importlib.util
import json
from pathlib import Path

import pytest

from convcalc.memory.estimate import find_machine

ROOT = Path(__file__).parents[2]
PEAKS = json.loads((ROOT / "tests/fixtures/pytorch_peaks.json").read_text())["large"]
FIGURES = ("peak_live", "peak_allocated", "peak_reserved", "peak_reserved_expandable")
_spec = importlib.util.spec_from_file_location(
    "make_pytorch_peaks", ROOT / "tests/fixtures/make_pytorch_peaks.py"
)
making = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(making)
RECORDED = [row for row in PEAKS if "recorded" in row]


def row_id(row):
    return f"{row['model']}-{row['batch']}-{row['optimizer']}"


@pytest.mark.parametrize("row", PEAKS, ids=row_id)
def test_peaks_and_marks(row):
    result = making.result_of(row)
    found = {name: getattr(result, name) for name in FIGURES}
    assert found == {name: row[name] for name in FIGURES}
    assert [mark._asdict() for mark in result.marks] == row["marks"]


@pytest.mark.parametrize("row", RECORDED, ids=row_id)
def test_a_card_allocated_as_much(row):
    """With cuDNN's workspaces by the rule; what they break up decides what is reserved."""
    card = find_machine("h200")
    result = making.result_of(row)
    assert (result.blocks, result.rule) == (card.cublas, card.workspaces)
    allocated = result.max_allocated / row["recorded"]["max_memory_allocated"] - 1
    reserved = result.peak_reserved_with_workspaces / row["recorded"]["max_memory_reserved"] - 1
    assert abs(allocated) < 0.04
    assert abs(reserved) < 0.21


def test_a_card_ran_a_good_part():
    assert len(RECORDED) >= 8
