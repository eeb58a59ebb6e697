"""What ONNX's documents allow for a node beside the types of its attributes: numbers, words, sizes.

onnx's own inference refuses a part of it, and counts some of the rest in 32 bits. What stands here
is told by the names of the node and of the attribute, before anything is worked out from it.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from math import inf, isnan, prod
from typing import Any, NamedTuple

from onnx import NodeProto, helper

from convcalc.facts.kinds import LARGEST_REAL
from convcalc.text.source import shortened
from convcalc.text.syntax.tree import LARGEST_NUMBER

Size = tuple[int, ...] | None  # of a value, where it is known

LIMITLESS = ("value_int", "value_ints", "starts", "ends")  # constants; `ends` of 2^63-1 is the end
CONVOLUTIONS = ("Conv", "ConvTranspose")
WINDOWED = (*CONVOLUTIONS, "MaxPool", "AveragePool", "LpPool", "MaxUnpool")
LEAST: dict[str, dict[str, int]] = {  # of whole numbers, by operator
    **{kind: {"kernel_shape": 1, "strides": 1, "dilations": 1, "pads": 0, "group": 1,
              "output_padding": 0, "output_shape": 1, "p": 1} for kind in WINDOWED},
    "LRN": {"size": 1},
    "DepthToSpace": {"blocksize": 1},
    "SpaceToDepth": {"blocksize": 1},
    "GroupNormalization": {"num_groups": 1},
    "Split": {"split": 1, "num_outputs": 1},
}  # fmt: skip
SWITCHES = ("ceil_mode", "count_include_pad", "storage_order", "keepdims", "transA", "transB",
            "noop_with_empty_axes", "antialias", "training_mode", "allowzero")  # fmt: skip
PADDINGS = ("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID")
WORDS: dict[str, dict[str, tuple[str, ...]]] = {  # of which one must be written, by operator
    **{kind: {"auto_pad": PADDINGS} for kind in WINDOWED},
    "Resize": {"mode": ("nearest", "linear", "cubic")},
    "Pad": {"mode": ("constant", "reflect", "edge", "wrap")},
    "DepthToSpace": {"mode": ("DCR", "CRD")},
    "Gelu": {"approximate": ("none", "tanh")},
}  # fmt: skip
OF_OUTPUT = ("OneHot", "ConcatFromSequence")  # whose axis is one of the output
AXES = {"Squeeze": 1, "Unsqueeze": 1, "Slice": 3, "Pad": 3}  # inputs that are; of reductions 1
VECTORS = {"Reshape": (1,), "Expand": (1,), "Tile": (1,), "ConstantOfShape": (0,), "Split": (1,),
           "Resize": (2, 3), "Upsample": (1,), "Pad": (1, 3), "Slice": (1, 2, 3, 4),
           "Squeeze": (1,), "Unsqueeze": (1,)}  # fmt: skip
MAY_BE_ONE = ("Squeeze", "Unsqueeze")  # whose axis exporters write without a vector around it
NUMBERS = {"Clip": (1, 2), "Dropout": (1, 2), "Pad": (2,), "Range": (0, 1, 2)}  # inputs
BEHIND_LAST = ("Flatten",)  # whose axis may be one further
QUANTIZING = ("QuantizeLinear", "DequantizeLinear")  # whose axis is not looked at on one scale


ANY_NUMBER = ("min", "max", "value", "value_float", "value_floats",  # infinity bounds nothing
              "scales")  # fmt: skip  # has a rule of its own


class NodeFacts(NamedTuple):
    """A node's attributes, and what is known of its inputs."""

    operator: str
    attributes: dict[str, Any]
    inputs: Sequence[str]
    sizes: Sequence[Size]
    values: Sequence[Any]  # numpy arrays; None where an input is computed
    outputs: int = 1
    names: Sequence[str] = ()  # of all attributes, those with tensors too

    def size(self, index: int) -> Size:
        """Of an input."""
        return self.sizes[index] if index < len(self.sizes) else None

    def input_words(self, index: int) -> str:
        """An input and its size."""
        return (
            f"its input `{shortened(self.inputs[index])}` is of {_product(self.size(index) or ())}"
        )

    def numbers(self, index: int, name: str = "") -> list[Any]:
        """Of a constant input, or of the attribute that it was in older opsets.

        Either may be of any type: what is no number is refused by onnx's rules, or is not read.
        """
        if index < len(self.values) and self.values[index] is not None:
            found = self.values[index].ravel().tolist()
        else:
            found = _as_list(self.attributes.get(name, ()))
        return [each for each in found if isinstance(each, int | float)]


