"""What goes into an ONNX graph: the image, and weights that the file leaves to who runs it."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from onnx import GraphProto, NodeProto, TensorProto, TensorShapeProto, ValueInfoProto

from convcalc.facts.shape import MOST_AXES, Shape
from convcalc.models.importers.onnx_file import MOST_RANK, Misread, count_values
from convcalc.text.errors import Hint
from convcalc.text.source import shortened
from convcalc.text.syntax.tree import LARGEST_NUMBER

BATCH = 2  # for a batch that the file leaves open
CHANNELS_LAST = 4  # axes of volumes that files hold as N, H, W, C
LEARNING = ("Conv", "ConvTranspose", "BatchNormalization", "InstanceNormalization", "PRelu",
            "GroupNormalization", "LayerNormalization", "RMSNormalization", "Gemm")  # fmt: skip
POINTWISE = ("Identity", "Cast", "Add", "Sub", "Mul", "Div", "Neg", "Clip")
RGB = 3  # channels
MOST_SHOWN = 8  # axes, names
KINDS = {"sequence_type": "a sequence", "map_type": "a map", "optional_type": "optional",
         "sparse_tensor_type": "a sparse tensor", "opaque_type": "opaque"}  # fmt: skip
GIVE_SIZE = Hint("give it by --input WxHxD", plain="give it by input='WxHxD'")


class OpenSize(Misread):
    """The file does not say how large the image is.

    `sides` are the channels and then the others, the last axis last; None where one is open.
    `nodes` are as many as there are in the graph, which is what a try of a size costs.
    """

    nodes = 0

    def __init__(self, message: str, sides: tuple[int | None, ...]) -> None:
        super().__init__(message, GIVE_SIZE)
        self.sides = sides

    def closed(self, side: int) -> Shape:
        """An image with so many pixels along the sides that are open."""
        channels, *others = self.sides
        return Shape(*[each or side for each in reversed(others)], channels or RGB)


class GraphInputs(NamedTuple):
    """The image with its size, and other inputs, which are weights, with sizes and types."""

    image: ValueInfoProto
    channels_last: bool  # the image is N, H, W, C
    left_open: list[tuple[str, tuple[int, ...], int]]


def read_inputs(
    graph: GraphProto, weights: dict[str, tuple[int, ...]], size: Shape | None
) -> GraphInputs:
    """The inputs of a graph beside its weights; `size` replaces that of the image.

    Raises:
        Misread: none, more than one image, or sizes that cannot be.
    """
    _check_sides(graph)
    _check_inputs(graph, weights)
    given = [each for each in graph.input if each.name not in weights]
    learned = _taken_as_weights(graph.node)
    images = [each for each in given if each.name not in learned] or given[:1]
    if not images:
        raise Misread("the graph has no input")
    _refuse_more_images(images)
    image = images[0]
    left_open = [
        (each.name, _weight_size(each), _element_of(each)) for each in given if each is not image
    ]
    if size and not _has_shape(image):
        for _ in range(len(size) + 1):
            image.type.tensor_type.shape.dim.add()
    image.type.tensor_type.elem_type = _element_of(image)
    channels_last = _is_channels_last(graph.node, image)
    try:
        _close_size(image, size, channels_last, _sides_taken(graph, weights))
    except OpenSize as error:
        error.nodes = len(graph.node)
        raise
    return GraphInputs(image, channels_last, left_open)


def _check_inputs(graph: GraphProto, weights: dict[str, tuple[int, ...]]) -> None:
    """Refuse inputs without a name or with the same, and those that differ from their weights."""
    for name, count in Counter(each.name for each in graph.input).items():
        if not name:
            raise Misread("an input without a name")
        if count > 1:
            raise Misread(f"several inputs have the name `{shortened(name)}`")
    for value in graph.input:
        own, dims = weights.get(value.name), value.type.tensor_type.shape.dim
        said = [dim.dim_value for dim in dims]
        if own is not None and said and min(said) > 0 and count_values(said) != count_values(own):
            sizes = f"of {'x'.join(map(str, own)) or 'one value'}, and as an input"
            raise Misread(f"the weight `{shortened(value.name)}` is {sizes} {_shape_words(value)}")


def _check_sides(graph: GraphProto) -> None:
    """Refuse sides that no value has: -1 or a name leave one open, 0 that of the batch."""
    for what, values in (
        ("input", graph.input),
        ("output", graph.output),
        ("value", graph.value_info),
    ):
        for value in values:
            dims = value.type.tensor_type.shape.dim
            if len(dims) > MOST_RANK:
                raise Misread(f"the {what} `{shortened(value.name)}` has {len(dims):,} axes; at "
                              f"most {MOST_RANK} are read")  # fmt: skip
            for axis, dim in enumerate(dims):
                if not -1 <= dim.dim_value <= LARGEST_NUMBER:
                    raise Misread(
                        f"axis {axis} of the {what} `{shortened(value.name)}` cannot be "
                        f"{dim.dim_value:,}: it is {_shape_words(value)}",
                        "an axis that is open has a name, or -1" if dim.dim_value < 0 else "",
                    )


def _shape_words(value: ValueInfoProto) -> str:
    """A shape as the file has it: numbers, names, `?` where it says nothing."""
    dims = value.type.tensor_type.shape.dim
    words = [
        str(dim.dim_value) if dim.HasField("dim_value") else shortened(dim.dim_param, 20) or "?"
        for dim in dims[:MOST_SHOWN]
    ]
    return "x".join(words) + "x..." * (len(dims) > MOST_SHOWN)


def _is_none(dim: TensorShapeProto.Dimension) -> bool:
    """Whether a side is said to be 0."""
    return bool(dim.HasField("dim_value") and not dim.dim_value)


def _has_shape(value: ValueInfoProto) -> bool:
    return bool(value.type.tensor_type.HasField("shape"))


def _weight_size(value: ValueInfoProto) -> tuple[int, ...]:
    """Of a weight, all of whose sides count."""
    name = shortened(value.name)
    if not _has_shape(value):
        raise Misread(f"the file states no shape for the weight `{name}`, one of its inputs")
    dims = value.type.tensor_type.shape.dim
    if any(map(_is_none, dims)):
        raise Misread(f"its weight `{name}`, an input, has no values: {_shape_words(value)}")
    if any(dim.dim_value < 1 for dim in dims):
        raise Misread(
            f"the size of its weight `{name}`, an input, is left open: {_shape_words(value)}"
        )
    return tuple(dim.dim_value for dim in dims)


def _element_of(value: ValueInfoProto) -> int:
    """The type of an input's numbers; single precision where the file says nothing.

    Raises:
        Misread: it is of something else.
    """
    what = f"the input `{shortened(value.name)}`"
    kind = value.type.WhichOneof("value") or "tensor_type"
    if kind != "tensor_type":
        raise Misread(f"{what} is {KINDS.get(kind, 'something else')}, not a tensor")
    element = int(value.type.tensor_type.elem_type or TensorProto.FLOAT)
    if element not in TensorProto.DataType.values():
        raise Misread(f"{what} has the data type {element}, which ONNX does not know")
    if element == TensorProto.STRING:
        raise Misread(f"{what} holds texts, not numbers")
    return element


def _is_channels_last(nodes: Iterable[NodeProto], image: ValueInfoProto) -> bool:
    """Whether the image is N, H, W, C: it is transposed before it means anything."""
    rank = len(image.type.tensor_type.shape.dim)
    to_first = [0, rank - 1, *range(1, rank - 1)]
    same = {image.name}
    for node in nodes:
        if not same.intersection(node.input):
            continue
        perm = next((list(each.ints) for each in node.attribute if each.name == "perm"), None)
        if node.op_type == "Transpose":
            return rank == CHANNELS_LAST and perm == to_first
        if node.op_type not in POINTWISE:
            return False
        same.update(node.output)
    return False


def _sides_taken(graph: GraphProto, weights: dict[str, tuple[int, ...]]) -> tuple[int | None, ...]:
    """Channels, and a None for each other axis, as the first convolution takes them."""
    for node in graph.node:
        filters = weights.get(node.input[1], ()) if len(node.input) > 1 else ()
        if node.op_type == "Conv" and len(filters) > 2:
            groups = next((each.i for each in node.attribute if each.name == "group"), 1)
            return (filters[1] * max(1, groups), *[None] * (len(filters) - 2))
    return (None, None, None)


def _close_size(
    value: ValueInfoProto,
    size: Shape | None,
    channels_last: bool,
    taken: tuple[int | None, ...],
) -> None:
    """Give the image its size: the batch where it is open, and its sides."""
    name = shortened(value.name)
    if not _has_shape(value):
        raise OpenSize(f"the file states no shape for its input `{name}`", taken)
    dims = value.type.tensor_type.shape.dim
    if not 3 <= len(dims) <= MOST_AXES + 2:
        raise Misread(
            f"the input `{name}` has {len(dims)} axes, not batch, channels, height and width"
        )
    if size and len(size) != len(dims) - 1:
        raise Misread(f"the input has {len(dims) - 2} axes, and {size} {len(size) - 1}")
    written, is_none = _shape_words(value), any(map(_is_none, dims[1:]))
    if dims[0].dim_value < 1:
        dims[0].dim_value = BATCH
    sides = [max(0, dim.dim_value) for dim in dims[1:]]
    if size:
        sides = list(size.in_torch)
    if size and channels_last:
        sides = [*sides[1:], sides[0]]
    if not all(sides):
        known: list[int | None] = [side or None for side in sides]
        front, *others = [*known[-1:], *known[:-1]] if channels_last else known
        left = f"the size of its input `{name}` is left open: {written}"
        left = f"its input `{name}` has no values: {written}" if is_none else left
        raise OpenSize(left, (front or taken[0], *others))
    for dim, side in zip(dims[1:], sides, strict=True):
        dim.dim_value = side


def _taken_as_weights(nodes: Iterable[NodeProto]) -> set[str]:
    """Names that operators take as nothing but their weights."""
    uses = [(name, node.op_type in LEARNING and place > 0)
            for node in nodes for place, name in enumerate(node.input)]  # fmt: skip
    return {name for name, _ in uses} - {name for name, learned in uses if not learned}


def _refuse_more_images(given: list[ValueInfoProto]) -> None:
    """Exporters name weights that they leave out as the module does: `conv1.weight`."""
    others = [each.name for each in given[1:] if "." not in each.name]
    if others:
        names = (given[0].name, *others)
        named = ", ".join(f"`{shortened(name)}`" for name in names[:MOST_SHOWN])
        more = ", ..." * (len(names) > MOST_SHOWN)
        raise Misread(f"takes {len(names):,} inputs, {named}{more}, not one")
