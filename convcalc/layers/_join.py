"""What layers that take several volumes have in common: whether these match."""

from convcalc.facts import Problem
from convcalc.shape import Shape

AXES = ("width", "height", "channels")


def unequal(inputs: tuple[Shape, ...], verb: str, axes: int = 3) -> tuple[Problem, ...]:
    """The problem where the inputs differ along one of the first `axes` of a shape.

    The hint is for the first input that differs from the first of all.
    """
    first = inputs[0]
    other = next((k for k, shape in enumerate(inputs) if shape[:axes] != first[:axes]), 0)
    if not other:
        return ()
    differ = [axis for k, axis in enumerate(AXES[:axes]) if len({shape[k] for shape in inputs}) > 1]
    message = f"{verb} volumes that differ in {' and '.join(differ)}"
    target = first if axes == 3 else first._replace(channels=inputs[other].channels)
    hint = f"behind `{{{other}}}` write {' and '.join(bridge(inputs[other], target))}"
    return (Problem("join", message, hint, operands=tuple(range(len(inputs)))),)


def bridge(given: Shape, wanted: Shape) -> list[str]:
    """Layers, as YAML, that turn one size into another."""
    steps = [given.width // max(1, wanted.width), given.height // max(1, wanted.height)]
    smaller = [steps[0] * wanted.width == given.width, steps[1] * wanted.height == given.height]
    layers = []
    if given[:2] != wanted[:2]:
        size = steps[0] if steps[0] == steps[1] else f"{steps[0]}x{steps[1]}"
        resized = f"upsample: {{size: {wanted.width}x{wanted.height}}}"
        layers.append(f"pool: {{size: {size}, stride: {size}}}" if all(smaller) else resized)
    if given.channels != wanted.channels:
        layers.append(f"conv: {{filters: {wanted.channels}, size: 1}}")
    return [f"`{layer}`" for layer in layers]
