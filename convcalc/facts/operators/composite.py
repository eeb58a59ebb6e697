"""Layers that PyTorch computes with several operators."""

from convcalc.facts.operators.views import expand
from convcalc.facts.operators.vocabulary import (
    BOOL,
    BOTH,
    CONTIGUOUS,
    COPIES,
    FLOAT32,
    FULL,
    HALF,
    INTO_FLOAT32,
    MASKS,
    MIXED,
    PASSED,
    PER_IMAGE,
    RESIZED,
    SAME,
    SCATTERED,
    STATISTIC,
    STATISTICS,
    VIEW,
    WHOLE,
    Extra,
    Operator,
    Operators,
    Save,
    X,
    Y,
)


def locally_connected(
    volume: int, positions: int, seen: int, filters: int, parameters: int
) -> Operators:
    """unfold, baddbmm (bmm without bias) over positions, permute and contiguous.

    `volume` is the input's elements, `seen` the values that a neuron sees. unfold resizes a
    tensor as large as its input. Weights lie as (positions, seen, filters), so that their
    gradient needs no copy; biases as (positions, 1, filters).
    """
    patches, elements = positions * seen, positions * filters
    biased = parameters == 2
    weight = 1 + biased  # its operand, as casts go from the last argument to the first
    product = Operator(
        "baddbmm" if biased else "bmm",
        elements,
        (-1,),
        (1, 0) if biased else (0,),
        saves=(Save(0, wanted_by=weight), Save(weight, wanted_by=0)),
        gradients=(FULL, PASSED) if biased else (),
        autocast=HALF,
    )
    # (positions, N, filters) to (N, filters, positions), which may lie so already
    lies = WHOLE if positions == 1 else PER_IMAGE if filters == 1 else SCATTERED
    permute = Operator("permute", 0, (-1,), result=VIEW, gradients=(PASSED,), layout=lies)
    view = Operator("view", 0, (-1,), result=VIEW, gradients=(PASSED,), asks=CONTIGUOUS)
    unfold = Operator("unfold", patches, gradients=(RESIZED,), storage=max(volume, patches))
    return (unfold, product, permute, view)


def lp_pool(elements_in: int, elements: int) -> Operators:
    """F.lp_pool2d: avg_pool(x^p), sign(.) * relu(|.|), times the window, to the 1/p."""
    return (
        *_power_operators(elements_in, 0),
        Operator("avg_pool", elements, (-1,), saves=(X,)),
        Operator("sign", elements, (-1,)),
        Operator("abs", elements, (-2,), saves=(X,), scratch=(1,)),
        Operator("relu", elements, (-1,), saves=(Y,)),
        Operator("mul", elements, (-3, -1), saves=BOTH, last_first=True),
        Operator("mul", elements, (-1,)),
        *_power_operators(elements, -1, held=(-6,)),
    )


def instance_norm(elements: int, channels: int, affine: bool = False) -> Operators:
    """Batch norm of N*C channels, and a view of its result.

    Weight and bias are repeated for each image before.
    """
    moments = Extra(STATISTICS, STATISTIC, per_image=channels)
    extras = (moments, moments)
    norm = Operator("batch_norm", elements, saves=(X,), extras=extras, asks=CONTIGUOUS)
    view = Operator("view", 0, (-1,), result=VIEW, gradients=(PASSED,))
    if not affine:
        return (norm, view)
    repeats = tuple(Operator("repeat", channels, (), (k,)) for k in range(2))
    return (*repeats, norm._replace(inputs=(0, -2, -1), saves=(X, Save(1))), view)


def local_response_norm(elements: int, padded: int) -> Operators:
    """F.local_response_norm; `padded` = (C + size - 1) * H * W, the squares with padding."""
    square = Operator("mul", elements, (0, 0), saves=(Save(0),), last_first=True)
    return (
        square,
        Operator("pad", padded, (-1,)),
        Operator("avg_pool3d", elements, (-1,), saves=(X,)),
        Operator("mul", elements, (-1,)),
        Operator("add", elements, (-1,), gradients=(PASSED,)),
        *_power_operators(elements, -1, held=(-3,)),
        _quotient(elements),
    )


def l2_norm(elements: int, positions: int) -> Operators:
    """F.normalize over the channels: x / vector_norm(x).clamp_min(eps).expand_as(x).

    The norm's backward makes x / norm, and a mask of the norms that are 0; clamp_min's a
    number and a mask.
    """
    quotient, number = Extra(COPIES, SAME, elements), Extra(COPIES, SAME, per_batch=1)
    mask, (shown,) = Extra(MASKS, BOOL, positions), expand(positions, elements)
    norm = Operator("norm", positions, saves=(X, Y), between=(quotient, mask))
    return (
        norm._replace(autocast=INTO_FLOAT32),
        Operator("clamp_min", positions, (-1,), saves=(X,), between=(number, mask)),
        shown._replace(inputs=(-1,)),
        _quotient(elements),
    )


def _quotient(elements: int) -> Operator:
    """The layer's input divided by what was made last, whose gradient takes three on the way."""
    return Operator(
        "div",
        elements,
        (0, -1),
        saves=(Save(0, wanted_by=1), Save(1)),
        scratch=(0, 3),
        last_first=True,
        autocast=MIXED,
    )


def _power_operators(elements: int, base: int, held: tuple[int, ...] = ()) -> Operators:
    """x ** number, whose backward makes x ** (number - 1) and its multiple."""
    return (
        Operator("pow", elements, (base,), saves=(X,), scratch=(2,), holds=held, autocast=FLOAT32),
    )
