"""An ONNX file, parsed and held to ONNX's own rules before anything reads it.

What is wrong with a file is said here or where it is met, in the file's own names: nothing
behind this meets attributes of another type, missing inputs or values that do not fit their
sizes. Data in other files are never opened: where they lie is dropped before anyone could.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from math import isnan
from typing import Any, NamedTuple

import onnx
from onnx import (
    AttributeProto,
    FunctionProto,
    GraphProto,
    ModelProto,
    NodeProto,
    SparseTensorProto,
    TensorProto,
    helper,
)
from onnx.defs import OpSchema

from convcalc.facts.units import format_bytes
from convcalc.models.importers.onnx_bytes import VALUES, BytesReader
from convcalc.network.loading import open_regular
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import shortened
from convcalc.text.syntax.tree import LARGEST_NUMBER

SMALL = 1024  # values of a constant that may be a shape
OLDEST, OLDEST_FORMAT = 7, 3  # opset; ir_version: before 3 a file names no opset
LARGEST = 2**31 - 1  # bytes, as protobuf has it
NO_MODEL = "not an ONNX model, or not all of one"
LARGEST_VECTOR = 2**16  # of which it matters whether all values are equal
MOST_NODES = 20_000  # with those of local functions where they are called
MOST_TAKEN = 100_000  # inputs of all of these
MOST_NAMED = 40_000  # inputs, outputs and weights of the graph
MOST_ATTRIBUTES = 1_000  # of an operator
MOST_RANK = 64  # axes, as many as PyTorch and NumPy take
LARGEST_COUNT = 2**63  # values, of which more are not told apart
DEEPEST = 50  # functions inside of each other
ONNX = ("", "ai.onnx")
ELSEWHERE = "are in another file, which is never opened"
SPARSE = "are sparse, which is not read"
_HELD_IN: dict[int, str] = {  # the field of values that are not raw: onnx.proto says which
    TensorProto.FLOAT: "float_data", TensorProto.DOUBLE: "double_data",
    TensorProto.INT64: "int64_data", TensorProto.UINT32: "uint64_data",
    TensorProto.UINT64: "uint64_data", TensorProto.STRING: "string_data",
    TensorProto.COMPLEX64: "float_data", TensorProto.COMPLEX128: "double_data",
}  # fmt: skip
DESCRIBING = {"name", "doc_string", "type", "ref_attr_name"}  # fields of every attribute
FIELDS = {"float": "f", "int": "i", "string": "s", "tensor": "t", "graph": "g",
          "type_proto": "tp"}  # fmt: skip  # of its value by its type; others have its name
_BYTES: dict[int, int] = {  # of a raw value, for the types whose values are read
    TensorProto.FLOAT: 4, TensorProto.DOUBLE: 8, TensorProto.FLOAT16: 2, TensorProto.INT64: 8,
    TensorProto.INT32: 4, TensorProto.INT16: 2, TensorProto.INT8: 1, TensorProto.UINT64: 8,
    TensorProto.UINT32: 4, TensorProto.UINT16: 2, TensorProto.UINT8: 1, TensorProto.BOOL: 1,
}  # fmt: skip


class Misread(ConvcalcError):
    """What ONNX does not allow, before the file's name is put in front of it."""


class Weights(NamedTuple):
    """What is known of the values of a graph's weights, which are mostly dropped."""

    uniform: frozenset[str]  # vectors all of whose values are equal
    unread: dict[str, str]  # why the values of others are not known, by name


class Parsed(NamedTuple):
    """A model, and what was known of its weights."""

    model: ModelProto
    weights: Weights


def parse_model(path: str) -> Parsed:
    """The model of a file without the values of its weights, its local functions inlined.

    Raises:
        ConvcalcError: unreadable, no ONNX file, or one that ONNX's rules do not allow.
    """
    try:
        model = ModelProto.FromString(_read_model(path))
    except OSError as error:
        raise Misread(error.strerror or str(error)) from None
    except ConvcalcError as error:
        raise Misread(error.message, error.hint) from None
    except Exception:  # protobuf has several
        raise Misread(NO_MODEL) from None
    graph = model.graph
    if not graph.node:
        raise Misread("an ONNX model without operators")
    _check_names(model)
    held = (graph.input, graph.output, graph.initializer, graph.sparse_initializer)
    if sum(map(len, held)) > MOST_NAMED:
        raise Misread(f"more than {MOST_NAMED:,} inputs, outputs and weights")
    weights = check_weights(graph)
    if model.functions:
        model = _with_inlined(model)
    taken = [len(node.input) for node in model.graph.node]
    sums = [max(len(node.input) - 1, 1) for node in model.graph.node if node.op_type == "Sum"]
    if len(taken) - len(sums) + sum(sums) > MOST_NODES:  # a sum of many is as many additions
        raise Misread(f"more than {MOST_NODES:,} operators")
    if sum(taken) > MOST_TAKEN:
        raise Misread(f"more than {MOST_TAKEN:,} inputs of operators")
    return Parsed(model, weights)


