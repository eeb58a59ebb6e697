"""How deep blocks may call each other, and where stages are counted."""

import json

import pytest
from support import names, network

from convcalc.network import expansion
from convcalc.text.errors import SpecError


def nested(depth: int) -> str:
    """A spec whose blocks call each other so deep."""
    inner = [f"  b{k}: {{layers: [b{k + 1}]}}" for k in range(1, depth)]
    blocks = "\n".join([*inner, f"  b{depth}: {{layers: [relu]}}"])
    return f"input: 4x6x3\nblocks:\n{blocks}\nlayers: [b1]\n"


def test_fifty_blocks_may_call_each_other():
    assert len(network(nested(50), is_yaml=True).nodes) == 2


def test_fifty_one_may_not():
    with pytest.raises(SpecError, match="blocks are nested deeper than 50"):
        network(nested(51), is_yaml=True)


def test_every_block_counts_its_own_stages():
    """A pooling inside ends no stage outside, nor one of the same block's next use."""
    text = """\
input: 64x48x3
blocks:
  down:
    layers:
      - conv: {filters: 4, size: 3, pad: 1}
      - pool
      - conv: {filters: 4, size: 3, pad: 1}
      - pool
      - conv: {filters: 4, size: 3, pad: 1}
layers:
  - down
  - conv: {filters: 4, size: 3, pad: 1}
  - pool
  - down
  - conv: {filters: 4, size: 3, pad: 1}
"""
    inside = ["conv1_1", "pool1", "conv2_1", "pool2", "conv3_1"]
    assert names(text, is_yaml=True) == [
        "input",
        *[f"down1.{name}" for name in inside],
        "conv1_1",
        "pool1",
        *[f"down2.{name}" for name in inside],
        "conv2_1",
    ]


def test_branches_are_as_deep_as_they_are_nested():
    inner = [[{"conv": {"filters": 3, "size": 1}}], [{"concat": [["gelu"], ["tanh"]]}]]
    spec = {"input": "9x5x3", "layers": [{"concat": inner}, "relu"]}
    depths = {node.name: node.branch for node in network(json.dumps(spec), is_yaml=True).nodes}
    assert list(depths.values()) == [0, 1, 2, 2, 1, 0, 0]


def test_repeats_of_nothing_end(monkeypatch):
    """Of both repeats every round counts that adds no layer, the whole one too."""
    monkeypatch.setattr(expansion, "MOST_IDLE", 99)
    text = """\
input: 4x6x3
blocks:
  a:
    parameters: {{n: required, z: required}}
    layers: [{{repeat: $n, layers: [{{repeat: $z, layers: [relu]}}]}}]
layers: [relu, a: {{n: {count}, z: 0}}, a: {{n: 100, z: 1}}]
"""
    assert len(network(text.format(count=98), is_yaml=True).nodes) == 2 + 100
    with pytest.raises(SpecError) as caught:
        network(text.format(count=99 + 1), is_yaml=True)
    assert caught.value.message == "more than 99 repeats add no layer"


def test_inputs_of_layers_are_counted():
    """Of 640 layers each takes all before it: 2 + 3 + ... + 641 inputs, 206,000 in all."""
    text = "input: 4x6x3\nlayers: [relu, {repeat: 640, layers: [add: {name: n, from: '*'}]}]\n"
    with pytest.raises(SpecError) as caught:
        network(text, is_yaml=True)
    message = "layers[1].layers[0].add: more than 200,000 inputs of layers"
    assert caught.value.message == message


def test_branches_of_a_residual_are_named_or_in_order():
    main, shortcut = "[conv: {filters: 5, size: 1}, relu]", "[conv: {filters: 5, size: 1}]"
    head = "input: 4x6x3\nlayers:\n  - residual: "
    found = [
        network(f"{head}{written}\n", is_yaml=True)
        for written in (f"{{main: {main}, shortcut: {shortcut}}}", f"[{main}, {shortcut}]")
    ]
    for each in found:
        assert [node.inputs for node in each.nodes] == [(), (0,), (1,), (0,), (2, 3)]
