"""An ONNX file's graph: sizes of everything, and the values of what only computes sizes.

The file is parsed without the weights' external data, whose paths are never opened; weights
inside of it are dropped at once, as only their sizes count. What a graph computes of shapes
alone is worked out by onnx's own reference implementation.
"""

from typing import Any, NamedTuple

import onnx
from onnx import GraphProto, ModelProto, NodeProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from convcalc.facts.shape import MOST_AXES, Shape
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

BATCH = 2  # for a batch that the file leaves open
SMALL = 1024  # values of a constant that may be a shape
OLDEST = 9  # opset


class OnnxGraph(NamedTuple):
    """What is read of a file: nodes that compute values, sizes, constants by name."""

    name: str
    image: str  # the input
    nodes: list[NodeProto]
    sizes: dict[str, tuple[int, ...]]
    constants: dict[str, Any]  # numpy arrays
    weights: dict[str, tuple[int, ...]]  # learned or not, without values
    outputs: list[str]
    opset: int


def load_graph(path: str, image: Shape | None) -> OnnxGraph:
    """The graph of a file; `image` replaces the size of its input.

    Raises:
        ConvcalcError: no ONNX file, or a graph whose sizes cannot be known.
    """
    model = _parse_model(path)
    graph = model.graph
    weights = {tensor.name: tuple(tensor.dims) for tensor in graph.initializer}
    constants = {t.name: numpy_helper.to_array(t) for t in graph.initializer if _is_small(t)}
    for tensor in graph.initializer:
        if tensor.name not in constants:
            _drop_values(tensor)
    given = [each for each in graph.input if each.name not in weights]
    if not given:
        raise ConvcalcError(f"{printable(path)}: the graph has no input")
    _refuse_more_images(given, path)
    for other in given[1:]:  # weights that the file leaves to whoever runs it
        weights[other.name] = _dimensions_of(other, BATCH)
    _close_size(given[0], image, path)
    del graph.value_info[:]
    for output in graph.output:
        output.type.tensor_type.ClearField("shape")
    opset = max((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), default=0)
    if opset < OLDEST:
        raise ConvcalcError(f"{printable(path)}: opset {opset} is older than {OLDEST}")
    nodes, sizes = _fold_constants(model, constants, opset, path)
    outputs = [each.name for each in graph.output]
    name = graph.name if graph.name not in ("", "main_graph", "torch_jit") else _file_stem(path)
    return OnnxGraph(name, given[0].name, nodes, sizes, constants, weights, outputs, opset)


def _parse_model(path: str) -> ModelProto:
    shown = printable(path)
    try:
        model = onnx.load(path, load_external_data=False)
    except OSError as error:
        raise ConvcalcError(f"{shown}: {error.strerror or error}") from None
    except Exception:  # protobuf has several
        raise ConvcalcError(f"{shown}: not an ONNX model, or not all of one") from None
    if not model.graph.node:
        raise ConvcalcError(f"{shown}: an ONNX model without operators")
    return model


def _is_small(tensor: Any) -> bool:
    count = 1
    for size in tensor.dims:
        count *= size
    inside = tensor.data_location != onnx.TensorProto.EXTERNAL
    return inside and 0 <= count <= SMALL and _has_values(tensor)


def _has_values(tensor: Any) -> bool:
    fields = ("raw_data", "int64_data", "int32_data", "float_data", "double_data")
    return any(len(getattr(tensor, field)) for field in fields) or 0 in tensor.dims


def _drop_values(tensor: Any) -> None:
    for field in ("raw_data", "float_data", "double_data", "int32_data", "int64_data",
                  "uint64_data", "string_data", "external_data", "data_location"):  # fmt: skip
        tensor.ClearField(field)


def _dimensions_of(value: Any, unknown: int) -> tuple[int, ...]:
    dims = value.type.tensor_type.shape.dim
    return tuple(dim.dim_value if dim.HasField("dim_value") else unknown for dim in dims)


