"""How deep blocks may call each other, and where stages are counted."""

import json

import pytest
from support import names, network

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
