"""An ONNX file's graph: sizes of everything, and the values of what only computes sizes.

The graph is walked once, node by node: what computes shapes alone is worked out by onnx's
own reference implementation, for the operators of `FOLDED` and while it stays small; of all
others onnx infers the sizes. Weights have sizes and no values.
"""

import re
from collections import Counter
from typing import Any, NamedTuple

import numpy
import onnx
from onnx import NodeProto, TypeProto, helper, numpy_helper, shape_inference
from onnx.reference import ReferenceEvaluator

from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import BUFFER
from convcalc.facts.window import FLOOR, Window
from convcalc.models.importers.onnx_attributes import wrong_attributes
from convcalc.models.importers.onnx_file import (
    LARGEST_VECTOR,
    MOST_RANK,
    ONNX,
    SMALL,
    Misread,
    Parsed,
    check_node,
    check_weights,
    count_values,
    first_line,
    has_values,
    opset_of,
    parse_model,
    schema_of,
    unread_constant,
)
from convcalc.models.importers.onnx_inputs import LEARNING, read_inputs
from convcalc.text.source import printable, shortened
from convcalc.text.syntax.tree import LARGEST_NUMBER

IR_VERSION = 8  # from 4 on, initializers need not be inputs: for the inference of sizes
REAL = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE,
        onnx.TensorProto.BFLOAT16)  # fmt: skip
VIEWS = ("Identity", "Cast", "Reshape", "Unsqueeze", "Squeeze", "Flatten", "Transpose", "Expand")
SHAPE_OPERATORS = """
    Abs Add And Cast CastLike Ceil Concat Constant ConstantOfShape Div Equal Expand Floor Gather
    GatherElements GatherND Greater GreaterOrEqual Identity Less LessOrEqual Max Min Mod Mul Neg
    Not Or Range ReduceMax ReduceMin ReduceProd ReduceSum Reshape Round ScatterElements ScatterND
    Sign Size Slice Split Sqrt Squeeze Sub Tile Transpose Unsqueeze Where Xor"""
FOLDED = frozenset(SHAPE_OPERATORS.split())  # no graph to run, no file to read, no chance
FILLED = ("Constant", "ConstantOfShape")  # what is too large for a shape is a weight
NAMED = re.compile(r"(?!val_|scalar_tensor|_?tensor_constant|lifted|c_)[A-Za-z_][\w.]*")
AS_GIVEN = ("GroupNormalization",)  # of the size of what they take; onnx does not infer it
SCALED = ("Resize", "Upsample")  # by real numbers that they take, not by whole ones
MOST_WORKED_OUT = 2**20  # values; shapes are a few each
NESTED = ("If", "Loop", "Scan", "SequenceMap")  # whose sizes are not inferred


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
    channels_last: bool  # the image is N, H, W, C
    roots: dict[str, str]  # of weights in another shape: the weights that they are
    uniform: frozenset[str]  # vectors all of whose values are equal
    scalars: frozenset[str]  # parameters of shape () that PyTorch's modules have by these names
    integers: frozenset[str]  # weights that are
    held: frozenset[str]  # weights that are said to be buffers
    computed: frozenset[str]  # constants that the graph makes of others
    shown: dict[str, int]  # elements of weights that are shown expanded
    unread: dict[str, str]  # why the values of weights and constants are not known
    merged: frozenset[str]  # weights that layers take beside others of their own
    problems: dict[str, str]  # why the size of a value is not known, where onnx says it


def load_graph(path: str, image: Shape | None) -> OnnxGraph:
    """The graph of a file; `image` replaces the size of its input.

    Raises:
        Misread: no ONNX file, or a graph whose sizes cannot be known.
    """
    try:
        return _GraphReader(parse_model(path), image).read_graph(path)
    except Misread as error:
        error.message = f"{printable(path)}: {error.message}"
        raise


def node_words(node: NodeProto) -> str:
    """How messages call a node: its name, or that of what it gives, and its operator."""
    kind, of = shortened(node.op_type.strip(), 40), domain_words(node)
    named, given = f"`{shortened(node.name)}`", next(filter(None, node.output), "")
    if not kind:
        return f"the operator {named if node.name else f'that gives `{shortened(given)}`'}"
    if node.name:
        return f"{named} ({kind}{of and ' '}{of})"
    return f"the {kind}{of and ' '}{of} of `{shortened(given)}`" if given else f"a node ({kind})"


