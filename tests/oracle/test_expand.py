"""What expanded volumes keep, to the byte: flattening copies them, unless all steps are 0."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

from compare import differences, on_cpu
from random_networks import Item, text_of, walk_of
from spec_module import SpecModule

from convcalc.facts.shape import Shape

SOURCES = [Shape(1, 1, 1), Shape(1, 1, 3), Shape(4, 1, 1), Shape(1, 5, 1), Shape(4, 5, 1)]
SETUPS = [{}, {"amp": True}, {"mode": "infer"}]


@pytest.mark.parametrize("source", SOURCES, ids=str)
@pytest.mark.parametrize("setup", SETUPS, ids=["train", "amp", "infer"])
@pytest.mark.parametrize("after", [[], ["flatten"], ["bn"]], ids=["fc", "flatten", "bn"])
def test_marks(source: Shape, after: list[Item], setup: dict[str, object]) -> None:
    """From one value, an axis or a side to 4x5x3."""
    stem: Item = {"conv": {"filters": source.channels, "size": 1}}
    wanted: Item = {"expand": {"size": "4x5", "channels": 3}}
    text = text_of(source.with_channels(2), [stem, wanted, *after, {"fc": {"units": 5}}])
    walk = walk_of(text)
    model = SpecModule(walk)
    image = (2, source.height, source.width)
    assert not differences(model, image, on_cpu(batch=3, **setup), run=model, graph=walk)
