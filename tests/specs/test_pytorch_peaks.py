"""Shipped specs against the fixture of PyTorch's peaks: every row and mark, to the byte.

The fixture ran modules that torch.fx had traced, and torch.fx turns ResNet's
`out += identity` into a sum that is a new tensor. So its ResNets are compared with their
spec's `inplace: true` taken back; that real torch adds in place, and that the spec as it is
shipped then equals a real step mark by mark, is tests/oracle/test_eager.py.
"""

import json
import shutil
from pathlib import Path

import pytest

from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

ROOT = Path(__file__).parents[2]
PEAKS = json.loads((ROOT / "tests/fixtures/pytorch_peaks.json").read_text())["large"]
TORCHVISION_S = ("alexnet", "vgg16")  # the notes' networks have the plain names
IN_PLACE = "          name: add\n          inplace: true\n"
FIGURES = ("peak_live", "peak_allocated", "peak_reserved", "peak_reserved_expandable")


@pytest.fixture(scope="session")
def as_traced(tmp_path_factory):
    """The shipped specs, but with sums that are new tensors in the ResNets."""
    folder = shutil.copytree(ROOT / "specs", tmp_path_factory.mktemp("specs") / "specs")
    blocks = folder / "_resnet.yaml"
    text = blocks.read_text()
    assert text.count(IN_PLACE) == text.count("residual:") == 2
    blocks.write_text(text.replace(IN_PLACE, "          name: add\n"))
    return folder


def result_of(folder, row):
    name = row["model"] + ("_torchvision" if row["model"] in TORCHVISION_S else "")
    optimizer, _, decay = row["optimizer"].partition(" + ")
    setup = SimulationSetup(row["batch"], optimizer=optimizer, weight_decay=1e-4 if decay else 0.0)
    return simulate(propagate(load(str(folder / f"{name}.yaml"))), setup)


def row_id(row):
    return f"{row['model']}-{row['batch']}-{row['optimizer']}"


@pytest.mark.parametrize("row", PEAKS, ids=row_id)
def test_peaks_and_marks(as_traced, row):
    result = result_of(as_traced, row)
    assert {name: getattr(result, name) for name in FIGURES} == {
        name: row[name] for name in FIGURES
    }
    assert [mark._asdict() for mark in result.marks] == row["marks"]


@pytest.mark.parametrize("row", [r for r in PEAKS if "resnet" in r["model"]], ids=row_id)
def test_the_peak_of_live_bytes_is_the_same_with_sums_in_place(row):
    result = result_of(ROOT / "specs", row)
    assert result.peak_live == row["peak_live"]
    assert [mark.live for mark in result.marks] == [mark["live"] for mark in row["marks"]]
