"""Operators that make no tensor: other shapes and parts of one that exists."""

from collections.abc import Sequence
from itertools import pairwise

from convcalc.facts.operators.vocabulary import (
    PART,
    PARTS,
    PASSED,
    PER_IMAGE,
    ROWS,
    SCATTERED,
    SPACED,
    VIEW,
    WHOLE,
    Layout,
    Operator,
    Operators,
)
from convcalc.facts.shape import Shape


def view() -> Operators:
    """Another shape of the same storage: flatten, reshape, permute."""
    return (Operator("view", result=VIEW, gradients=(PASSED,), asks=ROWS),)


def expand(elements_in: int, elements: int) -> Operators:
    """Axes of 1 shown many times; the gradient is summed to the operand's size.

    A single value is a row with steps of 0.
    """
    layout = SPACED if elements_in == 1 else SCATTERED
    return (Operator("expand", elements, result=VIEW, gradients=(PASSED,), layout=layout),)


def crop(volume: Shape, output: Shape) -> Operators:
    """A slice an axis, the rows before the columns: views, gradients of their input's size."""
    steps = [volume]
    for axis in reversed(range(len(volume.sides))):  # the last axis first, as torch slices
        sides = list(steps[-1].sides)
        sides[axis] = output[axis]
        steps.append(volume.with_sides(*sides))
    cuts = [after for before, after in pairwise(steps) if after != before]
    return tuple(
        Operator(
            "slice", cut.elements, (-1 if k else 0,), result=VIEW, layout=_cut_layout(volume, cut)
        )
        for k, cut in enumerate(cuts)
    )


def _cut_layout(volume: Shape, cut: Shape) -> Layout:
    """How an image's values lie where they are cut out of a larger volume."""
    steps = [1]
    for side in volume.sides:
        steps.append(steps[-1] * side)
    return layout_of(cut[::-1], steps[::-1])


def layout_of(sizes: Sequence[int], steps: Sequence[int]) -> Layout:
    """How the values of an image lie by its axes, the outermost first, in what has gaps."""
    axes = [(size, step) for size, step in zip(sizes, steps, strict=True) if size > 1]
    if any(outer[1] != size * step for outer, (size, step) in pairwise(axes)):
        return SCATTERED
    return PER_IMAGE if not axes or axes[-1][1] == 1 else SPACED


def split(parts: tuple[int, ...]) -> Operators:
    """Views of slices of the input, made at once (chunk, split); layers take `part`s.

    Layers that split the same value into the same sizes share one such operator.
    """
    layout = PER_IMAGE if len(parts) > 1 else WHOLE
    return (Operator("split", result=PARTS, parts=parts, layout=layout),)


def part(index: int, operand: int = 0) -> Operators:
    """One of the views of an operand that is a `split`."""
    return (Operator("part", inputs=(operand,), result=PART, parts=(index,)),)