def domain_words(node: NodeProto) -> str:
    """Whose an operator is that is not ONNX's own."""
    return "" if node.domain in ONNX else f"of the domain {shortened(node.domain)}"


class _GraphReader:
    """One walk over a model's nodes, each of which only takes what those before it give."""

    def __init__(self, parsed: Parsed, image: Shape | None) -> None:
        model, graph = parsed.model, parsed.model.graph
        self.uniform, self.unread = set(parsed.weights.uniform), dict(parsed.weights.unread)
        self.graph = graph
        self.opset, self.producer = opset_of(model), model.producer_name
        self.imports = [o for o in model.opset_import if o.domain not in ONNX]
        self.constants: dict[str, Any] = {}
        self._worked_out = 0  # values of those
        self.weights: dict[str, tuple[int, ...]] = {}
        self.types: dict[str, TypeProto] = {}
        self.roots: dict[str, str] = {}  # of weights in another shape
        self.buffers: set[str] = set()  # weights that nothing learns
        self.kept: list[NodeProto] = []
        self.computed: set[str] = set()
        self.shown: dict[str, int] = {}
        self.problems: dict[str, str] = {}
        self._add_weights(graph)
        if not graph.output:
            raise Misread("the graph has no output")
        given = read_inputs(graph, self.weights, image)
        for name, size, element in given.left_open:
            self._add_weight(name, size, element)
            self.unread[name] = f"the file leaves its input `{shortened(name)}` to who runs it"
        self.image, self.channels_last = given.image.name, given.channels_last
        self.types[self.image] = given.image.type

    def _add_weights(self, graph: onnx.GraphProto) -> None:
        for tensor in graph.initializer:
            self._add_weight(tensor.name, tuple(tensor.dims), tensor.data_type)
            if tensor.doc_string == BUFFER:
                self.buffers.add(tensor.name)
            if has_values(tensor):
                self.constants[tensor.name] = _array_of(tensor)

    def _add_weight(self, name: str, shape: tuple[int, ...], element: int) -> None:
        if name in self.types:
            raise Misread(f"several values have the name `{shortened(name)}`")
        self.weights[name] = shape
        self.types[name] = helper.make_tensor_type_proto(element, shape)

    def read_graph(self, path: str) -> OnnxGraph:
        waiting = list(self.graph.node)[::-1]
        while waiting:
            node = waiting.pop()
            branch = self._known_branch(node)
            if branch is None:
                self._visit_node(node)
            else:
                waiting += branch[::-1]
        graph, sizes = self.graph, {}
        for name, kind in self.types.items():
            size = _known_size(kind)
            if size is not None:
                sizes[name] = size
        name = graph.name if graph.name not in ("", "main_graph", "torch_jit") else _file_stem(path)
        outputs = list(dict.fromkeys(each.name for each in graph.output))
        self._refuse_outputs(outputs)
        return OnnxGraph(name, self.image, self.kept, sizes, self.constants, self.weights, outputs,
                         self.opset, self.channels_last, self.roots, self._uniform(),
                         self._scalars(), self._integers(), self._held(),
                         frozenset(self.computed), self.shown, self.unread, self._merged(),
                         self.problems)  # fmt: skip

    def _refuse_outputs(self, outputs: list[str]) -> None:
        for name in outputs:
            if not name:
                raise Misread("an output without a name")
            if name not in self.types:
                raise Misread(f"nothing gives its output `{shortened(name)}`")
            if name in self.weights or name in self.constants:
                raise Misread(
                    f"its output `{shortened(name)}` is a constant, which nothing computes"
                )

    def _scalars(self) -> frozenset[str]:
        single = [name for name, size in self.weights.items() if not size]
        if self.producer != "pytorch":
            return frozenset()
        return frozenset(name for name in single if NAMED.fullmatch(name))

    def _integers(self) -> frozenset[str]:
        kinds = {name: self.types[name].tensor_type.elem_type for name in self.weights}
        return frozenset(name for name, kind in kinds.items() if kind not in REAL)

    def _held(self) -> frozenset[str]:
        roots = {name: self.roots.get(name, name) for name in self.weights}
        return frozenset(name for name, root in roots.items() if root in self.buffers)

    def _uniform(self) -> frozenset[str]:
        """Vectors of equal values that several layers take."""
        uses = Counter(self.roots.get(name, name) for node in self.kept for name in node.input)
        return frozenset(name for name in self.uniform if uses[name] > 1)

    def _merged(self) -> frozenset[str]:
        """Weights whose values are those of other layers' weights, as exporters merge them.

        What a module learns it has as a whole: it is shared with all of it, or not at all.
        """
        taken: dict[str, set[tuple[str, ...]]] = {}
        for node in self.kept:
            if node.op_type in LEARNING:
                weights = [self.roots.get(each, each) for each in node.input
                           if each in self.weights]  # fmt: skip
                for each in weights:
                    taken.setdefault(each, set()).add(tuple(weights))
        return frozenset(name for name, beside in taken.items() if len(beside) > 1)

    def _known_branch(self, node: NodeProto) -> list[NodeProto] | None:
        """The nodes of the branch that an If takes, where its condition is known."""
        if node.op_type != "If" or node.domain not in ONNX:
            return None
        check_node(node, self.opset, node_words(node))
        condition = self.constants.get(node.input[0])
        if condition is None or condition.size != 1:
            return None
        name = "then_branch" if condition.item() else "else_branch"
        branch = next(each.g for each in node.attribute if each.name == name)
        if len(branch.output) != len(node.output):
            raise Misread(f"{node_words(node)} has branches of another number of outputs")
        weights = check_weights(branch)
        self.uniform |= weights.uniform
        self.unread |= weights.unread
        self._add_weights(branch)
        given = [
            helper.make_node("Identity", [inner.name], [outer])
            for inner, outer in zip(branch.output, node.output, strict=True)
        ]
        return [*branch.node, *given]

    def _visit_node(self, node: NodeProto) -> None:
        what, unread = node_words(node), unread_constant(node)
        check_node(node, self.opset, what)
        for name in node.input:
            if name and name not in self.types:
                raise Misread(f"{what} takes `{shortened(name)}`, which nothing before it gives")
        for name, count in Counter(filter(None, node.output)).items():
            if name in self.types or count > 1:
                raise Misread(f"several values have the name `{shortened(name)}`")
        self._check_attributes(node, what)
        inferred = self._inferred_types(node, what)
        for name in node.output:
            if name:
                self.types[name] = inferred.get(name) or TypeProto()
        folded = self._fold_node(node)
        self._note_unread(node, what, unread)
        if not folded:
            self._refuse_sizes(node, what)
            self.kept.append(node)

    def _note_unread(self, node: NodeProto, what: str, own: str) -> None:
        """Refuse what has no size for want of values that are not read; say so of constants."""
        if node.op_type in FILLED and own:
            reasons = [own]
        else:
            reasons = [self.unread[name] for name in node.input if name in self.unread]
        if not reasons:
            return
        if node.op_type in FOLDED and all(
            name in self.constants or name in self.unread for name in node.input if name
        ):
            made = [name for name in node.output if name not in self.constants]
            self.unread |= dict.fromkeys(made, reasons[0])
        told = [self.unread[name] for name in node.input if name in self.unread
                and (node.op_type in SCALED or not self._is_real_weight(name))]  # fmt: skip
        sizes = [_known_size(self.types[name]) for name in node.output if name]
        if told and None in sizes and (node.op_type == "If" or node.op_type not in NESTED):
            raise Misread(f"{what}: {told[0]}")

    def _check_attributes(self, node: NodeProto, what: str) -> None:
        """Hold attributes to what ONNX allows for them, given these inputs."""
        if schema_of(node, self.opset) is not None:  # else not even their types are known
            sizes = [_known_size(self.types[name]) if name else None for name in node.input]
            values = [self.constants.get(name) for name in node.input]
            for wrong in wrong_attributes(node, sizes, values):
                raise Misread(f"{what}: {wrong}")

    def _refuse_sizes(self, node: NodeProto, what: str) -> None:
        """Of what has no values, or more than memory has bytes, nothing can be said."""
        for name in filter(None, node.output):
            kind = self.types[name].tensor_type
            size = [dim.dim_value for dim in kind.shape.dim if dim.HasField("dim_value")]
            if len(kind.shape.dim) > MOST_RANK:
                raise Misread(f"{what} gives `{shortened(name)}` {len(kind.shape.dim):,} axes; "
                              f"at most {MOST_RANK} are read")  # fmt: skip
            shown = "x".join(map(str, size))
            if any(side < 1 for side in size):
                raise Misread(f"{what} gives `{shortened(name)}`, which has no values: {shown}")
            if any(side > LARGEST_NUMBER for side in size):
                raise Misread(f"{what} gives `{shortened(name)}`, which is too large: {shown}")

    def _inferred_types(self, node: NodeProto, what: str) -> dict[str, TypeProto]:
        """The types of what a node gives, as far as onnx can tell them."""
        if node.op_type in NESTED or schema_of(node, self.opset) is None:
            return {}
        alone = onnx.GraphProto(name="alone")
        alone.node.append(node)
        for name in dict.fromkeys(filter(None, node.input)):
            known = self.constants.get(name)
            if known is not None:
                alone.initializer.append(numpy_helper.from_array(known, name))
            elif self.types[name].WhichOneof("value"):
                alone.input.add(name=name, type=self.types[name])
            else:
                return {}  # onnx's rules of some operators crash where a type is not known
        version = helper.make_opsetid("", self.opset)
        model = helper.make_model(alone, opset_imports=[version], ir_version=IR_VERSION)
        try:
            graph = shape_inference.infer_shapes(model, strict_mode=True).graph
        except Exception as error:
            said = f"{what}: onnx cannot tell its size: {first_line(error)}"
            self.problems |= dict.fromkeys(node.output, said)
            return {}
        found = {each.name: each.type for each in graph.value_info}
        if node.op_type in AS_GIVEN:
            found[node.output[0]] = self.types[node.input[0]]
        self._mend_pool(node, found)
        return found

    def _mend_pool(self, node: NodeProto, found: dict[str, TypeProto]) -> None:
        """Sizes of pools that round up: onnx's own inference counts windows of padding alone."""
        options = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        size, automatic = options.get("kernel_shape"), options.get("auto_pad", b"NOTSET")
        if not options.get("ceil_mode") or not size or automatic.startswith(b"SAME"):
            return
        volume = _known_size(self.types[node.input[0]])
        if volume is None or len(volume) != len(size) + 2:
            return
        ones, zeros = [1] * len(size), [0] * 2 * len(size)
        pads = options.get("pads", zeros) if automatic == b"NOTSET" else zeros
        starts, ends = pads[: len(size)], pads[len(size) :]
        windows = map(Window, size, options.get("strides", ones), starts,
                      options.get("dilations", ones), ends)  # fmt: skip
        sides = map(positions_rounded_up, windows, volume[2:])
        for kind in found.values():
            for dim, side in zip(list(kind.tensor_type.shape.dim)[2:], sides, strict=False):
                dim.dim_value = side

    def _fold_node(self, node: NodeProto) -> bool:
        """Whether a node only makes constants, which are there then."""
        if node.domain not in ONNX:
            return False
        if node.op_type == "Shape":
            return self._fold_shape(node)
        if node.op_type in VIEWS and self._is_real_weight(node.input[0]):
            self._evaluate(node)
            return self._fold_view(node)
        if node.op_type == "CastLike" and node.input[0] in self.constants:
            return self._fold_cast(node)
        known = all(name in self.constants for name in node.input if name)
        if node.op_type not in FOLDED or not known:
            return False
        sizes = [_known_size(self.types[name]) for name in node.output if name]
        if node.op_type in FILLED:
            values = [each.t for each in node.attribute if each.name == "value"]
            size = sizes[0] if sizes else None
            without = values and not has_values(values[0])
            real = self.types[node.output[0]].tensor_type.elem_type in REAL
            large = without or (size is not None and count_values(size) > SMALL)
            if size and (large or (real and node.op_type == "ConstantOfShape")):
                self.weights[node.output[0]] = size
                return True
        return self._evaluate(node)

    def _evaluate(self, node: NodeProto) -> bool:
        """Whether a node's results are known: its inputs are, and they are small."""
        sizes = [_known_size(self.types[name]) for name in node.output if name]
        if any(size is None or count_values(size) > _most_values(node, size) for size in sizes):
            return False
        if any(name not in self.constants for name in node.input if name):
            return False
        if self._worked_out > MOST_WORKED_OUT:
            raise Misread(f"more than {MOST_WORKED_OUT:,} values to work out from constants")
        given = {name: self.constants[name] for name in node.input if name}
        found: Any
        try:
            with numpy.errstate(all="ignore"):
                found = ReferenceEvaluator(node, opsets={"": self.opset}).run(None, given)
        except Exception:
            return False  # what it computes is no number
        if node.op_type == "Cast" and numpy.asarray(found[0]).dtype.kind in "iu":
            for number in _without_whole(given[node.input[0]]):
                name = node.output[0]
                self.unread[name] = f"`{shortened(name)}` has no whole number for {number:g}"
                return False
        for name, value in zip(node.output, found, strict=False):
            if name:
                self.constants[name] = numpy.asarray(value)
                self._worked_out += self.constants[name].size
                if node.op_type not in FILLED:
                    self.computed.add(name)
        return True

    def _fold_cast(self, node: NodeProto) -> bool:
        """A number of the type of whatever stands beside it."""
        kind = self.types[node.input[1]].tensor_type.elem_type
        try:
            dtype = helper.tensor_dtype_to_np_dtype(kind)
        except KeyError:
            return False
        self.constants[node.output[0]] = self.constants[node.input[0]].astype(dtype)
        self.computed.add(node.output[0])
        return True

    def _is_real_weight(self, name: str) -> bool:
        return name in self.weights and self.types[name].tensor_type.elem_type in REAL

    def _fold_view(self, node: NodeProto) -> bool:
        """A weight in another shape is the same weight.

        Exporters write one vector for all that are equal, as biases of zeros are, and hand
        copies of it on: these are parameters of their own.
        """
        given, made = node.input[0], node.output[0]
        size = _known_size(self.types[made])
        if size is None:
            return False
        copied = node.op_type == "Identity" and len(size) == 1
        self.weights[made] = size
        self.roots[made] = made if copied else self.roots.get(given, given)
        if node.op_type == "Expand":
            root = self.roots[made]
            self.shown[root] = count_values(self.weights[root])
        return True

    def _fold_shape(self, node: NodeProto) -> bool:
        size = _known_size(self.types[node.input[0]])
        if size is None:
            return False
        ends = {each.name: each.i for each in node.attribute}
        size = size[slice(ends.get("start"), ends.get("end"))]
        self.constants[node.output[0]] = numpy.array(size, dtype=numpy.int64)
        return True


