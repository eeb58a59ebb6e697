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


def _swapped(pair: tuple[int, int]) -> tuple[int, int]:
    """Height before width, as torch has it."""
    return pair[1], pair[0]


def _convolution(node: Node, weights: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer
    padding = tuple(window.padding for window in layer.windows())
    return F.conv2d(x, *weights, stride=_swapped(layer.stride), padding=_swapped(padding))


def _pool(node: Node, _: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer
    pool = {"max": F.max_pool2d, "avg": F.avg_pool2d}[layer.mode]
    return pool(x, *(_swapped(pair) for pair in (layer.kernel_size, layer.stride, layer.padding)))


def _norm(node: Node, _: list[Tensor], x: Tensor) -> Tensor:
    layer = node.layer
    return F.local_response_norm(x, layer.size, layer.alpha, layer.beta, layer.k)


RUN: dict[str, Callable[..., Tensor]] = {
    "INPUT": lambda node, weights, x: x,
    "CONV": _convolution,
    "POOL": _pool,
    "GAP": lambda node, weights, x: x.mean((2, 3), keepdim=True),
    "LRN": _norm,
    "RELU": lambda node, weights, x: x.relu(),
    "DROPOUT": lambda node, weights, x: x,
    "FLATTEN": lambda node, weights, x: x.flatten(1)[:, :, None, None],
    "FC": lambda node, weights, x: F.linear(x.flatten(1), *weights)[:, :, None, None],
}