def _check_names(model: ModelProto) -> None:
    """Names of a model must be texts: protobuf hands over as bytes what is not UTF-8."""
    graph, nodes = model.graph, [*model.graph.node, *(n for f in model.functions for n in f.node)]
    values = [*graph.input, *graph.output, *graph.value_info]
    named = [graph, *graph.initializer, *values, *model.functions]
    names = {each.name for each in named} | {each.domain for each in model.functions}
    names |= {dim.dim_param for each in values for dim in each.type.tensor_type.shape.dim}
    for node in _all_nodes(nodes):
        names |= {node.name, node.op_type, node.domain, *node.input, *node.output}
        for attribute in node.attribute:
            names.add(attribute.name)
            for inner in (attribute.g, *attribute.graphs):
                names.update(each.name for each in (*inner.initializer, *inner.output))
    if any(isinstance(name, bytes) for name in names):
        raise Misread("a name that is not UTF-8")


def _read_model(path: str) -> bytes:
    """The bytes of a file without large values; not of one that is larger than a model can be."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST:
            raise Misread(
                f"of {format_bytes(size)}; an ONNX file has at most 2 GiB",
                "larger weights lie beside it: onnx.save(model, path, save_as_external_data=True)",
            )
        return BytesReader(file).message_without_values(size, ModelProto.DESCRIPTOR)


def opset_of(model: ModelProto) -> int:
    """The version of ONNX's own operators that the file is written for.

    Raises:
        ConvcalcError: it, or the version of the file's format, is none that is known here.
    """
    versions = sorted({int(o.version) for o in model.opset_import if o.domain in ONNX})
    if not versions:
        raise Misread("does not say which opset of ONNX it is written for")
    if len(versions) > 1:
        raise Misread(f"is written for several opsets of ONNX, {versions[0]} and {versions[1]}")
    opset, newest = versions[0], onnx.defs.onnx_opset_version()
    for what, version, first, last in (
        ("ir_version", model.ir_version, OLDEST_FORMAT, onnx.IR_VERSION),
        ("opset", opset, OLDEST, newest),
    ):
        if version < first:
            raise Misread(f"{what} {version} is older than {first}")
        if version > last:
            raise Misread(f"{what} {version} is newer than {last}, the newest that onnx "
                          f"{onnx.__version__} knows", "pip install --upgrade onnx")  # fmt: skip
    return opset


def check_weights(graph: GraphProto) -> Weights:
    """Hold weights to their sizes, and drop the values of those that are no small constants."""
    uniform, unread = set(), {}
    for sparse in graph.sparse_initializer:
        name = sparse.values.name
        _check_sparse(sparse, f"the weight `{shortened(name)}`")
        graph.initializer.append(
            TensorProto(name=name, data_type=sparse.values.data_type, dims=sparse.dims)
        )
        elsewhere = _is_elsewhere(sparse.values) or _is_elsewhere(sparse.indices)
        unread[name] = _data_words(name, ELSEWHERE if elsewhere else SPARSE)
    del graph.sparse_initializer[:]
    counts = Counter(tensor.name for tensor in graph.initializer)
    for tensor in graph.initializer:
        name = tensor.name
        if not name:
            raise Misread("a weight without a name")
        if counts[name] > 1:
            raise Misread(f"several weights have the name `{shortened(name)}`")
        if _is_uniform(tensor):
            uniform.add(name)
        why = why_unread(tensor)
        if why:
            unread.setdefault(name, _data_words(name, why))
        check_tensor(tensor, f"the weight `{shortened(name)}`")
    return Weights(frozenset(uniform), unread)


def _data_words(name: str, why: str) -> str:
    return f"the data of `{shortened(name)}` {why}"


def unread_constant(node: NodeProto) -> str:
    """Why the values that a node has written into it are not looked at, where they are not."""
    given = next(filter(None, node.output), "")
    for attribute in node.attribute:
        if attribute.type == AttributeProto.SPARSE_TENSOR:
            both = (attribute.sparse_tensor.values, attribute.sparse_tensor.indices)
            return _data_words(given, ELSEWHERE if any(map(_is_elsewhere, both)) else SPARSE)
        why = why_unread(attribute.t) if attribute.type == AttributeProto.TENSOR else ""
        if why:
            return _data_words(given, why)
    return ""


def why_unread(tensor: TensorProto) -> str:
    """Why the values of a tensor are not looked at; nothing where they are."""
    if _is_elsewhere(tensor):
        return ELSEWHERE
    if count_values(tensor.dims) > SMALL:
        return f"are more than {SMALL:,} values, of which no shape is made"
    if tensor.data_type not in _BYTES:
        known = tensor.data_type in TensorProto.DataType.values()
        word = TensorProto.DataType.Name(tensor.data_type) if known else str(tensor.data_type)
        return f"are of the type {word.lower()}, which is not read"
    return "" if has_values(tensor) else "are not in the file"


def _is_elsewhere(tensor: TensorProto) -> bool:
    """Whether the values of a tensor are in another file."""
    return bool(tensor.data_location == TensorProto.EXTERNAL or tensor.external_data)


def _is_uniform(tensor: TensorProto) -> bool:
    """Whether all values of a vector are there and equal, as those of new batch norms are."""
    if len(tensor.dims) != 1 or not 1 < tensor.dims[0] <= LARGEST_VECTOR:
        return False
    raw, count = tensor.raw_data, tensor.dims[0]
    if raw:
        return bool(len(raw) % count == 0 and raw == raw[: len(raw) // count] * count)
    return len(tensor.float_data) == count and len(set(tensor.float_data)) == 1


def check_tensor(tensor: TensorProto, what: str) -> None:
    """Hold a tensor to its size; where it is no small constant of numbers, drop the values."""
    if tensor.data_type not in TensorProto.DataType.values() or not tensor.data_type:
        raise Misread(f"{what} has the data type {tensor.data_type}, which ONNX does not know")
    if len(tensor.dims) > MOST_RANK:
        raise Misread(f"{what} has {len(tensor.dims):,} axes; at most {MOST_RANK} are read")
    for size in tensor.dims:
        if not 0 <= size <= LARGEST_NUMBER:
            raise Misread(f"{what} has a side of {size}")
    if sum(bool(len(getattr(tensor, field))) for field in VALUES) > 1:
        raise Misread(f"{what} has its data twice")
    count = count_values(tensor.dims)
    if why_unread(tensor):
        drop_values(tensor)
    elif _count_values(tensor) != count:
        raise Misread(f"{what} is of {count:,} values, and its data are not")


def _check_sparse(sparse: SparseTensorProto, what: str) -> None:
    """Hold the indices of a sparse tensor to its size, where they are in the file."""
    indices, count = sparse.indices, count_values(sparse.dims)
    if _is_elsewhere(indices) or not has_values(indices):
        return
    check_tensor(TensorProto(data_type=sparse.values.data_type, dims=sparse.dims), what)
    limits = list(sparse.dims) if len(indices.dims) == 2 else [count]  # rows, or one by one
    if indices.data_type != TensorProto.INT64 or [
        *sparse.values.dims, *[len(limits)] * (len(indices.dims) != 1)
    ] != list(indices.dims) or _count_values(indices) != count_values(indices.dims):  # fmt: skip
        raise Misread(f"{what} has indices that are not those of its values")
    found = onnx.numpy_helper.to_array(indices).ravel().tolist()
    for k, index in enumerate(found):
        if not 0 <= index < limits[k % len(limits)]:
            raise Misread(f"{what} has an index of {index:,} among {limits[k % len(limits)]:,}")


def count_values(dims: Iterable[int]) -> int:
    """Of a tensor of these sides; of more than memory has bytes any number that is as large."""
    count, sides = 1, list(dims)
    for side in sides if all(sides) else (0,):
        count *= side
        if abs(count) > LARGEST_COUNT:
            break
    return count


def has_values(tensor: TensorProto) -> bool:
    """Whether the values of a tensor are in the file."""
    return any(len(getattr(tensor, field)) for field in VALUES) or 0 in tensor.dims


def _count_values(tensor: TensorProto) -> int:
    if tensor.HasField("raw_data"):
        count, rest = divmod(len(tensor.raw_data), _BYTES[tensor.data_type])
        return -1 if rest else count
    return len(getattr(tensor, _HELD_IN.get(tensor.data_type, "int32_data")))


def drop_values(tensor: TensorProto) -> None:
    """Leave only a tensor's name, type and size."""
    for field in (*VALUES, "external_data", "data_location"):
        tensor.ClearField(field)


