"""Networks of several inputs: their rows, what they take, their batch, and how they are written."""

import pytest
from support import ROOT, network, walk

from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.models.exporters.listing import listing_of
from convcalc.models.exporters.pattern import text as pattern_source
from convcalc.models.exporters.torch_code import module_source
from convcalc.models.writing.spec import parse_written, spec_source
from convcalc.text.errors import ConvcalcError
from convcalc.walk.hints import with_hints
from convcalc.walk.propagation import propagate

SIAMESE = """
inputs: {left: 28x28x1, right: 28x28x1}
layers:
  - conv: {name: conv, filters: 8, size: 5}
  - relu: {name: relu1}
  - pool: {name: pool1, mode: max, size: 2}
  - fc: {name: fc, units: 16}
  - conv: {name: again, from: right, filters: 8, size: 5, share: conv}
  - relu: {name: relu2}
  - pool: {name: pool2, mode: max, size: 2}
  - fc: {name: fc_again, units: 16, share: fc}
  - subtract: {name: apart, from: [fc, fc_again]}
  - fc: {name: classes, units: 2}
"""
STEP = """
inputs: {image: 32x32x3, step: 64}
layers:
  - conv: {name: features, from: image, filters: 16, size: 3, pad: 1}
  - fc: {name: gate, from: step, units: 16}
  - multiply: {name: scaled, from: [features, gate]}
  - conv: {name: out, filters: 3, size: 3, pad: 1}
"""


def read(text: str):
    return propagate(parse_written(text))


def test_the_first_layer_goes_on_from_the_first_input():
    walked = read(SIAMESE)
    assert [node.name for node in walked.nodes[:3]] == ["left", "right", "conv"]
    assert walked.nodes[2].inputs == (0,)
    assert walked.nodes[6].inputs == (1,)


def test_parameters_are_counted_once_and_products_twice():
    facts = [node.facts for node in read(SIAMESE).nodes]
    parameters = sum(p.elements for each in facts for p in each.parameters)
    assert parameters == (5 * 5 * 8 + 8) + (12 * 12 * 8 * 16 + 16) + (16 * 2 + 2)
    assert sum(each.macs for each in facts) == 2 * (24 * 24 * 5 * 5 * 8 + 12 * 12 * 8 * 16) + 32


def test_a_row_of_values_has_no_axes():
    step = read(STEP).nodes[1].facts.output
    assert step.in_torch == (64,)
    assert str(step) == "1x1x64"


def test_a_row_of_values_beside_a_scan():
    walked = read(STEP.replace("32x32x3", "8x8x8x3"))
    assert not walked.findings
    assert walked.nodes[4].facts.output.in_torch == (16, 8, 8, 8)


@pytest.mark.parametrize("text", [SIAMESE, STEP])
def test_the_batch_of_each_counts(text):
    walked = read(text)
    live = {mark.phase: mark.live for mark in simulate(walked, SimulationSetup(batch_size=4)).marks}
    elements = sum(node.facts.output.elements for node in walked.nodes[:2])
    (last,) = [walked.nodes[k].facts.output for k in walked.outputs]
    assert live["batch0"] - live["model"] == 4 * 4 * elements + 8 * 4 * last.positions


@pytest.mark.parametrize("text", [SIAMESE, STEP])
def test_yaml_there_and_back(text):
    walked = read(text)
    again = read(spec_source(listing_of(walked)))
    assert [node.facts for node in again.nodes] == [node.facts for node in walked.nodes]
    assert [node.name for node in again.nodes] == [node.name for node in walked.nodes]
    assert [node.inputs for node in again.nodes] == [node.inputs for node in walked.nodes]


def test_exported_forward_takes_them_by_name():
    source = module_source(read(SIAMESE), "a test")
    assert "def forward(self, left: Tensor, right: Tensor) -> Tensor:" in source
    assert "Inputs: N x 1 x 28 x 28, N x 1 x 28 x 28" in source
    compile(source, "a test", "exec")


def test_a_pattern_has_one_input():
    with pytest.raises(ConvcalcError, match="`right` is a second input: no pattern says that"):
        pattern_source(read(SIAMESE))


def test_hints_change_every_input_that_is_as_large():
    walked = with_hints(read(SIAMESE.replace("28x28x1", "27x27x1")))
    hints = {finding.hint for finding in walked.findings if finding.code == "fit"}
    assert len({hint.partition(";")[0].partition(" (")[0] for hint in hints}) == 1
    assert all("`left` and `right` of 28x28x1" in hint for hint in hints)
    assert not read(SIAMESE).findings


def test_one_input_is_as_it_was():
    assert network("INPUT[8x8x1] -> CONV3-4").nodes[0].name == "input"
    assert walk("INPUT[8x8x1] -> CONV3-4").nodes[0].facts.output == (8, 8, 1)


MIXED = (ROOT / "tests/fixtures/mixed_axes.yaml").read_text(encoding="utf-8")


def test_rows_are_alike_whatever_they_come_from():
    walked = read(MIXED)
    assert walked.findings == []
    shapes = {node.name: node.facts.output.in_torch for node in walked.nodes}
    assert shapes["gated"] == (16, 132)  # (402 - 9)/3 + 1
    assert shapes["behind"] == (16, 130)
    assert [shapes[name] for name in ("sum", "product", "rows")] == [(16,)] * 3
    assert shapes["all"] == (5 * 16,)
    parameters = sum(p.elements for node in walked.nodes for p in node.facts.parameters)
    convs = (27 * 16 + 16) + (9 * 16 + 16) + (3 * 16 * 16 + 16) + (27 * 8 + 8)
    rows = (30 * 30 * 8 * 16 + 16) + 2 * 16 + (7 * 16 + 16)
    assert parameters == convs + rows + (80 * 3 + 3)


def test_what_a_join_sees_is_along_its_own_axes():
    fields = {node.name: node.field_sizes for node in read(MIXED).nodes}
    assert fields["gated"] == (9,)
    assert fields["sum"] == fields["of_sound"] == (9 + 2 * 3 + 129 * 3,)
    assert fields["product"] == fields["all"] == (32, 32)


def test_mixed_axes_there_and_back():
    walked = read(MIXED)
    again = read(spec_source(listing_of(walked)))
    assert [node.facts for node in again.nodes] == [node.facts for node in walked.nodes]


UNLIKE = """
inputs: {sound: 400x1, image: 32x32x3}
layers:
  - conv: {name: a, filters: 8, size: 9}
  - conv: {name: b, from: image, filters: 8, size: 3}
  - JOIN: {name: join, from: [a, b]}
"""
POOLED = "write `gap` between `a` and this layer; write `gap` between `b` and this layer"


@pytest.mark.parametrize("join", ["concat", "add", "subtract", "multiply"])
def test_volumes_of_other_axes_do_not_join_but_pooled_ones_do(join):
    (finding,) = read(UNLIKE.replace("JOIN", join)).findings
    assert "volumes that differ in their number of axes: `a` is 392x8 (" in finding.message
    assert finding.hint == POOLED
    pooled = UNLIKE.replace("JOIN", join)
    pooled = pooled.replace("  - conv: {name: b", "  - gap: {name: ga}\n  - conv: {name: b")
    pooled = pooled.replace("  - " + join, "  - gap: {name: gb}\n  - " + join)
    assert read(pooled.replace("[a, b]", "[ga, gb]")).findings == []


def test_no_hint_where_pooled_volumes_would_not_add_up_either():
    text = UNLIKE.replace("JOIN", "add").replace(
        "b, from: image, filters: 8", "b, from: image, filters: 4"
    )
    (finding,) = read(text).findings
    assert finding.hint == ""
