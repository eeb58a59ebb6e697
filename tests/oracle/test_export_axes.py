"""Random networks of one, two and three axes through exported code and back.

The module runs with as many values at its outputs, parameters and buffers as the spec has, and
is imported with the same counts.
"""

import os

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from imported import counted
from random_networks import Generator, walk_of
from support import ROOT
from test_export import built

from convcalc.models.importers.torch_import import spec_of
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate

COUNT = int(os.environ.get("CONVCALC_RANDOM_EXPORTS", "3"))
FIRST = int(os.environ.get("CONVCALC_SEED", "0"))


@pytest.mark.parametrize("inputs", [1, 2])
@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_there_and_back(seed: int, axes: int, inputs: int) -> None:
    walk = walk_of(Generator(seed, axes=axes, inputs=inputs).spec())
    sizes = [node.facts.output for node in walk.nodes if not node.inputs]
    with torch.device("meta"):
        model = built(walk)
        given = [torch.zeros(2, *size.in_torch) for size in sizes]
    with torch.no_grad():
        outputs = model(*given)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    counts = counted(walk)
    assert sum(p.numel() for p in model.parameters()) == counts.parameters
    assert sum(b.numel() for b in model.buffers()) == counts.buffers
    assert [o.numel() // 2 for o in outputs] == [
        walk.nodes[k].facts.output.elements for k in walk.outputs
    ]
    if any(node.node.checkpoint for node in walk.nodes):
        return  # whether a block can be computed again is asked elsewhere
    again = propagate(parse_written(spec_of(model, sizes, "a test")))
    assert counted(again) == counts


GATES = {
    "volume": "{gap: {name: g}}, {expand: {name: e, from: [g, c]}}",
    "rows": "{gap: {}}, {fc: {name: f, units: 4}}, {expand: {name: e, from: [f, c]}}",
}


@pytest.mark.parametrize("gate", list(GATES))
@pytest.mark.parametrize("size", ["8x4", "8x6x4", "8x6x5x4"])
def test_a_gate_shown_as_large_as_another_volume(size: str, gate: str) -> None:
    """`expand_as` needs its second input in the code, which it takes no value of."""
    layers = (
        f"[{{conv: {{name: c, filters: 4, size: 1}}}}, {GATES[gate]}, {{mul: {{from: [c, e]}}}}]"
    )
    walk = walk_of(f"input: {size}\nlayers: {layers}\n")
    model, given = built(walk), walk.nodes[0].facts.output
    (output,) = [walk.nodes[k].facts.output for k in walk.outputs]
    assert model(torch.zeros(2, *given.in_torch)).shape == (2, *output.in_torch)
    again = propagate(parse_written(spec_of(model, [given], "a test")))
    assert [each.node.layer for each in again.nodes] == [each.node.layer for each in walk.nodes]
    assert [each.inputs for each in again.nodes] == [each.inputs for each in walk.nodes]
    assert counted(again) == counted(walk)


MIXED = (ROOT / "tests/fixtures/mixed_axes.yaml").read_text(encoding="utf-8")


def test_rows_of_branches_of_other_axes_join() -> None:
    walk = walk_of(MIXED)
    sizes = [node.facts.output for node in walk.nodes if not node.inputs]
    model = built(walk)
    assert model(*[torch.zeros(2, *size.in_torch) for size in sizes]).shape == (2, 3)
    again = propagate(parse_written(spec_of(model, sizes, "a test")))
    assert counted(again) == counted(walk)
    assert counted(walk).parameters == sum(p.numel() for p in model.parameters())