def check_node(node: NodeProto, opset: int, what: str) -> None:
    """Hold a node to the operator's own definition; of unknown operators nothing is known.

    One that came with a later opset is held to what it is there: readers go by its name.

    Raises:
        ConvcalcError: inputs, outputs or attributes that the operator does not have.
    """
    if not node.op_type.strip():
        raise Misread(f"{what} has no type")
    if not any(node.output):
        raise Misread(f"{what} gives nothing")
    if len(node.attribute) > MOST_ATTRIBUTES:
        raise Misread(f"{what} has more than {MOST_ATTRIBUTES} attributes")
    for name, count in Counter(attribute.name for attribute in node.attribute).items():
        if count > 1:
            raise Misread(f"{what} has its attribute `{shortened(name)}` more than once")
    for attribute in node.attribute:
        _check_attribute(attribute, what)
    schema = schema_of(node, opset) or schema_of(node, onnx.defs.onnx_opset_version())
    if schema is None:
        return
    if not schema.min_input <= len(node.input) <= schema.max_input:
        raise Misread(f"{what} has {len(node.input)} inputs, {_most(schema, 'input')}")
    if not schema.min_output <= len(node.output) <= schema.max_output:
        raise Misread(f"{what} has {len(node.output)} outputs, {_most(schema, 'output')}")
    for given, formal in zip(node.input, schema.inputs, strict=False):
        if not given and formal.option == OpSchema.FormalParameterOption.Single:
            raise Misread(f"{what} lacks its input `{formal.name}`")
    _check_types(node, schema, what)
    _drop_idle_pads(node)


