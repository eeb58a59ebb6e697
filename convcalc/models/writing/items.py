"""A network as a list: layers with their names, and the names of what they take."""

from typing import NamedTuple

from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code
from convcalc.layers import Layer
from convcalc.network.graph import Network
from convcalc.text.syntax.tree import NEXT_PASS

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
    written: Code | None = None  # how PyTorch writes it, where a module is to be written

    @property
    def code(self) -> Code:
        """How PyTorch writes it, in a listing for PyTorch."""
        assert self.written is not None
        return self.written

    @property
    def form(self) -> Layer | Code:
        """What is written: the layer, or PyTorch's code of it."""
        return self.written or self.layer


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
    held: tuple[tuple[str, str], ...] = ()  # values, and the layers until which variables hold them
    inputs: tuple[tuple[str, Shape], ...] = ()  # where there are several, the first included

    @property
    def first(self) -> str:
        """The name of the first input."""
        return self.inputs[0][0] if self.inputs else INPUT


def items_of(network: Network) -> list[NamedLayer]:
    """The layers of a network that was read, without its inputs; one is called `input`."""
    names = names_of(network)
    return [
        NamedLayer(
            node.name,
            node.layer,
            tuple(names[k] for k in node.inputs),
            node.trainable,
            "" if node.shares is None else names[node.shares],
            ".".join(node.checkpoint or ()),
        )
        for node in network.nodes
        if node.inputs
    ]


def held_in(network: Network) -> tuple[tuple[str, str], ...]:
    """What variables hold longer than its last use, by name, in the order of a spec."""
    names = names_of(network)
    return tuple((names[value], NEXT_PASS if k < 0 else names[k]) for value, k in network.held)


def names_of(network: Network) -> list[str]:
    """The names of all layers; where there is one input, it is called `input` whatever it was."""
    names = [node.name for node in network.nodes]
    if sum(not node.inputs for node in network.nodes) == 1:
        names[0] = INPUT
    return names
