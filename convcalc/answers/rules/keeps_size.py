"""A convolution with S=1 that does not keep width and height."""

from collections.abc import Iterator

from convcalc.answers.rules._base import (
    IMAGES,
    LintRule,
    Spot,
    changed_text,
    first_line,
    input_volume,
    is_convolution,
    option_value,
)
from convcalc.answers.rules.even_filter import is_even_and_padded
from convcalc.answers.rules.no_padding import is_early_and_bare
from convcalc.text.errors import WARNING
from convcalc.walk.propagation import Propagation


def _find_spots(walked: Propagation) -> Iterator[Spot]:
    for node in walked.nodes:
        if not is_convolution(node) or max(option_value(node, "stride")) > 1:
            continue
        before, after = input_volume(walked, node), node.facts.output
        told = is_early_and_bare(node) or is_even_and_padded(node)  # by rules of their own
        if before.sides == after.sides or told:
            continue
        size = tuple(side - 1 + side % 2 for side in option_value(node, "kernel_size"))
        padded = changed_text(node, kernel_size=size, padding="same")
        change = "grows to" if after.positions > before.positions else "shrinks to"
        yield Spot(node, f"{before} {change} {after}", f"write `{padded}`")


RULE = LintRule(
    first_line(__doc__),
    WARNING,
    "3.2",
    "The notes call it crucial that a convolution leaves width and height as they are: S=1 and "
    "P=(F-1)/2; P=1 for F=3, P=2 for F=5",
    _find_spots,
    IMAGES,
)
