"""The torch module of each layer type."""

from collections.abc import Callable
from typing import Any

import torch
from layer_modules import (
    FullyConnected,
    Functional,
    Held,
    Local,
    Sizes,
    along,
    padding_of,
    rows_first,
)
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision_import import models, ops

from convcalc.facts.shape import Shape

Inputs = tuple[Shape, ...]


def paddings(layer: Any) -> Sizes:
    """The padding that is written or worked out, the last axis first."""
    return rows_first(tuple(window.padding for window in layer.windows()))


def layer_scale(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    if layer.input_first:
        return Held(layer, output, lambda x, held: x * held)
    return Held(layer, output, lambda x, held: held * x)


def scale(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    factor, offset = layer.factor, layer.offset
    if layer.inplace and factor == -1:
        return Functional(lambda x: x.neg_().add_(offset) if offset else x.neg_())
    if layer.inplace:
        scaled = (lambda x: x) if factor == 1 and offset else (lambda x: x.mul_(factor))
        return Functional(lambda x: scaled(x).add_(offset) if offset else scaled(x))
    if factor == -1:
        return Functional(lambda x: offset - x if offset else -x)
    if not offset:
        return Functional(lambda x: x * factor)
    return Functional(lambda x: x + offset if factor == 1 else x * factor + offset)


def dropout(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    kind = along("Dropout", output) if layer.channels else nn.Dropout
    return kind(layer.p, layer.inplace)


def convolution(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    depth = inputs[0].channels
    groups = depth if layer.groups == "depthwise" else layer.groups
    kind = along("Conv", output)
    return kind(depth, output.channels, rows_first(layer.kernel_size), rows_first(layer.stride),
                paddings(layer), rows_first(layer.dilation), groups, layer.bias)  # fmt: skip


def transposed(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    kind = along("ConvTranspose", output)
    return kind(inputs[0].channels, output.channels, rows_first(layer.kernel_size),
                rows_first(layer.stride), padding_of(layer), rows_first(layer.output_padding),
                layer.groups, layer.bias, rows_first(layer.dilation))  # fmt: skip


def pool(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    size, stride = rows_first(layer.kernel_size), rows_first(layer.stride)
    ceil = layer.rounding == "ceil"
    if layer.mode == "max":
        dilation = rows_first(layer.dilation)
        return along("MaxPool", output)(size, stride, padding_of(layer), dilation, False, ceil)
    if layer.mode == "avg":
        return along("AvgPool", output)(size, stride, padding_of(layer), ceil)
    if len(size) == 1:  # LPPool1d takes a number
        return nn.LPPool1d(layer.norm or 2, size[0], stride[0], ceil)
    return along("LPPool", output)(layer.norm or 2, size, stride, ceil)


def unpool(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    size, stride = rows_first(layer.kernel_size), rows_first(layer.stride)
    inner = along("MaxUnpool", output)(size, stride, padding_of(layer))
    return Functional(lambda x, positions: inner(x, positions, output.sides[::-1]))


def adaptive(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    kind = "AdaptiveAvgPool" if layer.mode == "avg" else "AdaptiveMaxPool"
    return along(kind, output)(output.sides[::-1])


def upsample(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    return nn.Upsample(output.sides[::-1], mode=layer.mode)


def pad(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    kinds = {"constant": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad"}
    both = tuple(amount for amount in layer.padding for _ in range(2))
    return along(kinds[layer.mode], output)(both)


def axis_pool(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    axis = 1 if layer.over == "channels" else 1 + len(output.sides) - output.axes.index(layer.over)
    if layer.mode == "avg":
        return Functional(lambda x: x.mean(axis, keepdim=True))
    return Functional(lambda x: x.max(axis, keepdim=True).values)


def crop(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    sides = zip(inputs[0].sides[::-1], output.sides[::-1], strict=True)
    cuts = [slice((whole - part) // 2, (whole - part) // 2 + part) for whole, part in sides]
    return Functional(lambda x, *_: x[(slice(None), slice(None), *cuts)])


def layer_norm(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    assert layer.over == "volume"
    return nn.LayerNorm(output[::-1], elementwise_affine=layer.affine)


def add(layer: Any, inputs: Inputs, output: Shape) -> nn.Module:
    return Functional(_add_in_place if layer.inplace else _add)


def _add(first: Tensor, *others: Tensor) -> Tensor:
    for other in others:
        first = first + other
    return first


def _add_in_place(first: Tensor, *others: Tensor) -> Tensor:
    for other in others:
        first += other
    return first


def pointwise(kind: Callable[..., nn.Module]) -> "Build":
    return lambda layer, inputs, output: kind(inplace=layer.inplace)


ON_ROWS = ("FC", "RELU", "RELU6", "HARDTANH", "ELU", "SELU", "CELU", "LEAKYRELU", "HARDSIGMOID",
           "HARDSWISH", "SILU", "MISH", "GELU", "SIGMOID", "TANH", "SOFTPLUS", "DROPOUT",
           "STOCHASTICDEPTH")  # fmt: skip
Build = Callable[[Any, Inputs, Shape], nn.Module]
BUILD: dict[str, Build] = {
    "CONV": convolution,
    "CONVTRANSPOSE": transposed,
    "LOCAL": lambda layer, inputs, output: Local(layer, inputs[0], output),
    "FC": lambda layer, inputs, output: FullyConnected(
        inputs[0].elements, output.channels, layer.bias
    ),
    "POOL": pool,
    "ADAPTIVEPOOL": adaptive,
    "GAP": lambda layer, inputs, output: (
        Functional(lambda x: x.amax(tuple(range(2, x.dim())), keepdim=True))
        if layer.mode == "amax"
        else adaptive(layer, inputs, output)
    ),
    "UNPOOL": unpool,
    "UPSAMPLE": upsample,
    "CROP": crop,
    "ZEROPAD": pad,
    "PIXELSHUFFLE": lambda layer, inputs, output: nn.PixelShuffle(layer.upscale_factor),
    "PIXELUNSHUFFLE": lambda layer, inputs, output: nn.PixelUnshuffle(layer.downscale_factor),
    "AXISPOOL": axis_pool,
    "EXPAND": lambda layer, inputs, output: Functional(lambda x, *_: x.expand(-1, *output[::-1])),
    "SHUFFLE": lambda layer, inputs, output: nn.ChannelShuffle(layer.groups),
    "FLATTEN": lambda layer, inputs, output: Functional(
        lambda x: x.flatten(1)[(..., *[None] * len(output.sides))]
    ),
    "BN": lambda layer, inputs, output: along("BatchNorm", output)(
        output.channels, affine=layer.affine
    ),
    "FROZENBN": lambda layer, inputs, output: ops.FrozenBatchNorm2d(output.channels),
    "GROUPNORM": lambda layer, inputs, output: nn.GroupNorm(
        layer.num_groups, output.channels, affine=layer.affine
    ),
    "INSTANCENORM": lambda layer, inputs, output: along("InstanceNorm", output)(
        output.channels, affine=layer.affine
    ),
    "LAYERNORM": layer_norm,
    "LRN": lambda layer, inputs, output: nn.LocalResponseNorm(layer.size),
    "L2NORM": lambda layer, inputs, output: Functional(F.normalize),
    "LAYERSCALE": layer_scale,
    "BIAS": lambda layer, inputs, output: Held(layer, output, torch.add),
    "SCALE": scale,
    "PRELU": lambda layer, inputs, output: nn.PReLU(layer.num_parameters),
    "RELU": pointwise(nn.ReLU),
    "RELU6": pointwise(nn.ReLU6),
    "HARDTANH": lambda layer, inputs, output: nn.Hardtanh(
        layer.min_val, layer.max_val, layer.inplace
    ),
    "ELU": pointwise(nn.ELU),
    "SELU": pointwise(nn.SELU),
    "CELU": pointwise(nn.CELU),
    "LEAKYRELU": pointwise(nn.LeakyReLU),
    "HARDSIGMOID": pointwise(nn.Hardsigmoid),
    "HARDSWISH": pointwise(nn.Hardswish),
    "SILU": pointwise(nn.SiLU),
    "MISH": pointwise(nn.Mish),
    "GELU": lambda layer, inputs, output: nn.GELU(),
    "SIGMOID": lambda layer, inputs, output: nn.Sigmoid(),
    "TANH": lambda layer, inputs, output: nn.Tanh(),
    "SOFTPLUS": lambda layer, inputs, output: nn.Softplus(),
    "SOFTMAX": lambda layer, inputs, output: (nn.LogSoftmax if layer.log else nn.Softmax)(1),
    "DROPOUT": dropout,
    "STOCHASTICDEPTH": lambda layer, inputs, output: models.efficientnet.StochasticDepth(
        layer.p, layer.mode
    ),
    "ADD": add,
    "RESIDUAL": add,
    "SUBTRACT": lambda layer, inputs, output: Functional(
        lambda a, b: a.sub_(b) if layer.inplace else a - b
    ),
    "MULTIPLY": lambda layer, inputs, output: Functional(lambda a, b: a * b),
    "CONCAT": lambda layer, inputs, output: Functional(lambda *parts: torch.cat(parts, 1)),
    "SPLIT": lambda layer, inputs, output: Functional(lambda parts: parts[layer.part - 1]),
}
