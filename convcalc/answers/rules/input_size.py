"""An input that cannot be halved as often as the network halves it.

An input that every window tiles exactly all the same is left alone, as AlexNet's 227.
"""

from collections.abc import Iterator

from convcalc.answers.rules._base import LintRule, Spot, first_line, input_volume, inputs_apart
from convcalc.facts.shape import Shape
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation, every_layer_fits
from convcalc.walk.receptive_field import Walked

MOST_TRIED = 8  # sizes that the network is tried with, for the hint


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for image, nodes in inputs_apart(walked):
        shape = image.facts.output
        jumps = [node.jumps for node in nodes]
        factors = [max(map(_power_of_two, side)) for side in zip(*jumps, strict=True)]
        divided = [f for side, f in zip(shape.sides, factors, strict=True) if side % f]
        if divided and any(_is_rounded(walked, node) for node in nodes):
            message = f"{shape} is not divisible by {divided[0]}, by which the network divides it"
            yield Spot(image, message, f"write `INPUT[{_better_size(walked, image, factors)}]`")


def _power_of_two(number: object) -> int:
    """The largest power of 2 in a distance of pixels; 1 in a fraction of a pixel."""
    return number & -number if isinstance(number, int) else 1


def _is_rounded(walked: Propagation, node: Walked) -> bool:
    """Whether a window does not tile its input exactly."""
    facts = node.facts
    if facts.windows is None or not facts.fitted or not node.inputs:
        return False
    shape = input_volume(walked, node)
    return not all(w.fits(side) for w, side in zip(facts.windows, shape.sides, strict=True))


def _better_size(walked: Propagation, image: Walked, factors: list[int]) -> Shape:
    """The nearest size that is divisible, and that the whole network fits where one does."""
    shape, layer = image.facts.output, image.node.layer
    sizes = [max(1, round(side / f)) * f for side, f in zip(shape.sides, factors, strict=True)]
    for step in sorted(range(-MOST_TRIED // 2, MOST_TRIED // 2 + 1), key=abs):
        stepped = [size + step * f for size, f in zip(sizes, factors, strict=True)]
        tried = shape.with_sides(*stepped)
        if min(stepped) > 0 and every_layer_fits(
            walked.network.resize_inputs(layer, **tried.options)
        ):
            return tried
    return shape.with_sides(*sizes)


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "An input that is divisible by 2 many times halves without a rest",
    _find_spots,
)
