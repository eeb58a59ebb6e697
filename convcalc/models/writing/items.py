"""A network as a list: layers with their names, and the names of what they take."""

from typing import NamedTuple

from convcalc.facts.shape import Shape
from convcalc.layers import Layer
from convcalc.network.graph import Network

INPUT = "input"  # the name of the first layer in every spec


class NamedLayer(NamedTuple):
    """A layer with its name, and the names of what it takes."""

    name: str
    layer: Layer
    inputs: tuple[str, ...]
    trainable: bool = True
    shares: str = ""  # the layer whose parameters it uses
    checkpoint: str = ""  # the scope that is computed again in the backward pass
    size: Shape | None = None  # of its output in the model, for one image


class Listing(NamedTuple):
    """A network of items in the order in which they run, and what stands around them."""

    name: str
    input: Shape
    items: list[NamedLayer]
    outputs: tuple[str, ...]
    comments: tuple[str, ...] = ()  # lines at the top
    reference: str = ""
    rounding: str = ""
    lifetimes: str = ""
    budget: tuple[tuple[str, object], ...] = ()


def items_of(network: Network) -> list[NamedLayer]:
    """The layers of a network that was read; the first is called `input` whatever it was."""
    names = [INPUT, *(node.name for node in network.nodes[1:])]
    return [
        NamedLayer(
            node.name,
            node.layer,
            tuple(names[k] for k in node.inputs),
            node.trainable,
            "" if node.shares is None else names[node.shares],
            ".".join(node.checkpoint or ()),
        )
        for node in network.nodes[1:]
    ]
