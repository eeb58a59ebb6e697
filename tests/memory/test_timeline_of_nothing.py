"""Layers without positions, which misfits leave behind: every storage still dies once."""

import pytest

import convcalc


@pytest.mark.parametrize("repeats", [1, 4, 7])
def test_every_storage_is_freed_once(repeats):
    """Gradients of weights without elements are one storage."""
    found = convcalc.analyze(f"INPUT[8x8x1] -> LOCAL-64(P=64x0)*{repeats}")
    events = found.pytorch.result.run.tape.events
    freed = [event for event in events if event < 0]
    assert len(set(freed)) == len(freed)
    assert found.to_dict()["memory"]["pytorch"]["at_peak"]