def _drop_idle_pads(node: NodeProto) -> None:
    """Leave pads of nothing out beside an `auto_pad`: onnx infers no size of the two."""
    automatic = any(a.name == "auto_pad" and a.s != b"NOTSET" for a in node.attribute)
    for attribute in list(node.attribute) if automatic else ():
        if attribute.name == "pads" and not any(attribute.ints):
            node.attribute.remove(attribute)


def _check_types(node: NodeProto, schema: OpSchema, what: str) -> None:
    """An attribute of another opset is read where it has the type that it has there."""
    for attribute in list(node.attribute):
        known = schema.attributes.get(attribute.name)
        wanted: list[Any] = [known.type] if known is not None else []
        if known is None:
            wanted = _attribute_types().get((node.op_type, attribute.name), [])
        if not wanted:
            node.attribute.remove(attribute)  # no opset has it: it says nothing
        elif attribute.type not in {each.value for each in wanted}:
            given = AttributeProto.AttributeType.Name(attribute.type).lower()
            words = " or ".join(each.name.lower() for each in wanted)
            raise Misread(f"{what}: `{attribute.name}` is of the type {given}, not {words}")
    given_names = {attribute.name for attribute in node.attribute}
    for name, known in schema.attributes.items():
        if known.required and name not in given_names:
            raise Misread(f"{what} lacks its attribute `{name}`")


@cache
def _attribute_types() -> dict[tuple[str, str], list[Any]]:
    """The types that the attributes of operators have, in whatever opset."""
    found: dict[tuple[str, str], list[Any]] = {}
    for schema in onnx.defs.get_all_schemas_with_history():
        for name, attribute in schema.attributes.items() if schema.domain in ONNX else ():
            types = found.setdefault((schema.name, name), [])
            types += [attribute.type] * (attribute.type not in types)
    return found


