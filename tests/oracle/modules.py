"""Small modules, one for each behaviour that a layer can have."""

import torch
from torch import Tensor, nn

IMAGE = (3, 13, 11)


class Add(nn.Module):
    """Branches of one value that meet again, in place or not."""

    def __init__(self, in_place: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.left = nn.Conv2d(8, 8, 3, padding=1)
        self.right = nn.Conv2d(8, 8, 1)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 13 * 11, 5))
        self.in_place = in_place

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        a, b = self.left(x), self.right(x)
        if self.in_place:
            a += b
        else:
            a = a + b
        return self.head(a + x + b)


class Concat(nn.Module):
    """Three parts, one of them used twice."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.left = nn.Conv2d(8, 4, 3, padding=1)
        self.right = nn.Conv2d(8, 8, 1)
        self.relu = nn.ReLU(inplace=True)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(20 * 13 * 11, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.relu(self.stem(x))
        return self.head(torch.cat([self.left(x), x, self.relu(self.right(x))], 1))


class Gate(nn.Module):
    """Squeeze-and-excitation, the gate first or last."""

    def __init__(self, first: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.ReLU(), nn.Conv2d(4, 8, 1), nn.Sigmoid()
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8 * 13 * 11, 5))
        self.first = first

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        gate = self.gate(x)
        return self.head(gate * x if self.first else x * gate)


class Scale(nn.Module):
    """A learned factor a channel."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.gamma = nn.Parameter(torch.ones(8, 1, 1))
        self.head = nn.Sequential(nn.Conv2d(8, 8, 1), nn.Flatten(), nn.Linear(8 * 13 * 11, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.head(self.gamma * x + x)


class Chunk(nn.Module):
    """Two halves, of which both or one are used."""

    def __init__(self, both: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.branch = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear((8 if both else 4) * 13 * 11, 5))
        self.both = both

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.stem(x).chunk(2, 1)
        b = self.branch(b)
        return self.head(torch.cat([a, b], 1) if self.both else b)


class Crop(nn.Module):
    """A window of a map, joined with another map: U-Net's skip."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1)
        self.down = nn.Conv2d(8, 8, 3)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(16 * 11 * 9, 5))

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        return self.head(torch.cat([x[:, :, 1:12, 1:10], self.down(x)], 1))


class Local(nn.Module):
    """The reference of a locally connected layer: unfold and a product per position."""

    def __init__(self, bias: bool) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 1)
        self.local = LocallyConnected(4, 6, (13, 11), bias)
        self.head = nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(6 * 11 * 9, 5))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.local(self.stem(x)))


class LocallyConnected(nn.Module):
    """3 x 3 windows, each with weights of its own, as (positions, seen, filters)."""

    def __init__(self, channels: int, filters: int, size: tuple[int, int], bias: bool) -> None:
        super().__init__()
        self.size = size[0] - 2, size[1] - 2
        positions, self.seen = self.size[0] * self.size[1], 9 * channels
        self.weight = nn.Parameter(torch.randn(positions, self.seen, filters))
        self.bias = nn.Parameter(torch.randn(positions, 1, filters)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        patches = nn.functional.unfold(x, 3).permute(2, 0, 1)
        if self.bias is None:
            y = torch.bmm(patches, self.weight)
        else:
            y = torch.baddbmm(self.bias, patches, self.weight)
        del patches
        return y.permute(1, 2, 0).contiguous().view(len(x), -1, *self.size)


class Maps(nn.Module):
    """Two outputs that are maps, so that the loss is a sum over two label maps."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, padding=1, stride=2)
        self.left, self.right = nn.Conv2d(8, 5, 1), nn.Conv2d(8, 5, 1, bias=False)
        self.deconv = nn.ConvTranspose2d(5, 5, 4, 2, 1)
        self.resize = nn.Upsample(scale_factor=2, mode="bilinear")

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = self.stem(x)
        return self.deconv(self.left(x)), self.resize(self.right(x))


def between(*layers: nn.Module) -> nn.Sequential:
    """A convolution, the layers under test, and a classifier."""
    stem = nn.Conv2d(3, 8, 3, padding=1)
    with torch.no_grad():
        channels = nn.Sequential(stem, *layers).eval()(torch.zeros(2, *IMAGE)).shape[1]
    head = [nn.Conv2d(channels, 6, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 5)]
    return nn.Sequential(stem, *layers, *head)


LAYERS = [
    nn.ReLU(),
    nn.ReLU(inplace=True),
    nn.LeakyReLU(0.1),
    nn.LeakyReLU(0.1, inplace=True),
    nn.ReLU6(),
    nn.ReLU6(inplace=True),
    nn.Hardswish(inplace=True),
    nn.Hardsigmoid(inplace=True),
    nn.SiLU(),
    nn.SiLU(inplace=True),
    nn.GELU(),
    nn.Mish(),
    nn.Mish(inplace=True),
    nn.Softplus(),
    nn.Sigmoid(),
    nn.Tanh(),
    nn.Softmax(1),
    nn.PReLU(8),
    nn.PReLU(),
    nn.BatchNorm2d(8),
    nn.BatchNorm2d(8, affine=False),
    nn.InstanceNorm2d(8),
    nn.InstanceNorm2d(8, affine=True),
    nn.GroupNorm(2, 8),
    nn.LayerNorm([8, 13, 11]),
    nn.LocalResponseNorm(5),
    nn.LocalResponseNorm(2),
    nn.MaxPool2d(2),
    nn.MaxPool2d(3, 2, 1, ceil_mode=True),
    nn.AvgPool2d(2),
    *(nn.LPPool2d(p, (2, 3), (1, 2), ceil_mode=True) for p in (1, 1.5, 2, 3, 4)),
    nn.AdaptiveAvgPool2d(3),
    nn.AdaptiveMaxPool2d(2),
    nn.Dropout(0.5),
    nn.Dropout(0.5, inplace=True),
    nn.Dropout2d(0.5),
    nn.Dropout2d(0.5, inplace=True),
    nn.Upsample(scale_factor=2),
    nn.Upsample(scale_factor=2, mode="bilinear"),
    nn.ZeroPad2d(1),
    nn.ReflectionPad2d(1),
    nn.PixelShuffle(2),
    nn.ChannelShuffle(2),
    nn.ConvTranspose2d(8, 4, 2, 2),
    nn.Conv2d(8, 8, 3, groups=8),
    nn.Conv2d(8, 8, 3, dilation=2, bias=False),
]
NETWORKS: dict[str, nn.Module] = {str(layer): between(layer) for layer in LAYERS} | {
    "add": Add(in_place=False),
    "add in place": Add(in_place=True),
    "concat": Concat(),
    "gate first": Gate(first=True),
    "gate last": Gate(first=False),
    "layer scale": Scale(),
    "both chunks": Chunk(both=True),
    "one chunk": Chunk(both=False),
    "crop": Crop(),
    "locally connected": Local(bias=True),
    "locally connected without bias": Local(bias=False),
    "perceptron": nn.Sequential(
        nn.Flatten(),
        nn.Linear(3 * 13 * 11, 40),
        nn.ReLU(),
        nn.Dropout(0.3),
        nn.Linear(40, 5, bias=False),
    ),
}
