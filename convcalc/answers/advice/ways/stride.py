"""Stride 2 in the first convolution: CS231n's notes' compromise, as in ZFNet and AlexNet."""

from collections.abc import Iterator

from convcalc.answers.advice.change import Change, of_network
from convcalc.facts.setup import Setup
from convcalc.facts.window import FLOOR
from convcalc.network.graph import Network
from convcalc.text.source import printable
from convcalc.walk.propagation import Propagation, every_layer_fits


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """Stride 2 where the first layer with windows and weights has 1, and all still fits."""
    index = _first_strided(walked)
    if index is None:
        return
    stride = walked.nodes[index].node.layer.hyperparameters()["stride"]
    if max(stride) > 1:
        return
    name = walked.nodes[index].name
    for where, said, edit in _stride_edits(index, name, len(stride)):
        if every_layer_fits(edit(walked.network), rounding):
            text = f"stride 2 in {printable(name)}{said}"
            yield of_network("stride", text, {"layer": name, "stride": 2, **where}, edit)
            return


def _first_strided(walked: Propagation) -> int | None:
    for index, node in enumerate(walked.nodes):
        if node.facts.windows is not None and node.facts.parameters:
            return index if node.node.layer.slides else None
    return None


def _stride_edits(
    index: int, name: str, axes: int
) -> Iterator[tuple[dict[str, str], str, "_Edit"]]:
    """The stride alone; with rounding there; with rounding everywhere: the first that fits."""
    yield {}, "", _Edit(index, axes)
    yield {"rounding": FLOOR}, " with rounding=floor there", _Edit(index, axes, layer=True)
    said = ", and rounding: floor for the network"
    yield {"network_rounding": FLOOR}, said, _Edit(index, axes, network=True)


class _Edit:
    """Gives the network with the change made."""

    def __init__(self, index: int, axes: int, layer: bool = False, network: bool = False) -> None:
        self.index = index
        self.options = {"stride": (2,) * axes, **({"rounding": FLOOR} if layer else {})}
        self.network = network

    def __call__(self, network: Network) -> Network:
        changed = network.replace_layer(self.index, **self.options)
        if self.network:
            changed.rounding = FLOOR
        return changed
