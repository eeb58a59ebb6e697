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
