"""Window arithmetic against really sliding a window, exhaustively for small sizes.

The oracle knows no formula: it lays the padded input out as a list, puts the window down
at every stride, and looks at which elements it reads.
"""

import itertools
from fractions import Fraction

import pytest

from convcalc.facts.shape import Shape
from convcalc.facts.window import CEIL, EXACT, FLOOR, Window
from convcalc.layers.conv import Conv

SIZES = range(1, 13)
CASES = [
    Window(kernel, stride, padding, dilation)
    for kernel, stride, padding, dilation in itertools.product(
        range(1, 6), range(1, 5), range(4), range(1, 4)
    )
]


def slid(window: Window, size: int, rounding: str) -> list[list[int]]:
    """The positions that the window touches, for each place where it is put down."""
    behind = window.padding if window.padding_end is None else window.padding_end
    first, last = -window.padding, size + behind - 1
    placed = []
    start = first
    while True:
        touched = [start + window.dilation * k for k in range(window.kernel_size)]
        before_reached_the_end = (
            start - window.stride + window.dilation * (window.kernel_size - 1) >= last
        )
        overhangs = touched[-1] > last
        if overhangs and (rounding != CEIL or before_reached_the_end or start >= size):
            return placed
        placed.append(touched)
        start += window.stride


def test_there_are_thousands_of_cases():
    assert len(CASES) * len(SIZES) == 2_880


@pytest.mark.parametrize("rounding", [FLOOR, CEIL])
@pytest.mark.parametrize("size", SIZES)
def test_positions(size, rounding):
    for window in CASES:
        expected = len(slid(window, size, rounding))
        assert window.output(size, rounding) == expected, window


@pytest.mark.parametrize("rounding", [FLOOR, CEIL])
@pytest.mark.parametrize("size", SIZES)
def test_elements_behind_the_last_window(size, rounding):
    for window in CASES:
        placed = slid(window, size, rounding)
        last = max((position for touched in placed for position in touched), default=-1)
        expected = len([position for position in range(size) if position > last])
        assert window.unread_elements(size, rounding) == expected, window


@pytest.mark.parametrize("size", SIZES)
def test_a_window_fits_when_its_last_position_ends_where_the_padded_input_ends(size):
    for window in CASES:
        placed = slid(window, size, FLOOR)
        ends = bool(placed) and placed[-1][-1] == size + window.padding - 1
        assert window.fits(size) == ends, window
        assert window.fits(size) == (
            window.exact_positions(size).denominator == 1 and bool(placed)
        ), window


@pytest.mark.parametrize("size", SIZES)
def test_exact_rounding_counts_as_floor(size):
    for window in CASES:
        assert window.output(size, EXACT) == window.output(size, FLOOR)
        if window.fits(size):
            assert window.exact_positions(size) == window.output(size) == window.output(size, CEIL)


@pytest.mark.parametrize(("padding", "padding_end"), [(0, 1), (1, 0), (0, 3), (2, 1)])
def test_padding_that_differs_in_front_and_behind(padding, padding_end):
    for size, kernel, stride in itertools.product(SIZES, range(1, 6), range(1, 4)):
        window = Window(kernel, stride, padding, 1, padding_end)
        assert window.output(size) == len(slid(window, size, FLOOR)), window
        padded = size + padding + padding_end  # by F.pad: a part of the input in ceil_mode too
        expected = len(slid(Window(kernel, stride), padded, CEIL))
        assert window.output(size, CEIL) == expected, window


@pytest.mark.parametrize(
    ("window", "size", "floor", "ceil"),
    [
        pytest.param(Window(3, 2), 110, 54, 55, id="ZFNet's pool1"),
        pytest.param(Window(3, 2), 26, 12, 13, id="ZFNet's pool2"),
        pytest.param(Window(3, 2, 1), 4, 2, 3, id="the last window starts in the input"),
        pytest.param(Window(2, 3, 1), 4, 2, 2, id="it would start in the padding behind"),
        pytest.param(Window(3, 2), 2, 0, 1, id="larger than the input, but by less than S"),
        pytest.param(Window(4, 2), 2, 0, 0, id="larger than the input by S"),
    ],
)
def test_pytorchs_ceil_mode(window, size, floor, ceil):
    assert (window.output(size, FLOOR), window.output(size, CEIL)) == (floor, ceil)


def test_the_formula_stays_a_fraction():
    assert Window(3, 2).exact_positions(10) == Fraction(9, 2)
    assert Window(7, 2, 1).exact_positions(224) == Fraction(221, 2)


def test_nothing_overflows():
    large = 2**31 - 1
    assert Window(1, 1, large).output(large) == 3 * large


@pytest.mark.parametrize("rounding", [FLOOR, CEIL])
@pytest.mark.parametrize("axes", [1, 2, 3])
def test_layers_slide_along_each_axis_by_itself(axes, rounding):
    """Every case of above stands along every axis once, with other cases beside it."""
    cases = [(window, size) for window in CASES for size in SIZES]
    steps = (0, 1 + len(cases) // 3, 2 + 2 * len(cases) // 3)[:axes]
    for k in range(len(cases)):
        windows, sides = zip(*[cases[(k + s) % len(cases)] for s in steps], strict=True)
        if not all(map(Window.output, windows, sides, [rounding] * axes)):
            continue
        layer = Conv(
            out_channels=1,
            kernel_size=tuple(window.kernel_size for window in windows),
            stride=tuple(window.stride for window in windows),
            padding=tuple(window.padding for window in windows),
            dilation=tuple(window.dilation for window in windows),
        )
        facts = layer.facts_for((Shape(*sides, 1),), rounding)
        slid_over = map(len, map(slid, windows, sides, [rounding] * axes))
        assert facts.output.sides == tuple(slid_over), (windows, sides)


def test_elements_that_are_read():
    for window in CASES:
        for size in SIZES:
            placed = slid(window, size, FLOOR)
            inside = sum(0 <= element < size for touched in placed for element in touched)
            assert window.reads(size, len(placed)) == inside, (window, size)
