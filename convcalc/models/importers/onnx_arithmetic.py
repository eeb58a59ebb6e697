"""Sums, differences, products and quotients of ONNX, of which either side may be a number."""

from collections.abc import Callable
from typing import Any

from convcalc.facts.torch_calls import BUFFER, PARAMETER
from convcalc.models.importers.onnx_node import Found, OnnxNode


def _both_ways(operator: str) -> Callable[[OnnxNode], Found]:
    """Which side is a number does not matter; tensors keep their order."""

    def rule(node: OnnxNode) -> Found:
        first, second = _scalar_input(node, 0), _scalar_input(node, 1)
        if first is not None:
            return operator, {"input": node.input_tensor(1), "other": first}
        other = node.input_tensor(1) if second is None else second
        return operator, {"input": node.input_tensor(0), "other": other}

    return rule


def _one_way(operator: str, reverse: str) -> Callable[[OnnxNode], Found]:
    """Tensors that are taken away, or that divide, are seldom learned: a mean, a deviation."""

    def rule(node: OnnxNode) -> Found:
        first, second = _scalar_input(node, 0), _scalar_input(node, 1)
        if first is not None:
            return (reverse, {"input": node.input_tensor(1), "other": first}) if reverse else None
        other = node.input_tensor(1, BUFFER) if second is None else second
        return operator, {"input": node.input_tensor(0, PARAMETER), "other": other}

    return rule


def _scalar_input(node: OnnxNode, index: int) -> Any:
    """An input that is one number, written in the graph, not among its weights."""
    if not node.has_input(index) or node.proto.input[index] in node.graph.weights:
        return None
    value = node.constant_input(index)
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return None if isinstance(value, list) else value


ARITHMETIC: dict[str, Callable[[OnnxNode], Found]] = {
    "Add": _both_ways("add"),
    "Mul": _both_ways("mul"),
    "Sum": _both_ways("add"),
    "Sub": _one_way("sub", "rsub"),
    "Div": _one_way("div", ""),
    "Neg": lambda node: ("neg", {"input": node.input_tensor(0)}),
}
