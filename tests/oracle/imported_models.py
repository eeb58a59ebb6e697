"""Models that nobody prepared for import: each does something that people do."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Head(nn.Module):
    """Ten scores of the mean of each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.fc = nn.Linear(channels, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x.mean((2, 3)))


class Reused(nn.Module):
    """A layer three times in a loop: its weights are there once."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.conv, self.norm = nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.head = Head(16)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for _ in range(3):
            x = F.relu(self.norm(self.conv(x))) + x
        return self.head(x)


class Tied(nn.Module):
    """Two modules with one tensor for a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, padding=1)
        self.one = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.two = nn.Conv2d(16, 16, 3, padding=1, bias=False)
        self.two.weight = self.one.weight
        self.head = Head(16)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(torch.relu(self.stem(x)), 2)
        return self.head(self.two(F.gelu(self.one(x))))


class AskingShapes(nn.Module):
    """`if` on sizes, and a flattening that asks for them."""

    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = nn.Conv2d(3, 8, 3, stride=2, padding=1), nn.Conv2d(8, 8, 1)
        self.fc = nn.Linear(8 * 8 * 8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.one(x)
        if x.shape[-1] > 8:
            x = F.avg_pool2d(x, 2)
        if x.shape[1] != 8:
            x = self.two(x)
        x = self.two(F.silu(x, inplace=True))
        return self.fc(x.view(x.size(0), -1))


class Listed(nn.Module):
    """Sequentials in a ModuleList, and functions without names."""

    def __init__(self) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            nn.Sequential(nn.Conv2d(n, 2 * n, 3, padding=1), nn.ReLU6(inplace=True))
            for n in (3, 6, 12)
        )
        self.shrink = lambda x: F.max_pool2d(x, 3, stride=2, padding=1, ceil_mode=True)
        self.head = Head(24)

    def forward(self, x: Tensor) -> Tensor:
        for stage in self.stages:
            x = self.shrink(stage(x))
        return self.head(x)


class Split(nn.Module):
    """Halves that go their own ways, channels last in between, a gate."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 4, stride=4)
        self.left, self.gate = nn.Conv2d(8, 8, 3, padding=1, groups=8), nn.Conv2d(8, 8, 1)
        self.norm, self.up = nn.GroupNorm(4, 16), nn.Upsample(scale_factor=2, mode="bilinear")
        self.head = Head(16)

    def forward(self, x: Tensor) -> Tensor:
        one, two = torch.split(self.stem(x), 8, 1)
        x = torch.cat([self.left(one) * torch.sigmoid(self.gate(two)), F.pad(two, (0, 0, 0, 0))], 1)
        return self.head(self.up(self.norm(x)))


class TwoOutputs(nn.Module):
    """A dictionary of scores."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Hardswish(inplace=True))
        self.one, self.two = Head(8), Head(8)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        x = self.body(x)
        return {"out": self.one(x), "aux": self.two(F.avg_pool2d(x, 3))}


class Composite(nn.Module):
    """Modules of torch that are several operators, and a crop by slices."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.lrn = nn.Conv2d(3, 8, 3, padding=1), nn.LocalResponseNorm(5, k=2.0)
        self.pool, self.norm = nn.LPPool2d(2, 2), nn.InstanceNorm2d(8, affine=True)
        self.act, self.shuffle = nn.PReLU(8), nn.ChannelShuffle(2)
        self.up, self.pad = nn.ConvTranspose2d(8, 4, 2, 2, groups=2), nn.ZeroPad2d((1, 0, 2, 1))
        self.drop, self.head = nn.Dropout2d(0.2), Head(4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.shuffle(self.act(self.norm(self.pool(self.lrn(self.conv(x))))))
        x = self.up(x)
        x = F.layer_norm(x, x.shape[1:])
        return self.head(self.drop(torch.sigmoid(self.pad(x))[:, :, 1:-1, 2:]))


class Attention(nn.Module):
    """Squeeze-and-excitation that expands its gate, and CBAM's pooling over the channels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.squeeze, self.excite = nn.Linear(8, 2, bias=False), nn.Linear(2, 8, bias=False)
        self.conv, self.head = nn.Conv2d(2, 1, 7, padding=3, bias=False), nn.Linear(8, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        gate = self.excite(F.relu(self.squeeze(F.adaptive_avg_pool2d(x, 1).view(len(x), 8))))
        x = x * torch.sigmoid(gate).view(len(x), 8, 1, 1).expand_as(x)
        maps = torch.cat([x.max(1, keepdim=True)[0], torch.mean(x, 1, keepdim=True)], 1)
        x = x * torch.sigmoid(self.conv(maps)).expand(-1, 8, -1, -1)
        return F.log_softmax(self.head(x.amax((2, 3))), dim=1)


class Rearranged(nn.Module):
    """Borders of three kinds, pixels and channels in each other's place, other activations."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, padding_mode="reflect")
        self.border = nn.Sequential(nn.ReplicationPad2d((1, 2, 0, 1)), nn.ConstantPad2d(1, 0.5))
        self.acts = nn.Sequential(nn.SELU(inplace=True), nn.CELU(), nn.Hardtanh(-2, 2))
        self.up, self.down = nn.PixelShuffle(2), nn.PixelUnshuffle(2)
        self.grow, self.head = nn.Upsample(scale_factor=2, mode="bicubic"), Head(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.acts(self.stem(x))
        x = x + F.max_pool2d(self.down(self.grow(self.up(x))), 2)
        return self.head(self.border(x))


class Viewed(nn.Module):
    """Parameters and buffers in other shapes than they have; paddings in words."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding="same", bias=False)
        self.down = nn.Conv2d(8, 8, 3, padding="valid")
        self.gain, self.shift = nn.Parameter(torch.ones(8)), nn.Parameter(torch.zeros(8))
        self.head = Head(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x) * self.gain.view(1, -1, 1, 1)
        return self.head(F.relu(self.down(x)) + self.shift[:, None, None])


class Arithmetic(nn.Module):
    """Numbers, buffers and parameters in sums and products; differences of volumes."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(1, 3, 1, 1))
        self.register_buffer("std", torch.ones(3, 1, 1))
        self.one, self.two = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.gamma, self.alpha = nn.Parameter(torch.ones(8, 1, 1)), nn.Parameter(torch.ones(()))
        self.place, self.head = nn.Parameter(torch.zeros(1, 8, 1, 1)), Head(8)

    def forward(self, x: Tensor) -> Tensor:
        x = self.one((x - self.mean) / self.std)
        y = self.two(2 - (self.place + x)) * self.alpha * self.gamma
        x = -(x - 0.5 * y) / 255
        return self.head(F.relu(x.add_(1).mul_(3)) - y)


MODELS: dict[str, Callable[[], nn.Module]] = {
    kind.__name__: kind
    for kind in (
        Reused,
        Tied,
        AskingShapes,
        Listed,
        Split,
        TwoOutputs,
        Composite,
        Attention,
        Rearranged,
        Viewed,
        Arithmetic,
    )
}
