"""Networks with operators that no layer stands for, held to torch as `hold.py` does it."""

from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("torchvision_import")

import hold

FILE = str(Path(__file__).parents[1] / "fixtures" / "models" / "networks.py")


@pytest.mark.parametrize("name", ["mnist_example", "sngan_g", "sagan_d", "att_gcnet", "pyramidnet"])
def test_networks_in_published_styles(name: str) -> None:
    (network,) = hold.of_file(FILE, [name])
    assert hold.line(network, "train") == f"{name} exact"


def test_every_figure_is_compared() -> None:
    (network,) = hold.of_file(FILE, ["mnist_example"])
    figures = hold.by_torch(network, "train")
    assert figures.counts == {"parameters": 1199882, "buffers": 0, "macs": 11992448}
    assert [phase for phase, _, _ in figures.marks[:3]] == ["model", "batch0", "zero0"]
    assert hold.by_convcalc(network, "train") == figures
