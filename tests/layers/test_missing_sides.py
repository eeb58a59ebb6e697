"""Padding on sides that a volume of fewer axes lacks is an error, never ignored."""

import pytest

from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import propagate


@pytest.mark.parametrize(
    ("size", "side", "message"),
    [
        ("100x3", "top", ["1-D volumes have no top"]),
        ("100x3", "back", ["1-D volumes have no back"]),
        ("8x8x3", "front", ["2-D volumes have no front"]),
        ("100x3", "right", []),
        ("8x8x3", "bottom", []),
        ("8x8x8x3", "front", []),
    ],
)
def test_sides_of_a_volume(size: str, side: str, message: list[str]):
    """Sides of the axes that there are pad; others are told."""
    walked = propagate(parse_written(f"input: {size}\nlayers:\n  - pad: {{{side}: 1}}\n"))
    assert [finding.message for finding in walked.findings] == message
