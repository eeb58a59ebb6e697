"""What layers that take several volumes have in common: whether these match."""

from collections.abc import Iterator

from convcalc.facts.layer_facts import Problem
from convcalc.facts.shape import Shape
from convcalc.facts.units import as_written


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
