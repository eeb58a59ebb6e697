"""What variables hold beyond its last use: by arithmetic over tensors of known sizes."""

import pytest
from support import run_in

from convcalc.facts.setup import INFER, TRAIN
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.models.exporters.listing import listing_of
from convcalc.models.writing.spec import parse_written, spec_source
from convcalc.text.errors import SpecError
from convcalc.walk.propagation import propagate

CHAIN = """\
name: chain
input: 4x4x2
lifetimes: traced
layers:
  - conv: {name: a, filters: 8, size: 1}
  - conv: {name: b, filters: 16, size: 1}
  - conv: {name: c, filters: 4, size: 1}
"""
A, B, C = (4 * 4 * depth * 4 for depth in (8, 16, 4))  # bytes of an image
IMAGE, WEIGHTS = 4 * 4 * 2 * 4, 4 * (2 * 8 + 8 + 8 * 16 + 16 + 16 * 4 + 4)


def peaks(held: str, mode: str = INFER) -> list[int]:
    """The most that is alive in each pass besides the model, the images and the labels."""
    setup = SimulationSetup(batch_size=1, variant=CPU, in_place=False, mode=mode)
    marks = simulate(propagate(parse_written(CHAIN + held)), setup).marks
    alive = WEIGHTS + IMAGE + 4 * 4 * 8
    return [mark[2] - alive for mark in marks if mark[0].startswith("fwd")]


@pytest.mark.parametrize(
    ("held", "first", "second"),
    [
        ("", A + B, C + A + B),  # the loop's variable holds the older result
        ("held: {c: [a]}\n", A + B + C, C + A + B + C),
        ("held: {c: a}\n", A + B + C, C + A + B + C),
        ("held: {b: [a]}\n", A + B, C + A + B),  # until its last use, as without
        ("held: {next-pass: [a]}\n", A + B + C, C + A + B + C),  # one `a` at a time
    ],
)
def test_inference(held: str, first: int, second: int) -> None:
    assert peaks(held) == [first, second]


def test_what_only_a_variable_holds_needs_no_other_use() -> None:
    chain = CHAIN + "  - conv: {name: d, filters: 16, size: 1, from: a}\noutputs: [c]\n"
    with pytest.raises(SpecError, match="nothing uses the layer `d`"):
        parse_written(chain)
    network = parse_written(chain + "held: {d: [d]}\n")
    assert [node.name for node in network.nodes][-1] == "d"


def test_attributes_stay_alive_behind_a_pass() -> None:
    setup = SimulationSetup(batch_size=1, variant=CPU, in_place=False, mode=INFER)
    held = "held: {next-pass: [a, b]}\n"
    marks = simulate(propagate(parse_written(CHAIN + held)), setup).marks
    live = [mark[1] - WEIGHTS - IMAGE - 4 * 4 * 8 for mark in marks if mark[0][:3] == "fwd"]
    assert live == [A + B + C] * 2


def test_it_is_written_as_it_was_read() -> None:
    held = "held: {c: [a], next-pass: [b]}\n"
    listing = listing_of(propagate(parse_written(CHAIN + held)))
    assert listing.held == (("a", "c"), ("b", "next-pass"))
    again = parse_written(spec_source(listing))
    assert again.held == ((1, 3), (2, -1))


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ("held: [a]", "held: must be a mapping such as {relu2: [conv1]}, not a list"),
        ("held: {a: [c]}", "held: `a` runs before `c`, which is held until then"),
        ("held: {d: [a]}", "held: no earlier layer has the name `d`"),
    ],
)
def test_what_is_wrong_is_said(capsys, monkeypatch, held: str, message: str) -> None:
    result = run_in(capsys, monkeypatch, "analyze", "-", stdin=CHAIN + held)
    assert (result.code, message in result.err) == (2, True), result.err


def test_training_keeps_what_is_held_too() -> None:
    assert peaks("held: {c: [a]}\n", TRAIN) == peaks("", TRAIN)  # autograd holds it anyway
