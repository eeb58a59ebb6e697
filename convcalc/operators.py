"""What autograd does with a layer: the torch operators that it is made of.

A layer's facts hold a tuple of operators in execution order; the last one's result is
the layer's output, and no operators at all hand the first input on. Constructors return
tuples, so that `view() + linear(1000, 2)` is a layer. Counts are elements for one image
unless a name says otherwise; bytes, batch and devices enter in `convcalc.memory`.

Sources: the saved fields are those of torch's generated `Functions.h`, which operators
run in half precision `aten/src/ATen/autocast_mode.h`; both checked on real tensors.
"""

from typing import NamedTuple

NEW, VIEW, IN_PLACE, PARTS, PART = range(5)  # where an operator's result lives
# How the gradient of an operand arises: a tensor of the operand's size; the output's own
# gradient handed on; a slice of it; the product with another operand, summed to the
# operand's size where that was broadcast; or not at all.
FULL, PASSED, SLICED, PRODUCT, NOTHING = range(5)
# In autocast an operator runs in half, in float32, as its first operand, or in the widest
# type of its operands, which mixes them (MIXED) or casts them all first (WIDEST).
FOLLOW, HALF, FLOAT32, MIXED, WIDEST = range(5)
# Types of an extra tensor: the operator's own, float32 (float64 in a float64 network),
# int64, or a mask: bool on CUDA, the operator's own type on a CPU.
SAME, STATISTIC, INT64, MASK = range(4)
STATISTICS, INDICES, MASKS, COPIES = "statistics", "indices", "masks", "copies"

ANY = -1  # "wanted by" any operand
RESULT = -1  # the operator's result, among what it saves


class Save(NamedTuple):
    """A tensor kept for backward when the operand `wanted_by` needs a gradient."""

    operand: int  # inputs first, then parameters; or RESULT
    wanted_by: int = ANY


class Extra(NamedTuple):
    """A tensor that an operator makes besides its result."""

    kind: str
    dtype: int = SAME
    per_image: int = 0
    per_batch: int = 0
    saved: bool = True  # for backward; otherwise freed when the operator ends
    first: bool = False  # made before the result
    for_gradient: bool = False  # made only when there will be a backward pass
    training_only: bool = False


class Operator(NamedTuple):
    """One torch operator of a layer.

    `inputs`: k is the layer's input k, -k the result of the operator k places before.
    Operands are the inputs, then the layer's parameters at the positions `parameters`.
    """

    name: str
    elements: int = 0  # of the result; a view or in-place result has its operand's
    inputs: tuple[int, ...] = (0,)
    parameters: tuple[int, ...] = ()
    result: int = NEW
    saves: tuple[Save, ...] = ()
    extras: tuple[Extra, ...] = ()
    gradients: tuple[int, ...] = ()  # by operand; FULL where left out
    scratch: tuple[int, ...] = ()  # by operand: temporaries while its gradient is computed
    last_first: bool = False  # gradients are computed from the last operand to the first
    autocast: int = FOLLOW
    training_only: bool = False  # in evaluation its input is handed on
    parts: tuple[int, ...] = ()  # PARTS: elements of each; PART: which one


Operators = tuple[Operator, ...]
X = Save(0)
Y = Save(RESULT)
BOTH = (Save(1, wanted_by=0), Save(0, wanted_by=1))


def view() -> Operators:
    """Another shape of the same storage: flatten, reshape, permute."""
    return (Operator("view", result=VIEW, gradients=(PASSED,)),)


def crop() -> Operators:
    """A slice of the input: a view, whose gradient is a tensor of the input's size."""
    return (Operator("slice", result=VIEW),)


def copies(elements: int, name: str = "clone") -> Operators:
    """A new tensor, nothing kept: resizing, zero padding, shuffles, a mean, a number's multiple."""
    return (Operator(name, elements),)


def shift(elements: int, in_place: bool = False) -> Operators:
    """Adding a number: nothing kept, and the gradient passes."""
    return (Operator("add", elements, result=_where(in_place), gradients=(PASSED,)),)


