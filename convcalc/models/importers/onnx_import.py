"""`convcalc import onnx`: an ONNX file read as calls, and written as a spec.

Only the `onnx` package is needed; weights are never loaded.
"""

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import Tensor, TracedCall
from convcalc.models.importers.joins import joined_calls, with_biases
from convcalc.models.importers.onnx_records import known_records
from convcalc.models.importers.spec import spec_text
from convcalc.models.importers.traced import Traced
from convcalc.network.loading import missing_words
from convcalc.text.errors import ConvcalcError, Hint, internal_error
from convcalc.text.source import printable, shortened

if TYPE_CHECKING:
    from onnx import NodeProto

    from convcalc.models.importers.onnx_graph import OnnxGraph
    from convcalc.models.importers.onnx_inputs import OpenSize


LONGEST, DEEPEST = 200, 20  # of the names of modules
MOST_TRIED = 2_000  # operators, of all sizes that are tried: two seconds
USUAL_SIDES = (224, 32, 28, 299)  # of images
FUNCTIONS = ("Add", "Mul", "Sub", "Div", "Neg", "Concat", "Slice", "Split", "Reshape", "ReduceMean")
ASSUMED = ("ONNX does not say what works in place: activation functions do here, sums do not.",)


def import_onnx(path: str, image: Shape | None = None, partial: bool = False) -> str:
    """The spec of an ONNX file; `image` replaces the size of its input.

    Raises:
        ConvcalcError: onnx is missing, the file is not one, or operators that no layer
            stands for.
    """
    if not os.path.isfile(path):
        what = "not a regular file" if os.path.exists(path) else missing_words(path)
        what = "is a folder, not a model" if os.path.isdir(path) else what
        raise ConvcalcError(f"{printable(path)}: {what}")
    try:
        from convcalc.models.importers.onnx_graph import load_graph
        from convcalc.models.importers.onnx_inputs import OpenSize
    except ModuleNotFoundError as error:
        name = (error.name or "").partition(".")[0]
        raise ConvcalcError(f"reading {path} needs {name}", "pip install onnx") from None
    try:
        try:
            return spec_text(traced_calls(load_graph(path, image), path), partial)
        except OpenSize as error:
            raise ConvcalcError(error.message, _size_hint(error, path, partial)) from None
    except ConvcalcError:
        raise
    except Exception as error:
        raise _explained(error, path) from None