def _close_size(value: Any, image: Shape | None, path: str) -> None:
    """Give the input its size: the batch where it is open, and the image's."""
    dims = value.type.tensor_type.shape.dim
    if not 3 <= len(dims) <= MOST_AXES + 2:
        raise ConvcalcError(
            f"{printable(path)}: the input `{printable(value.name)}` has {len(dims)} axes, not "
            "batch, channels, height and width"
        )
    if image and len(image) != len(dims) - 1:
        raise ConvcalcError(
            f"{printable(path)}: the input has {len(dims) - 2} axes, and {image} {len(image) - 1}"
        )
    if not dims[0].HasField("dim_value") or dims[0].dim_value < 1:
        dims[0].dim_value = BATCH
    sides = image.in_torch if image else (None,) * (len(dims) - 1)
    for dim, side in zip(list(dims)[1:], sides, strict=True):
        if side is not None:
            dim.dim_value = side
        elif not dim.HasField("dim_value") or dim.dim_value < 1:
            raise ConvcalcError(
                f"{printable(path)}: the size of an image is left open", "give it by --input WxHxD"
            )


def _refuse_more_images(given: list[Any], path: str) -> None:
    """Exporters name weights that they leave out as the module does: `conv1.weight`."""
    others = [each.name for each in given[1:] if "." not in each.name]
    if others:
        named = ", ".join(f"`{printable(name)}`" for name in (given[0].name, *others))
        raise ConvcalcError(f"{printable(path)}: takes {len(others) + 1} inputs, {named}, not one")


def _fold_constants(
    model: ModelProto, constants: dict[str, Any], opset: int, path: str
) -> tuple[list[NodeProto], dict[str, tuple[int, ...]]]:
    """The nodes that are left when all that only computes constants is worked out."""
    nodes = list(model.graph.node)
    weights = {tensor.name for tensor in model.graph.initializer}
    while True:
        sizes = _inferred_sizes(model, path)
        left = [
            node
            for node in nodes
            if (node.op_type == "Identity" and node.input[0] in weights)  # a weight that is copied
            or not _worked_out(node, constants, sizes, opset)
        ]
        if len(left) == len(nodes):
            return nodes, sizes
        nodes = left
        del model.graph.node[:]
        model.graph.node.extend(nodes)
        known = {tensor.name for tensor in model.graph.initializer}
        for name, value in constants.items():
            if name not in known:
                model.graph.initializer.append(numpy_helper.from_array(value, name))


def _inferred_sizes(model: ModelProto, path: str) -> dict[str, tuple[int, ...]]:
    try:
        graph = shape_inference.infer_shapes(model, data_prop=True).graph
    except Exception as error:
        line = str(error).strip().split("\n")[0]
        raise ConvcalcError(f"{printable(path)}: onnx cannot tell its sizes: {line}") from None
    return {
        each.name: size for each in _all_values(graph) if (size := _known_size(each)) is not None
    }


def _all_values(graph: GraphProto) -> list[Any]:
    return [*graph.input, *graph.value_info, *graph.output]


def _known_size(value: Any) -> tuple[int, ...] | None:
    if not value.type.tensor_type.HasField("shape"):
        return None
    size = _dimensions_of(value, -1)
    return None if -1 in size else size


def _worked_out(
    node: NodeProto, constants: dict[str, Any], sizes: dict[str, tuple[int, ...]], opset: int
) -> bool:
    """Whether a node only makes constants, which are there then."""
    if node.op_type == "Shape" and node.input[0] in sizes and not node.attribute:
        size = sizes[node.input[0]]
        shape = helper.make_tensor("", onnx.TensorProto.INT64, [len(size)], size)
        constants[node.output[0]] = numpy_helper.to_array(shape)
        return True
    if any(name and name not in constants for name in node.input):
        return False
    if node.op_type.startswith("Random") or (
        node.op_type in ("Constant",) and not _has_small_values(node)
    ):
        return False
    try:
        found = ReferenceEvaluator(node, opsets={"": opset}).run(
            None, {name: constants[name] for name in node.input if name}
        )
    except Exception:
        return False
    constants.update(zip(node.output, found, strict=False))
    return True


def _has_small_values(node: NodeProto) -> bool:
    return all(a.type != onnx.AttributeProto.TENSOR or _is_small(a.t) for a in node.attribute)


def _file_stem(path: str) -> str:
    import os

    return os.path.splitext(os.path.basename(path))[0]