def keeps_output(elements: int, in_place: bool = False, autocast: int = FOLLOW) -> Operators:
    """relu, sigmoid, tanh; in place also leaky_relu and elu. Softmax casts to FLOAT32."""
    name = "keeps_output"
    return (Operator(name, elements, result=_where(in_place), saves=(Y,), autocast=autocast),)


def keeps_input(elements: int, in_place: bool = False, autocast: int = FOLLOW) -> Operators:
    """relu6, hardswish, silu, gelu, mish; average pooling; in place a clone is kept."""
    if not in_place:
        return (Operator("keeps_input", elements, saves=(X,), autocast=autocast),)
    clone = Extra(COPIES, per_image=elements, first=True, for_gradient=True)
    return (Operator("keeps_clone", elements, result=IN_PLACE, extras=(clone,)),)


def softmax(elements: int) -> Operators:
    """Keeps its result; an island of float32 under autocast."""
    return keeps_output(elements, autocast=FLOAT32)


def conv_like(elements: int, parameters: int) -> Operators:
    """Convolutions of every kind: input and weight are kept if anything needs a gradient."""
    return (
        Operator(
            "conv", elements, parameters=tuple(range(parameters)), saves=(X, Save(1)), autocast=HALF
        ),
    )


def linear(elements: int, parameters: int) -> Operators:
    """A matrix product: the input is kept for the weight, the weight for the input."""
    return (
        Operator(
            "linear", elements, parameters=tuple(range(parameters)), saves=BOTH, autocast=HALF
        ),
    )


def locally_connected(patches: int, elements: int, parameters: int) -> Operators:
    """unfold, baddbmm (bmm without bias) over positions, permute and contiguous.

    `patches` = positions x values seen by one neuron. Weights lie as (positions, seen,
    filters), so that their gradient needs no copy; biases as (positions, 1, filters).
    """
    product = Operator(
        "baddbmm",
        elements,
        (-1,),
        tuple(range(parameters)),
        saves=(Save(0, wanted_by=1), Save(1, wanted_by=0)),
        autocast=HALF,
    )
    clone = Operator("contiguous", elements, (-1,), gradients=(PASSED,))
    return (Operator("unfold", patches), product, clone)


def prelu(elements: int) -> Operators:
    """A learned slope: its gradient is made at full size, then summed."""
    return (
        Operator(
            "prelu",
            elements,
            parameters=(0,),
            saves=(X, Save(1)),
            gradients=(FULL, PRODUCT),
            autocast=HALF,
        ),
    )


def scale_by_parameter(elements: int) -> Operators:
    """Layer scale: `gamma * x` with gamma of a value per channel."""
    return (
        Operator(
            "mul",
            elements,
            parameters=(0,),
            saves=BOTH,
            autocast=MIXED,
            gradients=(PRODUCT, PRODUCT),
        ),
    )


def multiply(elements: int) -> Operators:
    """input 0 * input 1, either broadcast: squeeze-and-excitation is gate * map."""
    return (
        Operator(
            "mul",
            elements,
            (0, 1),
            saves=BOTH,
            autocast=MIXED,
            gradients=(PRODUCT, PRODUCT),
            last_first=True,
        ),
    )


def add(elements: int, operands: int = 2, in_place: bool = False) -> Operators:
    """Sum of the inputs, one after the other; gradients pass (summed if broadcast)."""
    pairs = [(0 if k == 1 else -1, k) for k in range(1, operands)]
    return tuple(
        Operator(
            "add",
            elements,
            pair,
            result=_where(in_place),
            gradients=(PASSED, PASSED),
            autocast=MIXED,
        )
        for pair in pairs
    )


def concat(elements: int, operands: int) -> Operators:
    """Joins the inputs in a new tensor; each gradient is a slice of the output's."""
    return (
        Operator(
            "cat", elements, tuple(range(operands)), gradients=(SLICED,) * operands, autocast=WIDEST
        ),
    )


def split(parts: tuple[int, ...]) -> Operators:
    """Views of slices of the input, made at once (chunk, split); layers take `part`s."""
    return (Operator("split", result=PARTS, parts=parts),)


