"""Sums, differences, products and quotients of ONNX, of which either side may be a number."""

from collections.abc import Callable
from typing import Any

from convcalc.facts.torch_calls import BUFFER, PARAMETER, TracedCall
from convcalc.models.importers.onnx_node import Found, OnnxNode


def _both_ways(operator: str) -> Callable[[OnnxNode], Found]:
    """Which side is a number does not matter; tensors keep their order."""

    def rule(node: OnnxNode) -> Found:
        first, second = number_input(node, 0), number_input(node, 1)
        if first is not None:
            return operator, {"input": node.input_tensor(1), "other": first}
        other = node.input_tensor(1) if second is None else second
        return operator, {"input": node.input_tensor(0), "other": other}

    return rule


def _one_way(operator: str, reverse: str) -> Callable[[OnnxNode], Found]:
    """Tensors that are taken away, or that divide, are seldom learned: a mean, a deviation."""

    def rule(node: OnnxNode) -> Found:
        first, second = number_input(node, 0), number_input(node, 1)
        if first is not None:
            return (reverse, {"input": node.input_tensor(1), "other": first}) if reverse else None
        other = node.input_tensor(1, BUFFER) if second is None else second
        return operator, {"input": node.input_tensor(0, PARAMETER), "other": other}

    return rule


def _sum_of_several(node: OnnxNode) -> list[TracedCall]:
    """One sum behind the other."""
    calls, total = [], node.input_tensor(0)
    for index in range(1, len(node.proto.input)):
        last = index == len(node.proto.input) - 1
        output = node.output_tensor
        output = output if last else output._replace(name=f"{output.name} of {index + 1}")
        arguments = {"input": total, "other": node.input_tensor(index)}
        calls.append(TracedCall("add", arguments, output))
        total = output
    return calls or [TracedCall("identity", {"input": total}, node.output_tensor)]


def number_input(node: OnnxNode, index: int) -> Any:
    """An input that is one number; a weight of shape (1) is none, as it may be learned."""
    if not node.has_input(index):
        return None
    name = node.proto.input[index]
    if node.graph.weights.get(name) or name in node.graph.scalars:
        return None
    if name not in node.graph.constants:
        return None
    value = node.constant_input(index)
    while isinstance(value, list) and len(value) == 1:
        value = value[0]
    return None if isinstance(value, list) else value


ARITHMETIC: dict[str, Callable[[OnnxNode], Any]] = {
    "Add": _both_ways("add"),
    "Mul": _both_ways("mul"),
    "Sum": _sum_of_several,
    "Sub": _one_way("sub", "rsub"),
    "Div": _one_way("div", ""),
    "Neg": lambda node: ("neg", {"input": node.input_tensor(0)}),
}
