"""A node of an ONNX graph: its attributes, and what its inputs are."""

from typing import Any

from onnx import NodeProto, helper

from convcalc.facts.torch_calls import BUFFER, PARAMETER, VALUE, Tensor
from convcalc.models.importers.onnx_graph import OnnxGraph

Found = tuple[str, dict[str, Any]] | None  # torch's operator and its arguments


class OnnxNode:
    """A node of a graph with what its inputs are."""

    def __init__(self, proto: NodeProto, graph: OnnxGraph) -> None:
        self.proto = proto
        self.graph = graph
        self.options = {a.name: helper.get_attribute_value(a) for a in proto.attribute}

    def attribute_value(self, name: str, default: Any = None) -> Any:
        """An attribute; lists as Python's, bytes as text."""
        value = self.options.get(name, default)
        if isinstance(value, bytes):
            return value.decode()
        return list(value) if hasattr(value, "__len__") and not isinstance(value, str) else value

    def has_input(self, index: int) -> bool:
        """Whether an input is there."""
        return len(self.proto.input) > index and bool(self.proto.input[index])

    def constant_input(self, index: int, name: str = "") -> Any:
        """An input that is known, or the attribute that it was in older opsets."""
        if self.has_input(index) and self.proto.input[index] in self.graph.constants:
            return self.graph.constants[self.proto.input[index]].tolist()
        return self.attribute_value(name) if name else None

    def input_tensor(self, index: int, kind: str = PARAMETER) -> Tensor | None:
        """An input: what a node made, or a weight of that kind."""
        if not self.has_input(index):
            return None
        name = self.proto.input[index]
        if name in self.graph.weights:
            return Tensor(name, self.graph.weights[name], kind)
        if name in self.graph.constants:
            return Tensor(name, self.graph.constants[name].shape, BUFFER)
        return Tensor(name, self.graph.sizes.get(name, ()), VALUE)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Of the first output."""
        return self.graph.sizes.get(self.proto.output[0], ())
