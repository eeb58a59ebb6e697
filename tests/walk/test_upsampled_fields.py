"""Receptive fields through upsampling: windows that straddle coarse cells."""

import pytest
from support import walk

CASES = [
    pytest.param("- conv: {filters: 2, size: 4, stride: 4}\n- upsample: {scale: 4}\n"
                 "- conv: {filters: 2, size: 3, pad: 1}", 8, id="4/4, up 4, 3"),
    pytest.param("- conv: {filters: 2, size: 32, stride: 32}\n- upsample: {scale: 32}\n"
                 "- conv: {filters: 2, size: 3, pad: 1}", 64, id="32/32, up 32, 3"),
    pytest.param("- conv: {filters: 2, size: 8, stride: 8}\n"
                 "- upsample: {scale: 8, mode: bilinear}\n"
                 "- conv: {filters: 2, size: 3, pad: 1}", 24, id="8/8, bilinear 8, 3"),
    pytest.param("- conv: {filters: 2, size: 4, stride: 4}\n"
                 "- convtranspose: {filters: 2, size: 4, stride: 4}\n"
                 "- conv: {filters: 2, size: 3, pad: 1}", 8, id="4/4, transposed 4/4, 3"),
    pytest.param("- upsample: {scale: 4}\n- conv: {filters: 2, size: 3, pad: 1}", 2,
                 id="up 4, 3"),
    pytest.param("""\
- conv: {filters: 2, size: 3, pad: 1, name: first}
- pool
- conv: {filters: 2, size: 3, pad: 1}
- pool
- conv: {filters: 2, size: 3, pad: 1}
- upsample: {scale: 4, mode: bilinear, name: up}
- concat: {from: [up, first]}
- conv: {filters: 2, size: 3, pad: 1}""", 26, id="a skip around two poolings"),
]  # fmt: skip


@pytest.mark.parametrize(("layers", "size"), CASES)
def test_the_table(layers, size):
    last = walk(f"input: 128x64x3\nlayers:\n{layers}\n", is_yaml=True).nodes[-1]
    assert (last.width.size, last.height.size) == (size, size)


@pytest.mark.parametrize(
    ("mode", "size", "start"),
    [("nearest", (4, 3), (0, -1)), ("bilinear", (8, 5), (-4, -3))],
)
def test_far_upsampling_is_seen_from_its_first_position(mode, size, start):
    """Of more positions than are told apart: 1 input, or 2 that lie a stride apart."""
    text = f"""\
input: 8x8x3
layers:
  - conv: {{filters: 2, size: 4x3, stride: 4x2, pad: 0x1}}
  - upsample: {{scale: 5000, mode: {mode}}}
"""
    last = walk(text, is_yaml=True, rounding="floor").nodes[-1]
    assert (last.width.size, last.height.size) == size
    assert (last.width.start, last.height.start) == start
