"""Where autograd adds a second gradient: into the first, or into a new tensor.

Source: torch/csrc/autograd/input_buffer.cpp: in place only where nobody else holds the first.
Expected events are worked out by hand from the order in which the engine runs its nodes.
"""

import pytest
from support import walk

from convcalc.memory.simulate import CPU, SimulationSetup, simulate

INPUT = "input: 5x3x2\nlayers:\n"
VOLUME = 2 * 5 * 3 * 2 * 4  # bytes, at a batch of 2


def spec(*items: str) -> str:
    return INPUT + "".join(f"  - {item}\n" for item in items)


def conv(name: str, source: str = "") -> str:
    taken = f", from: {source}" if source else ""
    return f"conv: {{filters: 2, size: 1, bias: false, name: {name}{taken}}}"


# `a` gets the gradient of `a + b`, and that of `c = conv(a)`. The sum's gradient is one tensor
# for `a` and for `b`; `c` was made before the sum, so its gradient comes while `b` still waits.
SHARED = spec(
    conv("a"),
    conv("b", "input"),
    conv("c", "a"),
    "add: {name: s, from: [a, b]}",
    "add: {name: t, from: [c, s]}",
    "fc: {units: 3, bias: false}",
)
# Here `a` alone holds what it got of the sum when the gradient of `c` arrives.
UNSHARED = spec(
    conv("a"),
    conv("c", "a"),
    "add: {name: t, from: [c, a]}",
    "fc: {units: 3, bias: false}",
)


def made_in_backward(text: str, in_place: bool) -> list[int]:
    """Bytes of what a backward pass makes that is no gradient of a parameter's size."""
    run = simulate(walk(text, is_yaml=True), SimulationSetup(2, variant=CPU, in_place=in_place)).run
    (start, end) = next((p.start, p.end) for p in run.phases if p.name == "backward")
    sizes = [run.tape.sizes[event] for event in run.tape.events[start:end] if event >= 0]
    return [size for size in sizes if size == VOLUME]


@pytest.mark.parametrize(
    ("text", "in_place", "count"),
    [
        # For the sum's result by FC, for `a` by `c`; a sum in a tensor of its own is one more.
        pytest.param(UNSHARED, True, 2, id="nobody else holds the first"),
        pytest.param(UNSHARED, False, 3, id="nobody else, out of place"),
        pytest.param(SHARED, True, 3, id="another branch holds the first too"),
        pytest.param(SHARED, False, 3, id="another branch, out of place"),
    ],
)
def test_sums(text, in_place, count):
    assert len(made_in_backward(text, in_place)) == count
