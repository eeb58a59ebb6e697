"""Runs a network of convcalc under torch: one function a layer type, weights by name."""

from collections.abc import Callable
from math import prod

import torch
from torch import Tensor
from torch.nn import functional as F

from convcalc.network.graph import Network, Node
from convcalc.walk.propagation import Propagation

Weights = dict[str, list[Tensor]]  # the tensors of each layer, as the facts list them


def weights_of(walked: Propagation, seed: int = 0) -> Weights:
    """Random weights of a size that keeps values near 1, biases included."""
    generator = torch.Generator().manual_seed(seed)
    found: Weights = {}
    for node in walked.nodes:
        shapes = [parameter.shape for parameter in node.facts.parameters]
        found[node.name] = [
            torch.randn(shape, generator=generator, dtype=torch.float64) / prod(shape[1:]) ** 0.5
            for shape in shapes
        ]
    return found


def copied(weights: Weights, walked: Propagation) -> Weights:
    """The same numbers in the shapes that another form of the network has for them."""
    return {
        node.name: [
            tensor.reshape(parameter.shape)
            for tensor, parameter in zip(weights[node.name], node.facts.parameters, strict=True)
        ]
        for node in walked.nodes
    }


def forward(network: Network, weights: Weights, images: Tensor) -> Tensor:
    """The first output of a network in evaluation mode."""
    values: list[Tensor] = []
    for node in network.nodes:
        inputs = [values[index] for index in node.inputs]
        values.append(RUN[node.layer.keyword](node, weights[node.name], *inputs or [images]))
    return values[network.outputs[0]]


def _along(kind: str, x: Tensor) -> Callable[..., Tensor]:
    """torch's function for volumes of so many axes, `conv2d`."""
    found: Callable[..., Tensor] = getattr(F, f"{kind}{x.dim() - 2}d")
    return found


def _convolution(node: Node, weights: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer  # sizes of torch have the last axis first
    padding = tuple(window.padding for window in layer.windows())
    run = _along("conv", x)
    return run(x, *weights, stride=layer.stride[::-1], padding=padding[::-1])


def _pool(node: Node, _: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer
    pool = _along(f"{layer.mode}_pool", x)
    return pool(x, *(each[::-1] for each in (layer.kernel_size, layer.stride, layer.padding)))


def _as_volume(row: Tensor, x: Tensor) -> Tensor:
    """Values as a volume with axes of 1, as many as another has."""
    return row.reshape(*row.shape, *[1] * (x.dim() - 2))


def _norm(node: Node, _: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer
    return F.local_response_norm(x, layer.size, layer.alpha, layer.beta, layer.k)


RUN: dict[str, Callable[..., Tensor]] = {
    "INPUT": lambda node, weights, x: x,
    "CONV": _convolution,
    "POOL": _pool,
    "GAP": lambda node, weights, x: x.mean(tuple(range(2, x.dim())), keepdim=True),
    "LRN": _norm,
    "RELU": lambda node, weights, x: x.relu(),
    "DROPOUT": lambda node, weights, x: x,
    "FLATTEN": lambda node, weights, x: _as_volume(x.flatten(1), x),
    "FC": lambda node, weights, x: _as_volume(F.linear(x.flatten(1), *weights), x),
}
