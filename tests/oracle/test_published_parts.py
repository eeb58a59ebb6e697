"""Networks whose operators are recorded, held to torch as `hold.py` does it."""

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import hold
from recorded_models import IMAGE, MODELS


@pytest.mark.parametrize("mode", ["train", "infer"])
@pytest.mark.parametrize("name", MODELS)
def test_parts_of_published_networks(name: str, mode: str) -> None:
    network = hold.Held(name, MODELS[name], [list(IMAGE)])
    assert hold.line(network, mode) == f"{name} exact"
