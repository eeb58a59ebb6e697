"""Operators as they were recorded: sizes, counts, and the memory that they replay."""

import json

import pytest
from support import run_in

from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate

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
        ("-g0 | i0=2", "-g0 | i0=2 | +64f -0 =0", 2,
         "`0` names no operand, and no storage that is there"),
        ("-g0 | i0=2", "-g0 | i0=2 | +64f", 2,
         "must say of 1 results where they live, as in `=0`"),
        ("-g0 | i0=2", "", 2, "must have 6 or 7 parts with `|` in between"),
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
        "gone without gradients",
        "no place without gradients",
        "too few parts",
        "inputs",
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(capsys, monkeypatch, old, new, code, message) -> None:
    assert old in SPEC
    result = run_in(capsys, monkeypatch, "analyze", "-", stdin=SPEC.replace(old, new, 1))
    assert result.code == code
    assert message in " ".join((result.out + result.err).split())


@pytest.mark.parametrize(("mode", "more"), [("train", 0), ("infer", 4 * 256 - 8 * 10)])
def test_without_gradients_it_may_work_otherwise(mode, more) -> None:
    """256 values made first and freed, where 10 integers were made behind the result."""
    head = SPEC[: SPEC.index("  - operator: {name: tokens")]
    other = head.replace("| i0=2", "| i0=2 | +256f +128f -0 =1")
    setup = SimulationSetup(variant=CPU, in_place=False, mode=mode)
    peaks = [simulate(propagate(parse_written(text)), setup).peak_live for text in (head, other)]
    assert peaks[1] - peaks[0] == more


TIED = """
input: 4x4x3
layers:
  - conv: {name: encoder, filters: 8, size: 1}
  - operator: {name: weight, from: input, runs: parameter, shape: 8x3x1x1, share: encoder,
      parameters: "8x3x1x1 8", record: "p0 p1 |  | p0=0+24f |  |  | p0=g0"}
  - operator: {name: decoder, from: [encoder, weight], runs: conv_transpose2d, shape: 3x4x4,
      record: "i0 i1 | +48f | 0=48f | i0 i1 | +128f +0+24f | i0=1 i1=2"}
"""


def test_it_shares_the_parameters_of_any_layer(capsys, monkeypatch) -> None:
    result = run_in(capsys, monkeypatch, "analyze", "-", "--format", "json", stdin=TIED)
    network = json.loads(result.out)["networks"][0]
    assert network["totals"]["parameters"] == 32
    assert network["memory"]["pytorch"]["at_peak"]["parameters"] == 128
    wrong = TIED.replace('"8x3x1x1 8"', '"8x3x1x1 4"')
    result = run_in(capsys, monkeypatch, "analyze", "-", stdin=wrong)
    assert result.code == 1
    assert "8x3x1x1 and 4, and the layer that it shares with has 8x3x1x1 and 8" in result.out


def test_an_output_without_classes_needs_no_labels(capsys, monkeypatch) -> None:
    item = 'runs: mean, shape: "", record: "i0 | +1f | 0=1f |  | +8f | i0=1"'
    mean = f"{SPEC}  - operator: {{{item}}}\n"
    result = run_in(capsys, monkeypatch, "analyze", "-", "--format", "json", stdin=mean)
    memory = json.loads(result.out)["networks"][0]["memory"]["pytorch"]
    assert memory["at_peak"]["batch"] == 512  # 4x4x8 values in float32, and no label


def test_what_is_never_used_is_noted(capsys, monkeypatch) -> None:
    item = 'name: old, runs: unused, shape: "", parameters: 8x8 8, buffers: 3 1l'
    unused = f"  - operator: {{{item}}}\n"
    options = ("analyze", "-", "--format", "json")
    result = run_in(capsys, monkeypatch, *options, stdin=SPEC + unused)
    (found,) = json.loads(result.out)["networks"][0]["findings"]
    assert (result.code, found["code"], found["severity"]) == (0, "unused", "note")
    said = "registered and never used: 72 parameters and 4 buffers that count, and get no gradient"
    assert (found["layer"], found["message"]) == ("old", said)
    shown = run_in(capsys, monkeypatch, "analyze", "-", "--details", stdin=SPEC + unused).out
    assert f"old: {said}" in shown


def test_a_parameter_may_have_a_type_of_its_own(capsys, monkeypatch) -> None:
    record = "i0 p0 p1 | +128f | 0=128f | p0 i0 | +128f +0+72c +0+8f | i0=1 p0=2 p1=3"
    item = f'runs: einsum, shape: 8x4x4, parameters: 8x9c 8, record: "{record}"'
    complex_weight = f"{SPEC}  - operator: {{{item}}}\n"
    options = ("analyze", "-", "--optimizer", "momentum", "--format", "json")
    network = run_in(capsys, monkeypatch, *options, stdin=complex_weight).network
    assert network["layers"][-1]["parameters"] == 80
    assert network["layers"][-1]["parameter_bytes"] == 8 * 72 + 4 * 8  # complex64 and float32
    others = network["totals"]["parameters"] - 80
    size = 8 * 72 + 4 * (8 + others)
    memory = network["memory"]
    assert memory["textbook"]["parameters"] == memory["textbook"]["optimizer_state"] == size
    assert memory["pytorch"]["at_peak"]["parameters"] == size
    assert memory["pytorch"]["at_peak"]["optimizer_state"] == size