def wrong_attributes(
    node: NodeProto, sizes: Sequence[Size], values: Sequence[Any]
) -> Iterator[str]:
    """What ONNX does not allow in a node that has inputs of these sizes and constant values."""
    given_values = {each.name: helper.get_attribute_value(each) for each in node.attribute}
    attributes = {  # no tensors or graphs, which an operator may have under a name of another opset
        name: value
        for name, value in given_values.items()
        if isinstance(value, int | float | bytes) or hasattr(value, "__len__")
    }
    given = NodeFacts(node.op_type, attributes, node.input, sizes, values, len(node.output),
                      list(given_values))  # fmt: skip
    for name, value in attributes.items():
        yield from _wrong_numbers(given.operator, name, _as_list(value))
        words = WORDS.get(given.operator, {}).get(name, ())
        if words and isinstance(value, bytes) and value.decode() not in words:
            written = shortened(value.decode())
            yield f"`{name}` must be one of {', '.join(words)}, not `{written}`"
        if name in ("axis", "axes") and given.operator not in (*OF_OUTPUT, *QUANTIZING):
            yield from _wrong_axes(given, name, _as_list(value))
    yield from _wrong_ranks(given)
    reduces = given.operator.startswith("Reduce")
    index = 1 if reduces else AXES.get(given.operator, len(node.input))
    if index < len(values) and values[index] is not None:
        yield from _wrong_axes(given, "axes", given.numbers(index))
    if given.operator in RULES:
        yield from RULES[given.operator](given)


def _as_list(value: Any) -> list[Any]:
    scalar = isinstance(value, bytes) or not hasattr(value, "__len__")
    return [value] if scalar else list(value)


def _wrong_numbers(operator: str, name: str, numbers: list[Any]) -> Iterator[str]:
    least = LEAST.get(operator, {}).get(name, -LARGEST_NUMBER)
    for number in numbers:
        if isinstance(number, float) and name not in ANY_NUMBER and abs(number) > LARGEST_REAL:
            yield f"`{name}` is {number:g}"
        if not isinstance(number, int) or name in LIMITLESS:
            continue
        if number < least:
            yield f"`{name}` must be at least {least:,}, not {number:,}"
        elif number > LARGEST_NUMBER:
            yield f"`{name}` must be at most {LARGEST_NUMBER:,}, not {number:,}"
        elif name in SWITCHES and number not in (0, 1):
            yield f"`{name}` must be 0 or 1, not {number:,}"


def _wrong_axes(given: NodeFacts, name: str, axes: list[int]) -> Iterator[str]:
    size, is_new = given.size(0), given.operator == "Unsqueeze"
    if size is None:
        return
    rank = len(size) + len(axes) * is_new
    for axis in axes:
        if not -rank <= axis < rank + (given.operator in BEHIND_LAST):
            yield f"`{name}` is {axis:,}, and its {'output' if is_new else 'input'} has {rank} axes"
    named = Counter(axis % max(rank, 1) for axis in axes)
    yield from (
        f"`{name}` names axis {axis:,} more than once" for axis, n in named.items() if n > 1
    )


def _wrong_ranks(given: NodeFacts) -> Iterator[str]:
    """Shapes and the like are vectors, and what is one number has no axis of more."""
    vectors = (1,) * given.operator.startswith("Reduce") or VECTORS.get(given.operator, ())
    for index in vectors:
        size = given.size(index)
        least = int(given.operator not in MAY_BE_ONE)
        if size is not None and not least <= len(size) <= 1:
            yield f"{given.input_words(index)}, and must be a vector"
    for index in NUMBERS.get(given.operator, ()):
        if prod(given.size(index) or ()) != 1:
            yield f"{given.input_words(index)}, and must be one number"


