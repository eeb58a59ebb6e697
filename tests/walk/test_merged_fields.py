"""Receptive fields behind merges, whose branches need not be alike along both axes."""

from support import walk

from convcalc.walk.receptive_field import Field, union_of


def test_outputs_of_branches_lie_as_far_apart_as_the_farther_ones():
    """Rows of two strides, which only a size that is cut makes meet."""
    text = """\
input: 8x12x3
rounding: floor
layers:
  - concat:
    - [conv: {filters: 4, size: 1x3, stride: 2x1, pad: 0x1}, crop: {size: 4x4}]
    - [conv: {filters: 4, size: 5x1, stride: 1x3, pad: 2x0}, crop: {size: 4x4}]
"""
    merged = walk(text, is_yaml=True).nodes[-1]
    assert (merged.width.size, merged.height.size) == (5, 3)
    assert (merged.width.jump, merged.height.jump) == (2, 3)
    assert (merged.width.start, merged.height.start) == (0, 0)  # of 0 and 4 - 1


def test_branches_that_lie_alike_leave_one_field_for_every_position():
    assert union_of([Field(3, 2, -1), Field(5, 2, -2)], 9) == Field(5, 2, -2)
    assert union_of([Field(3, 2, -1), Field(3, 2, 1)], 9) == Field(5, 2, -1)
