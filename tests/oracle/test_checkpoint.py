"""torch.utils.checkpoint on random networks, with and without autocast."""

import random

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from compare import differences, on_cpu
from fx_bridge import _Tracer, flat, trace
from torch import Tensor, fx, nn
from torch.utils.checkpoint import checkpoint

IMAGE = (3, 17, 16)


class Residual(nn.Module):
    """A block of two convolutions with a shortcut."""

    def __init__(self, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(8, 8, 3, stride, 1),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.Conv2d(8, 8, 3, 1, 1),
            nn.BatchNorm2d(8),
        )
        self.relu = nn.ReLU(inplace=True)
        self.shortcut = nn.Conv2d(8, 8, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.main(x) + self.shortcut(x))


class Recomputed(nn.Module):
    """A block under torch's checkpoint."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block
        self.function = [flat(block)]  # no submodule

    def forward(self, x: Tensor) -> Tensor:
        return checkpoint(self.function[0], x, use_reentrant=False)


class _Blocks(_Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return isinstance(m, Recomputed) or super().is_leaf_module(m, module_qualified_name)


def block(chance: random.Random, amp: bool) -> nn.Module:
    kinds = [
        lambda: Residual(1),
        lambda: Residual(2),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(inplace=True)),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.BatchNorm2d(8)),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.MaxPool2d(2, 1)),
        lambda: nn.Sequential(nn.Dropout(0.5), nn.Conv2d(8, 8, 1), nn.Dropout(0.3)),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.Hardswish(inplace=True)),
        lambda: nn.Sequential(nn.ReLU(), nn.AvgPool2d(2, 1), nn.Upsample(scale_factor=2)),
        lambda: nn.Sequential(nn.Conv2d(8, 8, 1), nn.LocalResponseNorm(3)),
    ]
    return chance.choice(kinds[:7] if amp else kinds)()


@pytest.mark.parametrize("amp", [False, True], ids=["float32", "autocast"])
@pytest.mark.parametrize("seed", range(40))
def test_random_blocks(seed: int, amp: bool) -> None:
    chance = random.Random(seed)
    blocks = [nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())]
    blocks += [block(chance, amp) for _ in range(chance.randint(2, 5))]
    blocks.append(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 5)))
    model = nn.Sequential(*blocks)
    chosen = [k for k in range(len(blocks)) if chance.random() < 0.5]
    setup = on_cpu(checkpoint=frozenset((str(k),) for k in chosen), amp=amp)
    graph = trace(model, IMAGE)
    for k in chosen:
        model[k] = Recomputed(blocks[k])
    run = fx.GraphModule(model, _Blocks().trace(model))
    assert not differences(model, IMAGE, setup, run=run, graph=graph)