def _most_values(node: NodeProto, size: tuple[int, ...]) -> int:
    """Of a constant that is worked out; a vector of one number is a bias that is none."""
    return LARGEST_VECTOR if node.op_type == "Expand" and len(size) == 1 else SMALL


def positions_rounded_up(window: Window, side: int) -> int:
    """Positions of a pool's window by torch's ceil_mode: none starts in the padding behind."""
    positions, over = window.output(side, FLOOR), window.slack(side) % window.stride
    return positions + bool(over and positions * window.stride < side + window.padding)


def _without_whole(values: Any) -> list[float]:
    """Real numbers of which a cast makes no whole ones; NumPy makes -2^63 of each."""
    real = values.dtype.kind == "f"
    return [each for each in values.ravel().tolist() if not abs(each) < 2.0**63] if real else []


def _array_of(tensor: onnx.TensorProto) -> Any:
    try:
        return numpy_helper.to_array(tensor)
    except Exception as error:
        name = shortened(tensor.name)
        raise Misread(f"the weight `{name}` cannot be read: {first_line(error)}") from None


def _known_size(kind: TypeProto) -> tuple[int, ...] | None:
    if not kind.tensor_type.HasField("shape"):
        return None
    dims = kind.tensor_type.shape.dim
    if not all(dim.HasField("dim_value") and dim.dim_value >= 0 for dim in dims):
        return None
    return tuple(dim.dim_value for dim in dims)


def _file_stem(path: str) -> str:
    import os

    return printable(os.path.splitext(os.path.basename(path))[0])
