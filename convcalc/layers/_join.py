"""What layers that take several volumes have in common: whether these match."""

from collections.abc import Iterator

from convcalc.facts.layer_facts import Problem
from convcalc.facts.shape import Shape, Vector
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.units import as_written


def broadcast_shape(inputs: tuple[Shape, ...]) -> Shape:
    """The larger size along each axis: one of 1 stands for as many as the others have."""
    first, *others = inputs
    if all(shape == first for shape in others):
        return first
    sizes = map(max, *inputs)
    return first.__class__(*sizes) if len({*map(type, inputs)}) == 1 else Shape(*sizes)


def are_alike(call: TracedCall) -> bool:
    """Whether a call takes two values of one size, but for axes of 1 that the other fills.

    Readers of models leave out the view that gives a row axes of 1. Where torch could lay the
    row over the last axes as it is, and get the same size, nothing tells which it did.
    """
    shapes = [tensor.shape for tensor in call.tensors]
    if len(shapes) != 2 or len(call.values) != 2 or shapes[0][:1] != shapes[1][:1]:
        return False
    rank = max(map(len, shapes))
    rows_first = _laid_over(*[(*shape, *[1] * (rank - len(shape))) for shape in shapes])
    rows_last = _laid_over(*[(*[1] * (rank - len(shape)), *shape) for shape in shapes])
    output = call.output.shape
    if rows_first is None or {*rows_first[len(output) :]} - {1}:
        return False
    same_rank = len(shapes[0]) == len(shapes[1])
    return rows_first[: len(output)] == output and (same_rank or rows_last != output)


def _laid_over(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...] | None:
    """The size of two of as many axes together, or None where they do not fit."""
    sides = list(zip(one, other, strict=True))
    return tuple(map(max, sides)) if all(a == b or 1 in (a, b) for a, b in sides) else None


def broadcast_problem(
    inputs: tuple[Shape, ...], verb: str, in_place: bool = False
) -> tuple[Problem, ...]:
    """The problem where the inputs differ along an axis, and not because it is 1 in some.

    `in_place` the first takes the result, and must be as large.
    """
    if any(len(shape) != len(inputs[0]) for shape in inputs):
        return unequal_problem(inputs, verb)
    wanted = tuple([next((n for n in along if n != 1), 1) for along in zip(*inputs, strict=True)])
    filled = [
        shape.__class__(*[size if n == 1 else n for n, size in zip(shape, wanted, strict=True)])
        for shape in inputs
    ]
    if all(shape == wanted for shape in filled):
        smaller = in_place and inputs[0] != wanted
        return (_in_place_problem(inputs, wanted, verb),) if smaller else ()
    return unequal_problem(tuple(filled), verb)


def _in_place_problem(inputs: tuple[Shape, ...], wanted: tuple[int, ...], verb: str) -> Problem:
    """The first of them cannot hold the result."""
    whole = next((k for k, shape in enumerate(inputs) if shape == wanted), None)
    hint = "leave `inplace` out" + (f", or name `{{{whole}}}` first" if whole else "")
    message = f"{verb} in place where the first of its volumes is smaller than the result"
    return Problem("join", message, hint, operands=tuple(range(len(inputs))))


def unequal_problem(
    inputs: tuple[Shape, ...], verb: str, channels: bool = True
) -> tuple[Problem, ...]:
    """The problem where the inputs differ along an axis, or, with `channels`, in their depth.

    The hint brings each of them to the first one's size.
    """
    first = inputs[0]
    if any(len(shape) != len(first) for shape in inputs):
        same = not channels or len({shape.channels for shape in inputs}) == 1
        hint = "; ".join(_pooled(inputs)) if same else ""
        return (join_problem(verb, ["their number of axes"], hint, len(inputs)),)
    end = None if channels else -1
    others = [k for k, shape in enumerate(inputs) if shape[:end] != first[:end]]
    if not others:
        return ()
    compared = list(first.options)[:end]
    differ = [axis for k, axis in enumerate(compared) if len({shape[k] for shape in inputs}) > 1]
    hints = []
    for k in others:
        wanted = first if channels else first.with_channels(inputs[k].channels)
        hints.append(hint_between(k, bridging_layers(inputs[k], wanted)))
    return (join_problem(verb, differ, "; ".join(hints), len(inputs)),)


def join_problem(verb: str, differ: list[str], hint: str, operands: int) -> Problem:
    """Volumes that a join cannot take together."""
    axes = ", ".join(differ[:-1]) + " and " + differ[-1] if len(differ) > 1 else differ[0]
    message = f"{verb} volumes that differ in {axes}"
    return Problem("join", message, hint, operands=tuple(range(operands)))


def hint_between(operand: int, layers: str) -> str:
    """The hint to put layers on the way of one of the inputs."""
    return f"write {layers} between `{{{operand}}}` and this layer"


def _pooled(inputs: tuple[Shape, ...]) -> Iterator[str]:
    """The hints that leave one position of each volume: then there are no axes to differ in."""
    for operand, shape in enumerate(inputs):
        if shape.positions > 1:
            yield hint_between(operand, "`gap`")


def bridging_layers(given: Shape, wanted: Shape) -> str:
    """The layers, as YAML, that turn one size into another.

    Where only width and height differ and a pooling divides them, it does; where the
    channels differ too, a strided 1x1 convolution as in ResNet's projections; else resizing.
    """
    steps = tuple(map(_bridging_stride, given.sides, wanted.sides))
    size = as_written(steps[0] if len(set(steps)) == 1 else steps)
    resized = given.sides != wanted.sides
    if isinstance(given, Vector) and not resized:
        return f"`fc: {{units: {wanted.channels}}}`"
    if given.channels == wanted.channels and _divides_evenly(given, wanted):
        return f"`pool: {{size: {size}, stride: {size}}}`"
    if given.channels != wanted.channels and resized and all(steps):
        return f"`conv: {{filters: {wanted.channels}, size: 1, stride: {size}, rounding: floor}}`"
    layers = []
    if resized:
        layers.append(f"`upsample: {{size: {as_written(wanted.sides)}}}`")
    if given.channels != wanted.channels:
        layers.append(f"`conv: {{filters: {wanted.channels}, size: 1}}`")
    return " and ".join(layers)


def _divides_evenly(given: Shape, wanted: Shape) -> bool:
    sides = zip(given.sides, wanted.sides, strict=True)
    return all(small and not large % small for large, small in sides)


def _bridging_stride(given: int, wanted: int) -> int:
    """The stride with which a 1x1 window finds as many positions as wanted, or 0."""
    if not 0 < wanted <= given:
        return 0
    step = -(-given // wanted)
    return step if (given - 1) // step + 1 == wanted else 0