def _size_hint(error: "OpenSize", path: str, partial: bool) -> Hint:
    """A size that the model takes, which is tried; or that one is to be given."""
    for side in USUAL_SIDES[: MOST_TRIED // error.nodes]:
        image = error.closed(side)
        with suppress(ConvcalcError):
            import_onnx(path, image, partial)
            return Hint(f"--input {image} gives one", plain=f"input='{image}' gives one")
    return error.whole_hint


def _explained(error: Exception, path: str) -> ConvcalcError:
    """A fault that no rule of ours has seen: the file's, where onnx refuses it, or ours."""
    from convcalc.models.importers.onnx_file import refusal_of

    refusal = refusal_of(path)
    if refusal:
        return ConvcalcError(f"{printable(path)}: not a valid ONNX model: {refusal}")
    return internal_error(error, path)


def traced_calls(graph: "OnnxGraph", source: str) -> Traced:
    """The calls of a graph, in its own order.

    Raises:
        ConvcalcError: an operator that layers stand for is given what it cannot take.
    """
    from convcalc.models.importers.onnx_operators import is_translated

    calls: list[TracedCall] = []
    for node in graph.nodes:
        problem = graph.problems.get(node.output[0])
        if problem and is_translated(node):
            raise ConvcalcError(f"{printable(source)}: {problem}")
        calls += _calls_of(node, graph)
    size = graph.sizes[graph.image]
    if graph.channels_last:
        size = (size[0], size[-1], *size[1:-1])
    image = Tensor(graph.image, size, channels_last=graph.channels_last)
    made = {call.output.name for call in calls}
    beside = {name for node in graph.nodes for name in node.output[1:]} - made
    outputs = [name for name in graph.outputs if name not in beside]
    calls = joined_calls(with_biases(calls, outputs), outputs)
    batch = size[0]
    return Traced(graph.name, source, image, calls, outputs, {}, (*ASSUMED, *_merged_words(graph)),
                  parameters=graph.shown, buffers=graph.held,
                  observe=lambda: known_records(calls, batch))  # fmt: skip


def _merged_words(graph: "OnnxGraph") -> list[str]:
    """That weights which are one in the file are several in the network."""
    names = [shortened(name) for name in sorted(graph.merged - graph.uniform)]
    several = ", ..." * (len(names) > 3)
    said = f"Equal weights that exporters merge are each layer's own: {', '.join(names[:3])}"
    return [f"{said}{several}."] * bool(names)


def _calls_of(node: "NodeProto", graph: "OnnxGraph") -> list[TracedCall]:
    from convcalc.models.importers.onnx_graph import domain_words
    from convcalc.models.importers.onnx_node import OnnxNode, Untranslated

    place, outputs = place_of(node), [name for name in node.output if name]
    found, reason = None, domain_words(node)
    if node.op_type == "MaxPool" and len(outputs) == 2:
        return _pool_calls(node, graph, place)
    if all(name in graph.sizes for name in outputs[:1]):
        try:
            found = _translated(node, graph)
        except Untranslated as error:
            reason = str(error)
    if isinstance(found, list):
        return [call._replace(place=place, word=_word_of(node)) for call in found]
    operator, arguments = found or (_word_of(node), {})
    if not found:
        reader = OnnxNode(node, graph)
        arguments = {str(k): reader.input_tensor(k) for k in range(len(node.input))}
    return [
        TracedCall(operator, arguments, _output_tensor(name, graph), place, _word_of(node), reason)
        for name in outputs[: 1 if found else None]
    ]


def _pool_calls(node: "NodeProto", graph: "OnnxGraph", place: str) -> list[TracedCall]:
    """A pool that says where its maxima are."""
    from convcalc.models.importers.onnx_node import OnnxNode

    whole = OnnxNode(node, graph).input_tensor(0)
    return [
        TracedCall("max_pool2d_with_indices", {"input": whole, "index": index},
                   _output_tensor(name, graph), place, _word_of(node))
        for index, name in enumerate(node.output)
    ]  # fmt: skip


def _translated(node: "NodeProto", graph: "OnnxGraph") -> Any:
    """What an operator is in torch's words, or None where it has none for what it is given.

    Raises:
        Untranslated: it has none, and says why.
    """
    from convcalc.models.importers.onnx_operators import translate_node

    try:
        return _part_calls(node, graph) if node.op_type == "Split" else translate_node(node, graph)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return None  # its type and sizes are right: what it is told has no meaning together


def _part_calls(node: "NodeProto", graph: "OnnxGraph") -> list[TracedCall]:
    from convcalc.models.importers.onnx_node import OnnxNode

    reader = OnnxNode(node, graph)
    whole, sizes = reader.input_tensor(0), [graph.sizes[name] for name in node.output]
    axis = reader.attribute_value("axis", 0)
    parts = [size[axis] for size in sizes]
    return [
        TracedCall(
            "chunk",
            {"input": whole, "parts": parts, "dim": axis, "index": index},
            _output_tensor(name, graph),
        )
        for index, name in enumerate(node.output)
    ]


def _output_tensor(name: str, graph: "OnnxGraph") -> Tensor:
    return Tensor(name, graph.sizes.get(name, ()))


def place_of(node: "NodeProto") -> str:
    """The module that a node's name tells: `/layer1/layer1.0/conv1/Conv` is layer1.0.conv1.

    What is called as a function is named after the operator: `/layer1/layer1.0/Add`. No
    network nests modules deeper than `DEEPEST`, or gives them names longer than `LONGEST`.
    """
    place = _place_in_file(node)
    if len(place) <= LONGEST and place.count(".") < DEEPEST:
        return place
    return shortened(place, LONGEST).replace(".", "_")


def _place_in_file(node: "NodeProto") -> str:
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
    return found if leaf else ".".join(filter(None, (found, _word_of(node).lower())))


def _word_of(node: "NodeProto") -> str:
    """The operator, without what no name of a spec has: blanks around it, a `$`."""
    return " ".join(node.op_type.replace("$", "_").split())


def _is_function(node: "NodeProto") -> bool:
    """Whether the operator is one that models call without a module of its own."""
    return node.op_type in FUNCTIONS
