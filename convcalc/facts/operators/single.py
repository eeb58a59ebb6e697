"""Layers that are one operator, or the same one over again."""

from convcalc.facts.operators.vocabulary import (
    ANYHOW,
    BOOL,
    BOTH,
    CONTIGUOUS_ONCE,
    COPIES,
    FLOAT32,
    FOLLOW,
    FULL,
    HALF,
    IN_PLACE,
    INDICES,
    INT64,
    MASK,
    MASKS,
    NEW,
    NO_CONVOLUTION,
    NOTHING,
    PASSED,
    PRODUCT,
    SAME,
    STATISTIC,
    STATISTICS,
    SUMMED,
    TO_FLOAT32,
    WIDENED,
    AutocastRule,
    ConvolutionKind,
    Extra,
    ExtraType,
    Operator,
    Operators,
    Save,
    X,
    Y,
)


def new_copy(elements: int, name: str = "clone") -> Operators:
    """A new tensor, nothing kept: zero padding, shuffles, a mean, a multiple by a number."""
    return (Operator(name, elements),)


def unknown_operator(elements: int, operands: int, parameters: int) -> Operators:
    """An operator of which only the result is known: gradients of all it takes, no more."""
    inputs, own = tuple(range(operands)), tuple(range(parameters))
    return (Operator("unknown", elements, inputs, own),)


def upsample(elements: int) -> Operators:
    """Resizing by interpolation: nothing kept; an island of float32 under autocast."""
    return (Operator("upsample", elements, autocast=FLOAT32),)


def keeps_output(
    elements: int, in_place: bool = False, autocast: AutocastRule = FOLLOW
) -> Operators:
    """relu, sigmoid, tanh; in place also leaky_relu and elu. Softmax is TO_FLOAT32."""
    where = IN_PLACE if in_place else NEW
    return (Operator("keeps_output", elements, result=where, saves=(Y,), autocast=autocast),)


def keeps_input(
    elements: int, in_place: bool = False, autocast: AutocastRule = FOLLOW
) -> Operators:
    """relu6, hardswish, silu, gelu, mish, average pooling; in place a clone is kept.

    Softplus is FLOAT32 under autocast.
    """
    if not in_place:
        return (Operator("keeps_input", elements, saves=(X,), autocast=autocast),)
    clone = Extra(COPIES, per_image=elements, first=True, for_gradient=True)
    return (Operator("keeps_clone", elements, result=IN_PLACE, extras=(clone,)),)


def softmax(elements: int) -> Operators:
    """Keeps its result; an island of float32 under autocast."""
    return keeps_output(elements, autocast=TO_FLOAT32)


def conv_like(
    elements: int,
    parameters: tuple[int, ...],
    reorders: bool = False,
    kind: ConvolutionKind = NO_CONVOLUTION,
) -> Operators:
    """Convolutions of every kind: input and weight are kept if anything needs a gradient.

    `parameters`: where the weight and the bias stand among the layer's parameters and buffers.
    `reorders`: its weight has several positions and channels, which can be in another order.
    `kind`: how cuDNN works on it.
    """
    conv = Operator("conv", elements, parameters=parameters, saves=(X, Save(1)), autocast=HALF)
    return (conv._replace(reorders=reorders, convolution=kind),)


def linear(elements: int, parameters: int, operand: int = 0) -> Operators:
    """A matrix product: the input is kept for the weight, the weight for the input.

    The bias's gradient is the output's, summed when the others are there.
    """
    own, ways = tuple(range(parameters)), (FULL, FULL, SUMMED)
    linear = Operator("linear", elements, (operand,), own, saves=BOTH, gradients=ways)
    return (linear._replace(autocast=HALF, product=True, holds=(operand,) if operand < 0 else ()),)


def prelu(elements: int) -> Operators:
    """A learned slope: its gradient is made at full size, then summed."""
    return (
        Operator(
            "prelu",
            elements,
            parameters=(0,),
            saves=(X, Save(1)),
            gradients=(FULL, PRODUCT),
            joint=True,
            autocast=HALF,
        ),
    )


def max_pool(elements: int) -> Operators:
    """Keeps its input and, for each output, the position of the maximum as int64."""
    return (Operator("max_pool", elements, saves=(X,), extras=(Extra(INDICES, INT64, elements),)),)


def max_unpool(elements: int) -> Operators:
    """Keeps the positions that it places its input by; its gradient is read at them."""
    saves, ways = (Save(1),), (FULL, NOTHING)
    unpool = Operator("max_unpool", elements, (0, 1), saves=saves, gradients=ways)
    return (unpool._replace(takes_positions=True),)


def maximum(elements_in: int, elements: int) -> Operators:
    """torch.amax keeps input and result; where they are equal gets its share of the gradient."""
    equal, count = Extra(MASKS, BOOL, elements_in), Extra(COPIES, INT64, elements)
    between = (equal, count, Extra(COPIES, SAME, elements))
    return (Operator("amax", elements, saves=(X, Y), between=between),)


def max_of_axis(elements_in: int, elements: int) -> Operators:
    """torch.max keeps the positions of the maxima; the gradient is zeros, then a copy of them."""
    where, zeros = Extra(INDICES, INT64, elements), Extra(COPIES, SAME, elements_in)
    return (Operator("max", elements, extras=(where,), between=(zeros,)),)


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


def layer_norm(
    elements: int,
    rows: int,
    parameters: int = 2,
    dtype: ExtraType = STATISTIC,
    channels_last: bool = False,
) -> Operators:
    """Keeps its input and two statistics a row; group norm: a row a group, dtype=SAME.

    Group norm works on a contiguous input, from torch 2.14 on as it lies; layer norm copies
    inside of its kernel.
    """
    moments = Extra(STATISTICS, dtype, per_image=rows)
    return (
        Operator(
            "layer_norm",
            elements,
            parameters=tuple(range(parameters)),
            saves=(X,),
            extras=(moments, moments),
            autocast=FLOAT32,
            asks=CONTIGUOUS_ONCE if dtype == SAME else ANYHOW,
            channels_last=channels_last,
        ),
    )


def fixed_scale(elements: int, channels: int) -> Operators:
    """x * scale + shift by tensors of a value per channel that are made anew and not learned.

    The scale is kept for x's gradient; the shift is there until it is added.
    """
    scale = Extra(STATISTICS, SAME, per_batch=channels, first=True)
    shift = Extra(COPIES, SAME, per_batch=channels, first=True, saved=False)
    made = (scale, shift)
    product = Operator("mul", elements, extras=made, gradients=(PRODUCT,), autocast=WIDENED)
    return (product, Operator("add", elements, (-1,), extras=(shift,), gradients=(PASSED,)))


def dropout(elements: int, in_place: bool = False) -> Operators:
    """Keeps a mask: bool on CUDA, but the noise itself in place, and on a CPU."""
    if in_place:
        return noise(elements, elements, in_place)
    mask = Extra(MASKS, MASK, elements)
    return (Operator("dropout", elements, extras=(mask,), training_only=True),)


def noise(elements: int, values: int, in_place: bool = False) -> Operators:
    """Multiplied by random `values` an image: dropout2d C, stochastic depth ("row") 1."""
    kept = Extra(MASKS, SAME, values, first=True)
    return (
        Operator(
            "mul",
            elements,
            result=IN_PLACE if in_place else NEW,
            extras=(kept,),
            training_only=True,
        ),
    )
