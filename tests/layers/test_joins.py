"""add, residual, multiply, concat: sizes, and what is counted."""

import pytest
from single import network

from convcalc.layers import find_spelling


def last(layers: str, size: str = "32x32x16"):
    found = network(layers, size)
    assert found.findings == []
    return found.nodes[-1]


def test_add_keeps_the_size_and_counts_its_output():
    facts = last("  - add: [[relu], [tanh], []]").facts
    assert str(facts.output) == "32x32x16"
    assert (facts.activations, facts.macs, facts.parameters) == (16_384, 0, ())


def test_residual_adds_its_input_by_default():
    node = last("  - residual: {main: [conv: {filters: 16, size: 1}]}")
    assert node.inputs == (1, 0)


def test_residual_runs_main_before_its_shortcut_whatever_stands_first():
    layers = """\
  - residual:
      shortcut: [conv: {name: second, filters: 8, size: 1}]
      main: [conv: {name: first, filters: 8, size: 1}]"""
    assert [node.name for node in network(layers).nodes[1:3]] == ["first", "second"]


def test_residual_is_reported_as_add():
    assert find_spelling("residual").type.reported_as == "ADD"


def test_concat_adds_up_the_depths():
    facts = last("  - concat: [[conv: {filters: 8, size: 1}], [conv: {filters: 3, size: 1}], []]")
    assert str(facts.facts.output) == "32x32x27"


def test_concat_of_one_volume_is_a_copy():
    facts = last("  - concat: {from: input}").facts
    assert (str(facts.output), facts.activations) == ("32x32x16", 16_384)


@pytest.mark.parametrize(
    ("gate", "size"),
    [
        ("gap", "32x32x16"),  # one value a channel: squeeze-and-excitation
        ("conv: {filters: 1, size: 1}", "32x32x16"),  # one a position: spatial attention
        ("relu", "32x32x16"),
    ],
)
def test_multiply_broadcasts_a_gate(gate, size):
    assert str(last(f"  - multiply: [[{gate}], []]").facts.output) == size
    assert str(last(f"  - multiply: [[], [{gate}]]").facts.output) == size


def test_two_thin_volumes_multiply_to_a_full_one():
    layers = "  - multiply: [[gap], [conv: {filters: 1, size: 1}]]"
    assert str(last(layers).facts.output) == "32x32x16"


def test_the_largest_receptive_field_counts_at_a_join():
    layers = """\
  - concat:
    - [conv: {filters: 8, size: 3, pad: 1}]
    - [conv: {filters: 8, size: 5x1, pad: 2x0}]
    - []"""
    node = last(layers)
    assert (node.width.size, node.height.size) == (5, 3)
    assert (node.width.start, node.height.start) == (-2, -1)


@pytest.mark.parametrize("word", ["add", "subtract", "multiply"])
@pytest.mark.parametrize(
    "small",
    [
        "gap",  # a value a channel
        "conv: {filters: 1, size: 1}",  # a value a position
        "fc: {units: 16}",  # a row, as of a diffusion model's time step
        "fc: {units: 1}",
    ],
)
def test_what_has_axes_of_1_is_laid_over_a_volume(word, small):
    for branches in (f"[[{small}], []]", f"[[], [{small}]]"):
        facts = last(f"  - {word}: {branches}").facts
        assert (str(facts.output), facts.activations) == ("32x32x16", 16_384)


def test_a_row_added_to_a_row_is_a_row():
    facts = last("  - add: [[fc: {units: 4}], [fc: {units: 4}], [gap: , fc: {units: 1}]]").facts
    assert facts.output.in_torch == (4,)


@pytest.mark.parametrize("size", ["40x16", "32x32x16", "8x6x4x16"])
def test_a_row_is_added_along_any_number_of_axes(size):
    assert str(last("  - add: [[fc: {units: 16}], [], [gap]]", size).facts.output) == size


@pytest.mark.parametrize(
    ("layers", "message", "hint"),
    [
        (
            "  - add: [[C], [ROW]]",
            "adds up volumes that differ in channels",
            "write `fc: {units: 16}` between `row` and this layer",
        ),
        (
            "  - add: [[ROW], [C]]",
            "adds up volumes that differ in channels",
            "write `conv: {filters: 8, size: 1}` between `c` and this layer",
        ),
        (
            "  - subtract: {branches: [[G], [C]], inplace: true}",
            "subtracts in place where the first of its volumes is smaller than the result",
            "leave `inplace` out, or name `c` first",
        ),
        (
            "  - add: {branches: [[G], [conv: {filters: 1, size: 1}]], inplace: true}",
            "adds up in place where the first of its volumes is smaller than the result",
            "leave `inplace` out",
        ),
    ],
)
def test_what_does_not_go_together(layers, message, hint):
    named = {
        "ROW": "fc: {name: row, units: 8}",
        "G": "gap: {name: g}",
        "C": "conv: {name: c, filters: 16, size: 1}",
    }
    for word, item in named.items():
        layers = layers.replace(f"[{word}]", f"[{item}]")
    (finding,) = network(layers).findings
    assert finding.message.startswith(message + ": ")
    assert finding.hint == hint


def test_a_residual_takes_no_row_for_a_volume():
    """What a block adds to its input has the input's size; a row may be a slip there."""
    (finding,) = network("  - residual: {main: [gap]}", "8x8x4").findings
    assert finding.message.startswith("adds up volumes that differ in width and height: ")