def _of_windows(given: NodeFacts) -> Iterator[str]:
    """Padding is written or left to be worked out."""
    automatic = given.attributes.get("auto_pad", b"NOTSET").decode()
    if automatic != "NOTSET" and any(given.attributes.get("pads", ())):
        yield f"it has `pads` beside an `auto_pad` of {automatic}"


def _of_constant(given: NodeFacts) -> Iterator[str]:
    count = sum(name.startswith("value") for name in given.names)
    if count != 1:
        yield f"it has {count:,} values, not one" if count else "it has no value"


def _of_convolution(given: NodeFacts) -> Iterator[str]:
    """Filters of N, C/group, ...; of a transposed convolution C, N/group, ..."""
    yield from _of_windows(given)
    volume, filters = given.size(0), given.size(1)
    if volume is None or filters is None or not 2 < len(volume) == len(filters):
        return
    transposed, groups = given.operator == "ConvTranspose", given.attributes.get("group", 1)
    count = filters[1] * groups if transposed else filters[0]
    takes, divided = (filters[0],) * 2 if transposed else (filters[1] * groups, count)
    if takes != volume[1]:
        filtered = f"{takes:,} channels with a `group` of {groups:,}"
        yield f"its filters take {filtered}, and its input has {volume[1]:,}"
    elif groups > 0 and divided % groups:
        yield f"`group` of {groups:,} does not divide {divided:,}"
    written, held = tuple(given.attributes.get("kernel_shape", filters[2:])), filters[2:]
    if written != held:
        yield f"`kernel_shape` is {_product(written)}, and its filters are {_product(held)}"
    yield from _of_vector(given, 2, (count,))


def _of_vector(given: NodeFacts, index: int, counts: tuple[int, ...]) -> Iterator[str]:
    """An input that has a value for each of something."""
    size = given.size(index)
    if size is not None and (len(size) != 1 or size[0] not in counts):
        yield f"{given.input_words(index)}, and not of {counts[0]:,}"


def _of_norm(given: NodeFacts) -> Iterator[str]:
    """Scales and biases of every channel; of group norm until opset 20 of every group."""
    volume, groups = given.size(0), given.attributes.get("num_groups", 1)
    if volume is None or len(volume) < 2:
        return
    if groups > 0 and volume[1] % groups:
        yield f"`num_groups` of {groups:,} does not divide the {volume[1]:,} channels of its input"
    counts = (volume[1], groups) if given.operator == "GroupNormalization" else (volume[1],)
    for index in (1, 2):
        yield from _of_vector(given, index, counts)


def _of_batch_norm(given: NodeFacts) -> Iterator[str]:
    """Scale, shift and statistics of every channel."""
    volume = given.size(0)
    if given.attributes.get("spatial", 1) == 0:  # until opset 8
        yield "`spatial` of 0, which normalises every value by itself, is not modelled"
    elif volume is not None and len(volume) > 1:
        for index in (1, 2, 3, 4):
            yield from _of_vector(given, index, (volume[1],))


def _of_broadcast(given: NodeFacts) -> Iterator[str]:
    """Weights that are spread over the input."""
    volume = given.size(0)
    for index, size in enumerate(given.sizes[1:3], 1):
        if volume is None or size is None or (given.operator == "PRelu" and size == volume[1:2]):
            continue  # older exporters write slopes as a vector of the channels
        behind = volume[len(volume) - len(size) :] if len(size) <= len(volume) else ()
        if len(behind) < len(size) or any(
            side not in (1, wanted) for side, wanted in zip(size, behind, strict=True)
        ):
            yield f"{given.input_words(index)}, which does not spread over {_product(volume)}"


def _of_gemm(given: NodeFacts) -> Iterator[str]:
    """The bias: a column or a row, or either spread."""
    weight, bias = given.size(1), given.size(2)
    if weight is not None and len(weight) == 2 and bias:
        units = weight[0 if given.attributes.get("transB", 0) else 1]
        if bias[-1] not in (1, units):
            yield f"{given.input_words(2)}, and not of {units:,}"


