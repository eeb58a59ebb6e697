"""What one output of an interpolation reads, found by torch's gradients."""

import pytest

pytest.importorskip("torch")

import torch
from random_networks import text_of, walk_of
from torch.nn import functional as F

from convcalc.facts.shape import Shape


def read_by_torch(mode: str, width: int, output: int) -> int:
    """The most input columns that a column of the output depends on."""
    x = torch.rand(1, 1, width, width, dtype=torch.float64, requires_grad=True)
    y = F.interpolate(x, (output, output), mode=mode)
    gradients = [torch.autograd.grad(y[0, 0, :, k].sum(), x, retain_graph=True)[0]
                 for k in range(output)]  # fmt: skip
    return max(int((g[0, 0].abs().sum(0) > 1e-12).sum()) for g in gradients)


@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
@pytest.mark.parametrize("output", [5, 9, 14, 24])
def test_columns_read(mode: str, output: int) -> None:
    walk = walk_of(text_of(Shape(7, 7, 1), [{"upsample": {"size": output, "mode": mode}}]))
    assert walk.nodes[-1].width.size == read_by_torch(mode, 7, output)
