"""Views that do not lie without gaps are copied for what asks for that, and only then.

Held bytes are those that real torch holds (tests/oracle/test_random.py has the same by chance).
"""

import json

import pytest

from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.network.loading import networks
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate

ITEM = 4  # bytes
LOSS = 5 * ITEM + 8  # the logarithms of 5 classes and an int64 label, for each image


def held(layers, batch):
    """Bytes held for backward of 5x10 images, but for those of the loss."""
    spec = {"input": "5x10x4", "layers": [*layers, {"fc": {"units": 5}}]}
    (network,) = networks(Source(json.dumps(spec), "spec.yaml"), is_yaml=True)
    result = simulate(propagate(network), SimulationSetup(batch))
    return result.held_for_backward - ITEM - LOSS * batch


WHOLE, CUT, HALF = 5 * 10 * 4, 4 * 10 * 4, 5 * 10 * 2
SHUFFLE = {"shuffle": {}}  # a tensor of its own, of which nothing is kept
CROP, SPLIT = {"crop": {"size": "4x10"}}, {"split": {"parts": 2}}
NORM = {"groupnorm": {"groups": 1, "affine": False}}


@pytest.mark.parametrize(
    ("layers", "batch", "values"),
    [
        pytest.param([SHUFFLE], 2, WHOLE, id="nothing is cut: a view of the whole"),
        pytest.param([SHUFFLE, CROP], 2, CUT, id="a cut window is copied to be one row"),
        pytest.param([SHUFFLE, CROP], 1, CUT, id="of a single image too"),
        pytest.param([SHUFFLE, SPLIT], 2, WHOLE, id="half of the depth is one row as it lies"),
        pytest.param([SHUFFLE, SPLIT], 1, WHOLE, id="of a single image too, within the whole"),
    ],
)
def test_a_fully_connected_layer_holds(layers, batch, values):
    assert held(layers, batch) == values * batch * ITEM


@pytest.mark.parametrize(
    ("layers", "batch", "values"),
    [
        pytest.param([SHUFFLE, CROP, NORM], 2, CUT, id="a cut window"),
        pytest.param([SHUFFLE, SPLIT, NORM], 2, HALF, id="half of the depth of several images"),
        pytest.param([SHUFFLE, SPLIT, NORM], 1, WHOLE, id="not that of a single image"),
    ],
)
def test_group_norm_copies(layers, batch, values):
    conv = {"conv": {"filters": 4, "size": 1, "bias": False}}
    plain = held([conv, SHUFFLE, NORM], batch)
    cut = held([conv, *layers], batch)
    shape = CUT if CROP in layers else HALF
    normed, statistics = shape * batch * ITEM, 2 * batch * ITEM
    image = WHOLE * batch * ITEM  # held by the convolution
    assert plain == image + 2 * WHOLE * batch * ITEM + statistics
    assert cut == image + values * batch * ITEM + normed + statistics
