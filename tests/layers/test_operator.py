"""Operators as they were recorded: sizes, counts, and the memory that they replay."""

import json

import pytest
from support import run_in

SPEC = """
input: 4x4x8
layers:
  - conv: {name: conv, filters: 8, size: 1}
  - operator: {name: soft, runs: softmax, shape: 8x4x4, given: 4x4x8,
      record: "i0 | +128f +10l -1 | 0=128f | 0 | +128f -g0 | i0=2"}
  - operator: {name: tokens, runs: flatten, shape: 8x16, record: "i0 |  | i0=128f |  |  | i0=g0"}
  - operator: {name: best, runs: amax, shape: 8, parameters: 8,
      record: "i0 p0 | +8+2f | 0=8f | i0 | +128f +8f | i0=1 p0=2"}
"""


def analyzed(capsys, monkeypatch, *options: str) -> dict:
    result = run_in(capsys, monkeypatch, "analyze", "-", "--format", "json", *options, stdin=SPEC)
    return {each["name"]: each for each in json.loads(result.out)["networks"][0]["layers"]}


def test_sizes_and_counts(capsys, monkeypatch) -> None:
    layers = analyzed(capsys, monkeypatch)
    assert layers["soft"]["output"] == {"width": 4, "height": 4, "channels": 8, "shape": [8, 4, 4]}
    assert layers["tokens"]["output"] == {"shape": [8, 16]}
    assert layers["tokens"]["activations"] == 0  # a view
    assert layers["best"]["output"]["shape"] == [8]
    assert layers["best"]["parameters"] == 8


@pytest.mark.parametrize(("batch", "size"), [(1, 512), (3, 1536)])
def test_what_is_kept_grows_with_the_batch(capsys, monkeypatch, batch: int, size: int) -> None:
    layers = analyzed(capsys, monkeypatch, "-b", str(batch))
    assert layers["soft"]["held_for_backward"] == size  # its result


@pytest.mark.parametrize(
    ("old", "new", "code", "message"),
    [
        ("4x4x8\n", "5x5x8\n", 1, "softmax was recorded for 4x4x8, and is given 5x5x8"),
        ("+128f -g0 |", "+128q -g0 |", 2, "`128q` is no size: write 768f, or 768+10f"),
        ("| i0=2", "| i0=1", 2, "`1` names no operand, and no storage that is there"),
        ("-1 | 0=128f", "-7 | 0=128f", 2, "`7` names no operand, and no storage that is there"),
        ("-1 | 0=128f", "x1 | 0=128f", 2, "`` names no operand and no storage"),
        ("shape: 8x16", "shape: 8x16, index: 1", 2, "index=1 names none of its 1 results"),
        ("parameters: 8,", "", 2, "`record` takes other parameters than `parameters` has"),
        (
            '"i0 |  |',
            '"i1 i0 |  |',
            1,
            "flatten was recorded with other inputs than the 1 that it has",
        ),
    ],
    ids=[
        "another input",
        "no record",
        "gone",
        "not made",
        "no event",
        "results",
        "parameters",
        "inputs",
    ],
)
def test_what_is_wrong_is_said(capsys, monkeypatch, old, new, code, message) -> None:
    assert old in SPEC
    result = run_in(capsys, monkeypatch, "analyze", "-", stdin=SPEC.replace(old, new, 1))
    assert result.code == code
    assert message in " ".join((result.out + result.err).split())
