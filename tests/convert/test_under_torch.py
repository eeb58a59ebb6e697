"""The two forms of a network under torch: the same weights, the same scores.

Networks are thin, so that this takes seconds, and run in float64, so that what is the same
is the same to rounding.
"""

from itertools import product

import pytest

torch = pytest.importorskip("torch")


from torch_forward import copied, forward, weights_of  # noqa: E402

from convcalc.models.conversion.convolution import to_conv  # noqa: E402
from convcalc.models.conversion.scores import slide_over  # noqa: E402
from convcalc.network.loading import load  # noqa: E402
from convcalc.walk.propagation import propagate  # noqa: E402

THINNER = 32
THIN = {"out_channels": 2, "out_features": 5}  # at least
CLOSE = {"rtol": 1e-9, "atol": 1e-9}


def thin(network, padded=True):
    """A network with a 32nd of the filters and units, perhaps without any padding."""
    nodes = []
    for node in network.nodes:
        layer, changes = node.layer, {}
        for option, least in THIN.items():
            if hasattr(layer, option):
                changes[option] = max(least, getattr(layer, option) // THINNER)
        if not padded and hasattr(layer, "padding"):
            changes["padding"] = tuple(0 for _ in layer.padding)
        nodes.append(node.copy_with(layer.with_options(**changes)))
    return network.with_nodes(nodes)


def both_forms(source, rounding="", padded=True):
    """The original with its weights, and the converted network with the same ones."""
    original = propagate(thin(load(source), padded), rounding)
    converted = to_conv(original, rounding)
    weights = weights_of(original)
    return original, weights, converted, copied(weights, converted.walked)


def images(sides, channels=3):
    """A picture of these sizes, width first."""
    generator = torch.Generator().manual_seed(1)
    return torch.randn(1, channels, *sides[::-1], generator=generator).double()


def crops_scored(original, weights, found, picture):
    """The original run on the crop of every position, put together as a map."""
    (scores,) = found.maps
    own = original.nodes[0].facts.output
    expected = torch.empty(1, *scores.size.in_torch, dtype=torch.float64)
    for place in product(*map(range, scores.size.sides)):
        starts = [k * step for k, step in zip(place, scores.stride, strict=True)]
        window = [slice(at, at + side) for at, side in zip(starts, own.sides, strict=True)]
        crop = picture[(..., *window[::-1])]
        expected[(..., *place[::-1])] = forward(original.network, weights, crop).flatten(1)
    return expected


SOURCES = [
    "vgg16",
    "alexnet",
    "INPUT[20x12x3] -> CONV5-4/2 -> RELU -> GAP -> FC-7",
    "INPUT[12x12x3] -> CONV3-4 -> POOL -> FLATTEN -> RELU -> FC-16 -> RELU -> FC-7",
    "INPUT[400x3] -> CONV16-64/4(P=6) -> RELU -> POOL2 -> CONV3-8 -> GAP -> FC-7",
    "INPUT[12x10x6x3] -> CONV3-64 -> POOL -> CONV3x1x3-8 -> FLATTEN -> RELU -> FC-16 -> FC-7",
]


@pytest.mark.parametrize("source", SOURCES)
def test_both_forms_agree_at_the_original_size(source):
    rounding = "floor" if "/2" in source else ""
    original, weights, converted, same = both_forms(source, rounding)
    picture = images(original.nodes[0].facts.output.sides)
    expected = forward(original.network, weights, picture)
    scores = forward(converted.walked.network, same, picture)
    assert scores.shape == expected.shape and expected.std() > 1e-3
    torch.testing.assert_close(scores, expected, **CLOSE)


LARGER = [
    pytest.param("vgg16", (288, 288), 9, id="VGG-16 without padding: 3x3 positions"),
    pytest.param("alexnet", (227 + 2 * 32,) * 2, 9, id="AlexNet without padding: 227 + 32k"),
    pytest.param("INPUT[20x12x3] -> CONV5-4/2(P=0) -> RELU -> GAP -> FC-7", (28, 28), 45,
                 id="global pooling, a stride, an oblong input"),
    pytest.param("INPUT[400x3] -> CONV16-64/4(P=0) -> RELU -> POOL2 -> CONV3-8(P=0) -> FC-32 -> "
                 "FC-7", (440,), 6, id="a length"),
    pytest.param("INPUT[12x10x6x3] -> CONV3-64(P=0) -> POOL2x2x1/2x2x1 -> CONV2x1x3-8(P=0) -> "
                 "FC-32 -> RELU -> FC-7", (16, 12, 8), 18, id="width, height and frames"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "sides", "positions"), LARGER)
def test_without_padding_a_larger_input_gives_the_scores_of_every_crop(source, sides, positions):
    original, weights, converted, same = both_forms(source, "floor", padded=False)
    found = slide_over(converted, sides, "floor")
    assert (found.positions, found.differences) == (positions, [])
    picture = images(sides)
    scores = forward(found.walked.network, same, picture)
    expected = crops_scored(original, weights, found, picture)
    assert expected.std() > 1e-3
    torch.testing.assert_close(scores, expected, **CLOSE)


@pytest.mark.parametrize(("source", "side"), [("vgg16", 288), ("alexnet", 227 + 2 * 32)])
def test_with_padding_it_does_not_because_every_crop_pads_at_its_own_border(source, side):
    original, weights, converted, same = both_forms(source)
    found = slide_over(converted, (side, side))
    assert found.differences[0].startswith("padding")
    picture = images((side, side))
    scores = forward(found.walked.network, same, picture)
    expected = crops_scored(original, weights, found, picture)
    assert scores.shape == expected.shape
    assert not torch.isclose(scores, expected, rtol=1e-3).any(1).all()
