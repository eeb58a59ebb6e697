"""Padding that torch's layers do not have, beside torch: F.pad and the layer, to the byte."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from compare import observed, on_cpu
from imported import counted, counted_by_torch
from test_export import built
from torch import nn

from convcalc.facts.shape import Shape
from convcalc.memory.simulate import simulate
from convcalc.models.importers.torch_import import spec_of
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import Propagation, propagate

SIZE = 33
SPEC = """\
input: 33x33x3
layers:
  - conv: {{filters: 8, size: 3, pad: 1}}
  - {item}
  - conv: {{filters: 4, size: 1}}
  - gap
  - fc: {{units: 5}}
"""
ITEMS = {
    "strided": "conv: {filters: 8, size: 4, stride: 2, pad: {left: 1, right: 2, bottom: 3}}",
    "as torch pads even filters": "conv: {filters: 8, size: 4, pad: {left: 1, right: 2, top: 1, "
    "bottom: 2}}",
    "one axis": "conv: {filters: 8, size: 3, pad: {left: 1, right: 1, top: 0, bottom: 2}}",
    "grouped": "conv: {filters: 8, size: 2, groups: 8, bias: false, pad: {right: 1, bottom: 1}}",
    "max": "maxpool: {size: 2, stride: 2, pad: {right: 1, bottom: 1}}",
    "ceil": "maxpool: {size: 3, stride: 3, pad: {right: 1, top: 1}, rounding: ceil}",
    "average": "avgpool: {size: 3, stride: 1, pad: {left: 1, bottom: 2}}",
    "L2": "l2pool: {size: 2, stride: 2, pad: {right: 1, bottom: 1}}",
    "L3": "l2pool: {size: 2x3, stride: 2x1, norm: 3, pad: {right: 1, bottom: 1}}",
    "L2, both ends alike": "l2pool: {size: 3, stride: 2, pad: 1}",
    "L2, an even window": "l2pool: {size: 2, stride: 1, pad: {right: 1, bottom: 1}}",
    "L2, more behind": "l2pool: {size: 4, stride: 1, pad: {left: 1, right: 2, top: 1, bottom: 2}}",
}


@pytest.mark.parametrize("name", ITEMS)
def test_what_is_exported_runs_as_it_is_simulated(name: str) -> None:
    walk = propagate(parse_written(SPEC.format(item=ITEMS[name])))
    holds(walk, built(walk))


class Same(nn.Module):
    """Even filters and dilations, which torch pads by one more behind."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 2, padding="same")
        self.b = nn.Conv2d(8, 8, 4, padding="same")
        self.c = nn.Conv2d(8, 8, (4, 3), padding="same", dilation=(3, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.c(self.b(self.a(x))).mean((2, 3))


def test_even_filters() -> None:
    model = Same()
    walk = propagate(parse_written(spec_of(Same(), Shape(SIZE, SIZE, 3), "same")))
    assert [node.facts.output.sides for node in walk.nodes[1:4]] == [(SIZE, SIZE)] * 3
    holds(walk, model)


def holds(walk: Propagation, model: nn.Module) -> None:
    assert counted(walk) == counted_by_torch(model, SIZE)
    for batch in (2, 3):
        setup = on_cpu(batch)
        real = observed(model, (3, SIZE, SIZE), setup)
        assert [mark.live for mark in simulate(walk, setup).marks] == [m.live for m in real]
        assert simulate(walk, setup).peak_live == max(mark.phase_peak for mark in real)
