"""Modules for what torch has as functions only."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from convcalc.facts.shape import Shape

Sizes = tuple[int, ...]


def rows_first(sizes: Sizes) -> Sizes:
    """The last axis first, height before width, as torch has it."""
    return sizes[::-1]


def along(kind: str, volume: Shape) -> type[nn.Module]:
    """The class of torch.nn for as many axes as a volume has: Conv1d, Conv2d, Conv3d."""
    found: type[nn.Module] = getattr(nn, f"{kind}{len(volume.sides)}d")
    return found


def padding_of(layer: Any) -> Sizes:
    """The padding of a layer whose `same` is not used."""
    return rows_first(layer.padding)


class Functional(nn.Module):
    """A function of one or more volumes."""

    def __init__(self, function: Callable[..., Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *volumes: Tensor) -> Tensor:
        return self.function(*volumes)


class FullyConnected(nn.Module):
    """A linear layer; its result has no width and no height."""

    def __init__(self, features: int, units: int, bias: bool) -> None:
        super().__init__()
        self.linear = nn.Linear(features, units, bias)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(x.flatten(1))


class Held(nn.Module):
    """A tensor that all images are multiplied with, or that is added to them."""

    def __init__(self, layer: Any, output: Shape, way: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        sides = output.sides[::-1] if layer.over == "volume" else [1] * len(output.sides)
        single = {"one": (1,), "scalar": ()}
        tensor = torch.ones(single.get(layer.over, (output.channels, *sides)))
        self.register_buffer("held", tensor)
        if layer.learned:
            del self.held
            self.held = nn.Parameter(tensor)
        self.way = way

    def forward(self, x: Tensor) -> Tensor:
        return self.way(x, self.held)


class Local(nn.Module):
    """unfold, a product for each position, and the order of a volume."""

    def __init__(self, layer: Any, volume: Shape, output: Shape) -> None:
        super().__init__()
        width, height = layer.kernel_size
        positions, seen = output.width * output.height, width * height * volume.channels
        self.size = output.height, output.width
        self.window = (height, width), rows_first(layer.dilation)
        self.padding, self.stride = padding_of(layer), rows_first(layer.stride)
        self.weight = nn.Parameter(torch.randn(positions, seen, output.channels))
        self.bias = nn.Parameter(torch.randn(positions, 1, output.channels)) if layer.bias else None

    def forward(self, x: Tensor) -> Tensor:
        size, dilation = self.window
        patches = F.unfold(x, size, dilation, self.padding, self.stride).permute(2, 0, 1)
        if self.bias is None:
            y = torch.bmm(patches, self.weight)
        else:
            y = torch.baddbmm(self.bias, patches, self.weight)
        del patches
        return y.permute(1, 2, 0).contiguous().view(len(x), -1, *self.size)