def _of_depth(given: NodeFacts) -> Iterator[str]:
    volume, block = given.size(0), given.attributes.get("blocksize", 1)
    if volume is None or len(volume) != 4 or block < 1:
        return
    if given.operator == "DepthToSpace" and volume[1] % block**2:
        yield f"`blocksize` of {block:,} does not divide {volume[1]:,} channels by {block**2:,}"
    if given.operator == "SpaceToDepth" and (volume[2] % block or volume[3] % block):
        yield f"`blocksize` of {block:,} does not divide {_product(volume[2:])}"


def _of_split(given: NodeFacts) -> Iterator[str]:
    parts = given.attributes.get("num_outputs", len(given.numbers(1, "split")))
    if parts and parts != given.outputs:  # onnx's own inference ends the process here
        yield f"of {parts:,} parts it names {given.outputs:,}"


def _of_dropout(given: NodeFacts) -> Iterator[str]:
    for ratio in given.numbers(1, "ratio"):
        if not 0 <= ratio <= 1:
            yield f"`ratio` must be from 0 to 1, not {ratio:g}"


def _of_clip(given: NodeFacts) -> Iterator[str]:
    for index, name in ((1, "min"), (2, "max")):
        if any(isnan(number) for number in given.numbers(index)):
            yield f"`{name}` is not a number"


def _of_gather(given: NodeFacts) -> Iterator[str]:
    volume, axis = given.size(0), given.attributes.get("axis", 0)
    if volume is None or not -len(volume) <= axis < len(volume):
        return
    side = volume[axis]
    for index in given.numbers(1):
        if not -side <= index < side:
            yield f"there is no {index:,} among the {side:,} of its axis {axis}"


def _of_reshape(given: NodeFacts) -> Iterator[str]:
    size, wanted = given.size(0), given.numbers(1, "shape")
    if size is None or given.attributes.get("allowzero", 0) or min(wanted, default=-1) < 0:
        return
    sides = [side or size[k] for k, side in enumerate(wanted) if side or k < len(size)]
    if prod(sides) not in (prod(size), prod(size[1:])):  # a batch of 1 is often left in
        yield f"it makes {_product(sides)} of {_product(size)}"


def _of_resize(given: NodeFacts) -> Iterator[str]:
    index = 1 if len(given.inputs) == 2 else 2  # as in opset 10; then an input came before it
    scales, volume = given.numbers(index, "scales"), given.size(0)
    for scale in scales:
        if not 0 < scale < inf:
            yield f"its `scales` must be finite and above 0, not {scale:g}"
    axes = given.attributes.get("axes", range(len(volume or ())))
    for axis, scale in zip(axes, scales, strict=False):
        if volume is not None and volume[axis] * scale > LARGEST_NUMBER:
            yield f"a scale of {scale:g} makes {volume[axis]:,} more than {LARGEST_NUMBER:,}"
    if any(side < 1 for side in given.numbers(3)):
        yield f"its input `{shortened(given.inputs[3])}` has a side below 1"


def _product(sides: Sequence[int]) -> str:
    return "x".join(str(side) for side in sides) or "one value"


RULES: dict[str, Callable[[NodeFacts], Iterator[str]]] = {
    **dict.fromkeys(CONVOLUTIONS, _of_convolution),
    **dict.fromkeys(("InstanceNormalization", "GroupNormalization"), _of_norm),
    **dict.fromkeys(("LayerNormalization", "RMSNormalization", "PRelu"), _of_broadcast),
    **dict.fromkeys(("DepthToSpace", "SpaceToDepth"), _of_depth),
    **dict.fromkeys(("MaxPool", "AveragePool", "LpPool"), _of_windows),
    "Constant": _of_constant,
    "BatchNormalization": _of_batch_norm,
    "Gemm": _of_gemm,
    "Split": _of_split,
    "Dropout": _of_dropout,
    "Clip": _of_clip,
    "Gather": _of_gather,
    "Resize": _of_resize,
    "Upsample": _of_resize,
    "Reshape": _of_reshape,
}