def _check_attribute(attribute: AttributeProto, what: str) -> None:
    """What an attribute holds by itself: words in UTF-8, finite numbers, whole tensors."""
    what = f"{what}: `{shortened(attribute.name)}`"
    if attribute.ref_attr_name:
        raise Misread(f"{what} refers to an attribute of a function, and there is none")
    try:
        for word in (attribute.s, *attribute.strings):
            word.decode()
    except UnicodeDecodeError:
        raise Misread(f"{what} is not UTF-8") from None
    if any(map(isnan, (attribute.f, *attribute.floats))):
        raise Misread(f"{what} is not a number")
    kind = AttributeProto.AttributeType.Name(attribute.type).lower()
    held = {field.name for field, _ in attribute.ListFields()} - DESCRIBING
    if attribute.type and not held <= {FIELDS.get(kind, kind)}:
        raise Misread(f"{what} is of the type {kind}, and holds another")
    if attribute.type == AttributeProto.SPARSE_TENSOR:
        sparse = attribute.sparse_tensor
        _check_sparse(sparse, what)
        whole = TensorProto(data_type=sparse.values.data_type, dims=sparse.dims)
        check_tensor(whole, what)
        attribute.ClearField("sparse_tensor")
        if attribute.name == "sparse_value":  # of a Constant: as one of no values
            attribute.CopyFrom(helper.make_attribute("value", whole))
    elif attribute.type == AttributeProto.TENSOR:
        check_tensor(attribute.t, what)


def schema_of(node: NodeProto, opset: int) -> OpSchema | None:
    """How onnx defines an operator; None where it does not know it."""
    if node.domain not in ONNX:
        return None
    try:
        schema = onnx.defs.get_schema(node.op_type, opset, "")
        if schema.deprecated:  # files go on using it
            return onnx.defs.get_schema(node.op_type, schema.since_version - 1, "")
        return schema
    except onnx.defs.SchemaError:
        return None


def _most(schema: OpSchema, what: str) -> str:
    least, most = getattr(schema, f"min_{what}"), getattr(schema, f"max_{what}")
    if least == most:
        return f"not {least}"
    return f"not at least {least}" if most >= LARGEST_NUMBER else f"not {least} to {most}"


def _with_inlined(model: ModelProto) -> ModelProto:
    """The model with the bodies of local functions where these are called."""
    from onnx.inliner import inline_local_functions

    bodies = {(f.domain, f.name): f for f in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def count(nodes: Iterable[NodeProto], inside: tuple[tuple[str, str], ...]) -> int:
        return sum(_size_of_call(node, bodies, sizes, count, inside) for node in _all_nodes(nodes))

    if count(model.graph.node, ()) > MOST_NODES:
        raise Misread(f"more than {MOST_NODES:,} operators, those of its functions counted")
    try:
        return inline_local_functions(model)
    except Exception as error:
        raise Misread(
            f"its local functions are not as ONNX has them: {first_line(error)}"
        ) from None


def _size_of_call(
    node: NodeProto,
    bodies: dict[tuple[str, str], FunctionProto],
    sizes: dict[tuple[str, str], int],
    count: Any,
    inside: tuple[tuple[str, str], ...],
) -> int:
    """How many nodes a node stands for when all functions are written out."""
    key = (node.domain, node.op_type)
    if key not in bodies:
        return 1
    if key in inside:
        raise Misread(f"the function `{shortened(node.op_type)}` calls itself")
    if len(inside) > DEEPEST:
        raise Misread(f"its functions call each other more than {DEEPEST} deep")
    if key not in sizes:
        sizes[key] = count(bodies[key].node, (*inside, key))
    return sizes[key]


def _all_nodes(nodes: Iterable[NodeProto]) -> Iterator[NodeProto]:
    """Nodes and those of their branches, however deep."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            waiting += attribute.g.node
            for graph in attribute.graphs:
                waiting += graph.node


def refusal_of(path: str) -> str:
    """What onnx's own checker says against a file; nothing where it has nothing to say."""
    try:
        model = parse_model(path).model
        for tensor in model.graph.initializer:  # the checker wants values or an input
            kind = onnx.helper.make_tensor_type_proto(tensor.data_type, tensor.dims)
            if all(each.name != tensor.name for each in model.graph.input):
                model.graph.input.add(name=tensor.name, type=kind)
        del model.graph.initializer[:]
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True)
        for value in model.graph.output:  # which the checker wants to have a rank
            value.type.tensor_type.shape.SetInParent()
        onnx.checker.check_model(model)
    except ConvcalcError as error:
        return error.message
    except Exception as error:
        return first_line(error) or type(error).__name__
    return ""


def first_line(error: Exception) -> str:
    """What onnx says of a fault, on one line and without its own prefixes."""
    line = str(error).strip().split("\n")[0]
    return shortened(line.rpartition("Error] ")[2] or line, 200)
