"""Filters that see further than the image reaches."""

from collections.abc import Iterator
from operator import gt

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_line,
    inputs_apart,
    is_convolution,
    is_pool,
    window_text,
)
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Pixels, Walked


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for image, nodes in inputs_apart(walked):
        yield from _far_spots(image, nodes)


def _far_spots(image: Walked, nodes: list[Walked]) -> Iterator[Spot]:
    shape = image.facts.output
    local = [node for node in nodes if is_convolution(node) or is_pool(node)]
    far = [n for n in local if any(map(gt, n.field_sizes, shape.sides))]
    if far:
        sizes = map(max, zip(*[n.field_sizes for n in local], strict=True))
        jumps = map(max, zip(*[n.jumps for n in local], strict=True))
        better = shape.with_sides(*map(_rounded_up, sizes, jumps, shape.sides))
        field, has = window_text(far[0].field_sizes), "x".join(map(str, shape.sides))
        seen, whole = ("pixels", "image") if len(shape.sides) == 2 else ("positions", "input")
        message = f"{far[0].name} sees {field} {seen}, the {whole} has {has}"
        yield Spot(image, message, f"leave out layers or strides, or write `INPUT[{better}]`")


def _rounded_up(size: Pixels, jump: Pixels, given: int) -> int:
    """The image's side, or the least that is as large as the field and a multiple of the jump."""
    return max(given, int(-(-size // jump) * jump))


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "",
    "Beyond the image there is only padding to see; what stands behind sees everything anyway",
    _find_spots,
)
