"""A node of an ONNX graph: its attributes, and what its inputs are."""

from typing import Any

from onnx import NodeProto, helper

from convcalc.facts.torch_calls import BUFFER, PARAMETER, VALUE, Tensor
from convcalc.models.importers.onnx_graph import OnnxGraph

Found = tuple[str, dict[str, Any]] | None  # torch's operator and its arguments


class Untranslated(Exception):
    """Why an operator that is read elsewhere is not, as it is here."""


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
        """An input that is known, or the attribute that it was in older opsets.

        Raises:
            Untranslated: a constant whose values are not read.
        """
        given = self.proto.input[index] if self.has_input(index) else ""
        if given in self.graph.constants:
            return self.graph.constants[given].tolist()
        if given in self.graph.unread:
            raise Untranslated(self.graph.unread[given])
        return self.attribute_value(name) if name else None

    def input_tensor(self, index: int, kind: str = PARAMETER) -> Tensor | None:
        """An input: what a node made, or a weight of that kind."""
        if not self.has_input(index):
            return None
        name = self.proto.input[index]
        if name in self.graph.weights:
            fixed = name in self.graph.integers or name in self.graph.held
            kind = BUFFER if fixed else kind
            return Tensor(self._owner_of(name), self.graph.weights[name], kind)
        if name in self.graph.constants:
            return Tensor(name, self.graph.constants[name].shape, BUFFER)
        return Tensor(name, self.graph.sizes.get(name, ()), VALUE)

    def weight_tensor(self, index: int, kind: str = PARAMETER) -> Tensor | None:
        """An input that the operator learns, wherever that is, unless the file says otherwise."""
        tensor = self.input_tensor(index, kind)
        if tensor is None or tensor.kind != BUFFER or self.proto.input[index] in self.graph.held:
            return tensor
        return tensor._replace(kind=kind)

    def bias_tensor(self, index: int) -> Tensor | None:
        """A bias; zeros that the graph makes of a number stand where a layer has none."""
        name = self.proto.input[index] if self.has_input(index) else ""
        if name in self.graph.computed and not self.graph.constants[name].any():
            return None
        return self.weight_tensor(index)

    def learned_tensor(self, index: int, initial: float) -> Tensor | None:
        """An input that the operator may learn.

        ONNX's norms have no form without weights; exporters write ones and zeros there. What
        is all `initial`, and has no name in a module, is nothing that was learned.
        """
        name = self.proto.input[index] if self.has_input(index) else ""
        values = self.graph.constants.get(name)
        fixed = values is not None and (values == initial).all()
        if fixed and not (name in self.graph.weights and ("." in name or "/" in name)):
            return None
        return self.weight_tensor(index)

    def _owner_of(self, name: str) -> str:
        """The parameter that a weight is.

        Exporters merge weights whose values are equal, as those of new batch norms are: each
        layer has one of its own, unless it shares all that it learns with another layer.
        """
        root = self.graph.roots.get(name, name)
        graph = self.graph
        if root not in graph.uniform | graph.merged and not self._is_merged(name):
            return root
        others = [graph.roots.get(each, each) for each in self.proto.input
                  if each in graph.weights]  # fmt: skip
        own = [each for each in others if each not in graph.uniform | graph.merged]
        return f"{root} of {own[0] if own else self.proto.output[0]}"

    def _is_merged(self, name: str) -> bool:
        """Whether one vector stands for two of a batch norm, which it then cannot be alone."""
        return self.proto.op_type == "BatchNormalization" and list(self.proto.input).count(name) > 1

    @property
    def output_tensor(self) -> Tensor:
        """The first output."""
        return Tensor(self.proto.output[0], self.output_size)

    @property
    def output_size(self) -> tuple[int, ...]:
        """Of the first output."""
        return self.graph.sizes.get(self.proto.output[0], ())
