"""Receptive fields beside the gradients of real torch, on random graphs up and down.

What an output has a gradient of, is what it sees. Weights are positive, so that nothing cancels
out; poolings are averages, whose gradients reach the whole window. CONVCALC_SEED and
CONVCALC_RANDOM_NETWORKS ask for other graphs and for more.
"""

import os
import random

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import torch
from random_fields import field_seen, random_graph
from random_networks import walk_of

COUNT = int(os.environ.get("CONVCALC_RANDOM_NETWORKS", "150"))
FIRST = int(os.environ.get("CONVCALC_SEED", "0"))


@pytest.mark.parametrize("seed", range(FIRST, FIRST + COUNT))
def test_a_random_graph(seed: int) -> None:
    text = random_graph(random.Random(seed))
    walk = walk_of(text)
    with torch.no_grad():
        torch.manual_seed(seed)
    assert field_seen(walk) == (walk.nodes[-1].width.size, walk.nodes[-1].height.size), text
