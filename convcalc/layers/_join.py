"""What layers that take several volumes have in common: whether these match."""

from convcalc.facts.layer_facts import Problem
from convcalc.facts.shape import Shape

AXES = ("width", "height", "channels")


def unequal_problem(inputs: tuple[Shape, ...], verb: str, axes: int = 3) -> tuple[Problem, ...]:
    """The problem where the inputs differ along one of the first `axes` of a shape.

    The hint brings each of them to the first one's size.
    """
    first = inputs[0]
    others = [k for k, shape in enumerate(inputs) if shape[:axes] != first[:axes]]
    if not others:
        return ()
    differ = [axis for k, axis in enumerate(AXES[:axes]) if len({shape[k] for shape in inputs}) > 1]
    hints = []
    for k in others:
        wanted = first if axes == 3 else first._replace(channels=inputs[k].channels)
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


def bridging_layers(given: Shape, wanted: Shape) -> str:
    """The layers, as YAML, that turn one size into another.

    Where only width and height differ and a pooling divides them, it does; where the
    channels differ too, a strided 1x1 convolution as in ResNet's projections; else resizing.
    """
    steps = (
        _bridging_stride(given.width, wanted.width),
        _bridging_stride(given.height, wanted.height),
    )
    size = f"{steps[0]}" if steps[0] == steps[1] else f"{steps[0]}x{steps[1]}"
    resized = given[:2] != wanted[:2]
    if given.channels == wanted.channels and _divides_evenly(given, wanted):
        return f"`pool: {{size: {size}, stride: {size}}}`"
    if given.channels != wanted.channels and resized and all(steps):
        return f"`conv: {{filters: {wanted.channels}, size: 1, stride: {size}, rounding: floor}}`"
    layers = []
    if resized:
        layers.append(f"`upsample: {{size: {wanted.width}x{wanted.height}}}`")
    if given.channels != wanted.channels:
        layers.append(f"`conv: {{filters: {wanted.channels}, size: 1}}`")
    return " and ".join(layers)


def _divides_evenly(given: Shape, wanted: Shape) -> bool:
    sides = zip(given[:2], wanted[:2], strict=True)
    return all(small and not large % small for large, small in sides)


def _bridging_stride(given: int, wanted: int) -> int:
    """The stride with which a 1x1 window finds as many positions as wanted, or 0."""
    if not 0 < wanted <= given:
        return 0
    step = -(-given // wanted)
    return step if (given - 1) // step + 1 == wanted else 0
