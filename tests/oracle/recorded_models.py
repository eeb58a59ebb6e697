"""Parts of timm's networks whose operators no layer stands for, and which import records."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class TokenNorm(nn.Module):
    """LeViT's batch norm of tokens, all of them folded into the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.linear, self.bn = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 6), nn.BatchNorm1d(6)

    def forward(self, x: Tensor) -> Tensor:
        x = self.linear(self.stem(x).flatten(2).transpose(1, 2))
        return self.bn(x.flatten(0, 1)).reshape_as(x).mean(1)


class GatedBlock(nn.Module):
    """MambaOut's block over N, H, W, C: a part of the channels is convolved, another one gates."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.LayerNorm(8)
        self.fc1, self.conv = nn.Linear(8, 24), nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.fc2, self.head = nn.Linear(12, 8), nn.Conv2d(8, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.norm(self.stem(x).permute(0, 2, 3, 1))
        gate, kept, turned = torch.split(self.fc1(x), [12, 4, 8], dim=-1)
        turned = self.conv(turned.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        x = x + self.fc2(F.gelu(gate) * torch.cat((kept, turned), dim=-1))
        return self.head(x.permute(0, 3, 1, 2))


class Positions(nn.Module):
    """EdgeNeXt's encoding of positions, made on the device of a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.project, self.head = nn.Conv2d(3, 8, 3), nn.Conv2d(1, 8, 1), nn.Linear(8, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        weight = self.project.weight
        mask = ~torch.zeros(len(x), *x.shape[2:]).to(weight.device, torch.bool)
        rows = mask.cumsum(1, dtype=torch.float32)
        places = (rows / (rows[:, -1:, :] + 1e-6)).sin()[:, None]
        return self.head((x + self.project(places.to(weight.dtype))).mean((2, 3)))


class Attention2d(nn.Module):
    """CoAtNet's attention, with a learned bias, of queries, keys and values copied before."""

    def __init__(self) -> None:
        super().__init__()
        self.qkv, self.project, self.head = nn.Conv2d(3, 24, 1), nn.Conv2d(8, 8, 1), nn.Linear(8, 4)
        self.bias = nn.Parameter(torch.zeros(1, 2, 256, 256))

    def forward(self, x: Tensor) -> Tensor:
        b, _, h, w = x.shape
        parts = self.qkv(x).reshape(b, 3, 2, 4, -1).unbind(1)
        q, k, v = (each.transpose(-1, -2).contiguous() for each in parts)
        x = F.scaled_dot_product_attention(q, k, v, self.bias)
        return self.head(self.project(x.transpose(-1, -2).reshape(b, -1, h, w)).mean((2, 3)))


class SingleHead(nn.Module):
    """SHViT: a group norm of a part of the channels, which it copies."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.norm = nn.Conv2d(3, 8, 3), nn.GroupNorm(1, 3)
        self.conv, self.head = nn.Conv2d(3, 3, 1), nn.Conv2d(8, 4, 1)

    def forward(self, x: Tensor) -> Tensor:
        first, second = torch.split(F.relu(self.stem(x)), [3, 5], dim=1)
        return self.head(torch.cat([self.conv(self.norm(first)), second], dim=1))


class Additive(nn.Module):
    """SwiftFormer's attention: tokens divided by their lengths, and by those over all tokens."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.query, self.key = nn.Conv2d(3, 8, 4, 4), nn.Linear(8, 6), nn.Linear(8, 6)
        self.weight, self.head = nn.Parameter(torch.ones(6, 1)), nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x).flatten(2).permute(0, 2, 1)
        query, key = F.normalize(self.query(x), dim=-1), F.normalize(self.key(x), dim=-1)
        weights = F.normalize(query @ self.weight, dim=1)
        return self.head((weights * query).sum(1, keepdim=True) * key + query).mean(1)


MODELS: dict[str, Callable[[], nn.Module]] = {
    kind.__name__: kind
    for kind in (TokenNorm, GatedBlock, Positions, Attention2d, SingleHead, Additive)
}
IMAGE = (3, 16, 16)