def part(index: int) -> Operators:
    """One of the views of a layer that is a `split`."""
    return (Operator("part", result=PART, parts=(index,)),)


def max_pool(elements: int) -> Operators:
    """Keeps its input and, for each output, the position of the maximum as int64."""
    return (Operator("max_pool", elements, saves=(X,), extras=(Extra(INDICES, INT64, elements),)),)


def lp_pool(elements_in: int, elements: int) -> Operators:
    """F.lp_pool2d: avg_pool(x^p), sign(.) * relu(|.|), times the window, to the 1/p."""
    return (
        *_power(elements_in, 0),
        Operator("avg_pool", elements, (-1,), saves=(X,)),
        Operator("sign", elements, (-1,)),
        Operator("abs", elements, (-2,), saves=(X,), scratch=(1,)),
        Operator("relu", elements, (-1,), saves=(Y,)),
        Operator("mul", elements, (-3, -1), saves=BOTH, last_first=True),
        Operator("mul", elements, (-1,)),
        *_power(elements, -1),
    )


def batch_norm(
    elements: int, channels: int, affine: bool = True, running: bool = False
) -> Operators:
    """Keeps input, mean and inverse deviation; with `running` statistics only the input."""
    moments = Extra(STATISTICS, STATISTIC, per_batch=channels, training_only=True)
    return (
        Operator(
            "batch_norm",
            elements,
            parameters=(0, 1) if affine else (),
            saves=(X,),
            extras=() if running else (moments, moments),
        ),
    )


def instance_norm(elements: int, channels: int, affine: bool = False) -> Operators:
    """Batch norm of N*C channels; weight and bias are repeated for each image before."""
    moments = Extra(STATISTICS, STATISTIC, per_image=channels)
    norm = Operator("batch_norm", elements, saves=(X,), extras=(moments, moments))
    if not affine:
        return (norm,)
    repeats = tuple(Operator("repeat", channels, (), (k,)) for k in range(2))
    return (*repeats, norm._replace(inputs=(0, -2, -1), saves=(X, Save(1))))


def layer_norm(elements: int, rows: int, parameters: int = 2) -> Operators:
    """Keeps its input and two statistics a row; group norm's rows are the groups."""
    moments = Extra(STATISTICS, STATISTIC, per_image=rows)
    return (
        Operator(
            "layer_norm",
            elements,
            parameters=tuple(range(parameters)),
            saves=(X,),
            extras=(moments, moments),
            autocast=FLOAT32,
        ),
    )


def local_response_norm(elements: int, padded: int) -> Operators:
    """F.local_response_norm; `padded` = (C + size - 1) * H * W, the squares with padding."""
    square = Operator("mul", elements, (0, 0), saves=(Save(0),), last_first=True)
    return (
        square,
        Operator("pad", padded, (-1,)),
        Operator("avg_pool3d", elements, (-1,), saves=(X,)),
        Operator("mul", elements, (-1,)),
        Operator("add", elements, (-1,), gradients=(PASSED,)),
        *_power(elements, -1),
        Operator(
            "div",
            elements,
            (0, -1),
            saves=(Save(0, wanted_by=1), Save(1)),
            scratch=(0, 3),
            last_first=True,
            autocast=MIXED,
        ),
    )


def dropout(elements: int, in_place: bool = False) -> Operators:
    """Keeps a mask: bool on CUDA, but the noise itself in place, and on a CPU."""
    if in_place:
        return noise(elements, elements, in_place)
    mask = Extra(MASKS, MASK, elements)
    return (Operator("dropout", elements, extras=(mask,), training_only=True),)


def noise(elements: int, values: int, in_place: bool = False) -> Operators:
    """Multiplied by random `values` an image: dropout2d C, stochastic depth ("row") 1."""
    kept = Extra(MASKS, SAME, values, first=True)
    return (Operator("mul", elements, result=_where(in_place), extras=(kept,), training_only=True),)


def _power(elements: int, operand: int) -> Operators:
    return (Operator("pow", elements, (operand,), saves=(X,), scratch=(2,), autocast=FLOAT32),)


def _where(in_place: bool) -> int:
    return IN_PLACE if in_place else NEW
