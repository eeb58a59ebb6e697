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


# What `a` gets of the concatenation is a slice of its gradient: nothing is added to that.
SLICED = spec(
    conv("a"),
    conv("c", "a"),
    "concat: {name: t, from: [c, a]}",
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
        # For `a` by `c`, and the sum; the concatenation's is twice as large.
        pytest.param(SLICED, True, 2, id="a slice of a concatenation"),
        pytest.param(SLICED, False, 2, id="a slice, out of place"),
    ],
)
def test_sums(text, in_place, count):
    assert len(made_in_backward(text, in_place)) == count


def phases(text: str, **setup) -> dict[str, list[list[int]]]:
    """Events of each phase by name, one list each time it comes; and what sizes they have."""
    run = simulate(walk(text, is_yaml=True), SimulationSetup(2, variant=CPU, **setup)).run
    found: dict[str, list[list[int]]] = {"sizes": [run.tape.sizes]}
    for phase in run.phases:
        found.setdefault(phase.name, []).append(run.tape.events[phase.start : phase.end])
    return found


def test_the_bias_of_a_product_has_its_gradient_added_first():
    """The weight's comes by way of the transpose's node, which runs after the bias's."""
    found = phases(INPUT + "  - fc: {units: 7}\n", accumulate=2)
    (sizes,) = found["sizes"]
    own = {5 * 3 * 2 * 7 * 4, 7 * 4}
    freed = [sizes[~event] for event in found["backward"][1] if event < 0]
    assert [size for size in freed if size in own] == [7 * 4, 5 * 3 * 2 * 7 * 4]


def test_gradients_of_a_broadcast_product_are_summed_from_the_first():
    """Both are made from the last operand to the first: 1x3 times 5x1, summed in turn."""
    text = spec(
        conv("i"),
        "conv: {filters: 2, size: 5x1, bias: false, name: a}",
        "conv: {filters: 2, size: 1x3, bias: false, name: b, from: i}",
        "multiply: {from: [a, b]}",
        "fc: {units: 7, bias: false}",
    )
    found = phases(text)
    (sizes,) = found["sizes"]
    made = [sizes[event] for event in found["backward"][0] if event >= 0]
    high, wide = 1 * 3 * 2 * 2 * 4, 5 * 1 * 2 * 2 * 4
    place = made.index(high)
    assert made[place - 2 : place + 2] == [VOLUME, VOLUME, high, wide]


def test_what_two_layers_share_has_one_gradient():
    """Both are made; the sum is in the first, which `zero_grad` lets go of."""
    found = phases(
        INPUT
        + "  - fc: {units: 30, bias: false, name: a}\n"
        + "  - fc: {units: 30, bias: false, share: a}\n"
    )
    (sizes,) = found["sizes"]
    made = [event for event in found["backward"][0] if event >= 0 and sizes[event] == 30 * 30 * 4]
    assert len(made) == 2
    assert ~made[1] in found["backward"][0]
    assert found["zero_grad"][1] == [~made[0]]
