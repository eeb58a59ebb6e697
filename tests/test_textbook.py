"""The textbook memory of running a network, against going through every layer by hand."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import report, walk

from convcalc.facts.setup import Setup
from convcalc.memory.textbook import largest_live

SIDE = 4


def spec_of(layers: list[tuple[str, list[int], int]]) -> str:
    """YAML of layers (kind, indices of the inputs, filters); layer 0 is the input."""
    items, used = [], set()
    for index, (kind, inputs, filters) in enumerate(layers, 1):
        used |= set(inputs)
        body = {"name": f"l{index}", "from": [f"l{i}" if i else "input" for i in inputs]}
        if kind == "conv":
            body |= {"filters": filters, "size": 1}
        items.append({kind: body})
    ends = [f"l{index}" for index in range(1, len(layers) + 1) if index not in used]
    return json.dumps({"input": f"{SIDE}x{SIDE}x3", "layers": items, "outputs": ends})


def by_hand(layers: list[tuple[str, list[int], int]]) -> int:
    """What is alive while each layer runs, found by asking every volume at every layer."""
    depths, home = [3], [0]
    for index, (kind, inputs, filters) in enumerate(layers, 1):
        first = inputs[0]
        depths.append(
            {"conv": filters, "concat": sum(depths[i] for i in inputs)}.get(kind, depths[first])
        )
        home.append(index if kind in ("conv", "concat") else home[first])
    largest = 0
    for now in range(len(depths)):
        alive = {home[now]}
        for reader, (_, inputs, _) in enumerate(layers, 1):
            if reader >= now:
                alive |= {home[i] for i in inputs if i < now or reader == now}
        alive = {volume for volume in alive if volume <= now}
        largest = max(largest, sum(depths[volume] for volume in alive))
    return largest * SIDE * SIDE


@st.composite
def graphs(draw):
    layers = []
    for index in range(1, draw(st.integers(1, 9)) + 1):
        kind = draw(st.sampled_from(["conv", "conv", "relu", "dropout", "flatten", "concat"]))
        volumes = [0, *(k for k, layer in enumerate(layers, 1) if layer[0] != "flatten")]
        earlier = st.sampled_from(volumes)
        count = draw(st.integers(2, 3)) if kind == "concat" else 1
        inputs = [draw(earlier) for _ in range(count)]
        layers.append((kind, inputs, draw(st.integers(1, 30))))
        assert index == len(layers)
    return layers


@given(graphs())
def test_the_largest_live_set_of_random_graphs(layers):
    assert largest_live(walk(spec_of(layers), is_yaml=True).nodes) == by_hand(layers)


def chain(filters: list[int]):
    return [("conv", [k], count) for k, count in enumerate(filters)]


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_a_chain_needs_its_largest_pair_of_neighbours(filters):
    volumes = [3, *filters]
    expected = max(a + b for a, b in itertools.pairwise(volumes)) * SIDE * SIDE
    assert largest_live(walk(spec_of(chain(filters)), is_yaml=True).nodes) == expected
    assert by_hand(chain(filters)) == expected


@pytest.mark.parametrize(
    ("pattern", "live"),
    [
        pytest.param("INPUT[4x4x3] -> RELU*9", 48, id="in place, nothing new"),
        pytest.param("INPUT[4x4x3] -> CONV1-2 -> RELU -> CONV1-5", 112, id="ReLU is not a copy"),
        pytest.param("INPUT[4x4x3] -> FLATTEN -> FC-7", 55, id="a flatten is a view"),
        pytest.param("INPUT[4x4x3] -> POOL -> POOL", 60, id="the first layer is the largest"),
    ],
)
def test_by_hand(pattern, live):
    assert largest_live(walk(pattern).nodes) == live


def test_a_skip_is_alive_until_it_is_added():
    text = (
        "input: 4x4x4\nlayers: [residual: {main: [conv: {filters: 4, size: 1}, "
        "conv: {filters: 4, size: 1}]}]"
    )
    assert largest_live(walk(text, is_yaml=True).nodes) == 3 * 64


@given(graphs(), st.integers(1, 64), st.sampled_from(["float32", "float64", "float16"]))
def test_bytes_of_running(layers, batch, dtype):
    setup = Setup(batch, dtype, "infer", "adam")
    memory = report(spec_of(layers), setup).textbook
    width = {"float32": 4, "float64": 8, "float16": 2}[dtype]
    assert memory.activations == by_hand(layers) * batch * width
    assert memory.optimizer_state == memory.activation_gradients == memory.parameter_gradients == 0
