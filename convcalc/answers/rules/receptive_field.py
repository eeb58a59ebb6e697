"""Filters that see further than the image reaches."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    LintRule,
    Spot,
    first_line,
    is_convolution,
    is_pool,
    window_text,
)
from convcalc.text.errors import NOTE
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Pixels


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    image = walked.nodes[0]
    shape = image.facts.output
    local = [node for node in walked.nodes if is_convolution(node) or is_pool(node)]
    far = [n for n in local if n.width.size > shape.width or n.height.size > shape.height]
    if far:
        sizes = [max(n.width.size for n in local), max(n.height.size for n in local)]
        jumps = [max(n.width.jump for n in local), max(n.height.jump for n in local)]
        wide, high = (_rounded_up(*side) for side in zip(sizes, jumps, shape[:2], strict=True))
        better = shape._replace(width=wide, height=high)
        field = window_text((far[0].width.size, far[0].height.size))
        message = f"{far[0].name} sees {field} pixels, the image has {shape.width}x{shape.height}"
        yield Spot(image, message, f"leave out layers or strides, or write `INPUT[{better}]`")


def _rounded_up(size: Pixels, jump: Pixels, given: int) -> int:
    """The image's side, or the least that is as large as the field and a multiple of the jump."""
    return max(given, int(-(-size // jump) * jump))


RULE = LintRule(
    first_line(__doc__),
    NOTE,
    "2.1",
    "Beyond the image there is only padding to see; what stands behind sees everything anyway",
    _find_spots,
)
