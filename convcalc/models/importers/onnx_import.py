"""`convcalc import onnx`: an ONNX file read as calls, and written as a spec.

Only the `onnx` package is needed; weights are never loaded.
"""

import os
from typing import TYPE_CHECKING

from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import Tensor, TracedCall
from convcalc.models.importers.spec import spec_text
from convcalc.models.importers.traced import Traced
from convcalc.text.errors import ConvcalcError

if TYPE_CHECKING:
    from onnx import NodeProto

    from convcalc.models.importers.onnx_graph import OnnxGraph


FUNCTIONS = ("Add", "Mul", "Sub", "Div", "Neg", "Concat", "Slice", "Split", "Reshape", "ReduceMean")
ASSUMED = ("ONNX does not say what works in place: activation functions do here, sums do not.",)


def import_onnx(path: str, image: Shape | None = None, partial: bool = False) -> str:
    """The spec of an ONNX file; `image` replaces the size of its input.

    Raises:
        ConvcalcError: onnx is missing, the file is not one, or operators that no layer
            stands for.
    """
    if not os.path.isfile(path):
        what = "is a folder, not a model" if os.path.isdir(path) else "there is no such file"
        raise ConvcalcError(f"{path}: {what}")
    try:
        from convcalc.models.importers.onnx_graph import load_graph
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        raise ConvcalcError(
            f"reading {path} needs {name}", "pip install 'convcalc[onnx]'"
        ) from None
    return spec_text(traced_calls(load_graph(path, image), path), partial)


def traced_calls(graph: "OnnxGraph", source: str) -> Traced:
    """The calls of a graph, in its own order."""
    calls: list[TracedCall] = []
    for node in graph.nodes:
        calls += _calls_of(node, graph)
    image = Tensor(graph.image, graph.sizes[graph.image])
    return Traced(graph.name, source, image, _join_pairs(calls), graph.outputs, {}, ASSUMED)


def _calls_of(node: "NodeProto", graph: "OnnxGraph") -> list[TracedCall]:
    from convcalc.models.importers.onnx_node import OnnxNode
    from convcalc.models.importers.onnx_operators import translate_node

    place = place_of(node)
    if node.op_type == "Split":
        return _part_calls(node, graph, place)
    found = translate_node(node, graph)
    operator, arguments = found or (node.op_type, {})
    if not found:
        reader = OnnxNode(node, graph)
        arguments = {str(k): reader.input_tensor(k) for k in range(len(node.input))}
    return [TracedCall(operator, arguments, _output_tensor(node.output[0], graph), place)]


def _part_calls(node: "NodeProto", graph: "OnnxGraph", place: str) -> list[TracedCall]:
    from convcalc.models.importers.onnx_node import OnnxNode

    whole, sizes = (
        OnnxNode(node, graph).input_tensor(0),
        [graph.sizes.get(name, ()) for name in node.output],
    )
    axis = OnnxNode(node, graph).attribute_value("axis", 0)
    parts = [size[axis] if len(size) > axis else 0 for size in sizes]
    return [
        TracedCall(
            "chunk",
            {"input": whole, "parts": parts, "dim": axis, "index": index},
            _output_tensor(name, graph),
            place,
        )
        for index, name in enumerate(node.output)
    ]


def _output_tensor(name: str, graph: "OnnxGraph") -> Tensor:
    return Tensor(name, graph.sizes.get(name, ()))


def place_of(node: "NodeProto") -> str:
    """The module that a node's name tells: `/layer1/layer1.0/conv1/Conv` is layer1.0.conv1.

    What is called as a function is named after the operator: `/layer1/layer1.0/Add`.
    """
    path, _, last = node.name.rpartition("/")
    found = before = ""
    for part in filter(None, path.split("/")):  # a Sequential's parts repeat its name
        found += part[len(before) :] if part.startswith(f"{before}.") else f".{part}"
        before = part
    found = found.removeprefix(".")
    weight = next((name for name in node.input if name.endswith(".weight")), "")
    if weight:
        return weight.removesuffix(".weight")
    leaf = last.partition("_")[0] == node.op_type and found and not _is_function(node)
    return found if leaf else ".".join(filter(None, (found, node.op_type.lower())))


def _is_function(node: "NodeProto") -> bool:
    """Whether the operator is one that models call without a module of its own."""
    return node.op_type in (
        "Add",
        "Mul",
        "Sub",
        "Div",
        "Neg",
        "Concat",
        "Slice",
        "Split",
        "Reshape",
        "ReduceMean",
    )


def _join_pairs(calls: list[TracedCall]) -> list[TracedCall]:
    """SiLU is written as x * sigmoid(x), and the bias of a product as a sum behind it."""
    made = {call.output.name: call for call in calls}
    users: dict[str, int] = {}
    for call in calls:
        for value in call.values:
            users[value.name] = users.get(value.name, 0) + 1
    gone: set[str] = set()
    found = []
    for call in calls:
        found.append(
            _join_silu(call, made, users, gone) or _join_bias(call, made, users, gone) or call
        )
    return [call for call in found if call.output.name not in gone]


def _join_silu(
    call: TracedCall, made: dict[str, TracedCall], users: dict[str, int], gone: set[str]
) -> TracedCall | None:
    if call.operator != "mul" or len(call.values) != 2:
        return None
    x, gate = call.values
    before = made.get(gate.name)
    if before is None or before.operator != "sigmoid" or users[gate.name] > 1:
        return None
    if before.values[0].name != x.name:
        return None
    gone.add(gate.name)
    place = before.place.rpartition(".")[0] if before.place.endswith(".sigmoid") else before.place
    return TracedCall("silu_", {"input": x}, call.output, place or call.place)


def _join_bias(
    call: TracedCall, made: dict[str, TracedCall], users: dict[str, int], gone: set[str]
) -> TracedCall | None:
    if call.operator != "add" or len(call.values) != 1 or len(call.parameters) != 1:
        return None
    before, bias = made.get(call.values[0].name), call.parameters[0]
    if before is None or before.operator != "linear" or users[before.output.name] > 1:
        return None
    if len(bias.shape) != 1 or before.has_argument("bias"):
        return None
    gone.add(before.output.name)
    return before._replace(arguments={**before.arguments, "bias": bias}, output=call.output)
