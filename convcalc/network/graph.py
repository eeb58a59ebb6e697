"""A network: the tree with its repeats expanded, its layers named and its edges drawn.

After this module nobody knows whether it was written as a pattern or as YAML.
"""

from copy import copy
from typing import Any

from convcalc.facts.setup import TRAIN
from convcalc.facts.shape import Shape
from convcalc.layers import Layer
from convcalc.text.source import Span
from convcalc.text.syntax.tree import Argument

MAX_LAYERS = 1_000_000


class Node:
    """One layer of a network; `inputs` are indices of earlier nodes."""

    __slots__ = (
        "arguments",
        "branch",
        "checkpoint",
        "inputs",
        "layer",
        "name",
        "scope",
        "shares",
        "size",
        "size_span",
        "span",
        "trainable",
    )

    def __init__(
        self,
        name: str,
        layer: Layer,
        inputs: tuple[int, ...],
        scope: tuple[str, ...] = (),
        span: Span | None = None,
    ) -> None:
        self.name = name
        self.layer = layer
        self.inputs = inputs
        self.scope = scope  # names of the enclosing blocks, outermost first
        self.span = span
        self.arguments: tuple[Argument, ...] = ()  # as written, for their places
        self.size: Shape | None = None  # what the source claims the output to be
        self.size_span: Span | None = None
        self.shares: int | None = None  # the node whose parameters it uses
        self.trainable = True
        self.checkpoint: tuple[str, ...] | None = None  # the scope that is recomputed
        self.branch = 0  # how many branches deep, for indentation

    def copy_with(self, layer: Layer) -> "Node":
        """The same node with another layer in it."""
        node = copy(self)
        node.layer = layer
        return node


class Network:
    """A graph of layers in the order that they run; `nodes[0]` is the input."""

    __slots__ = (
        "assumed",
        "budget",
        "held",
        "lifetimes",
        "name",
        "nodes",
        "outputs",
        "reference",
        "rounding",
        "source",
    )

    def __init__(self, nodes: list[Node], outputs: tuple[int, ...], source: str = "") -> None:
        self.nodes = nodes
        self.outputs = outputs
        self.source = source
        self.name = ""
        self.reference = ""
        self.rounding = ""  # "" where the source does not say
        self.lifetimes = ""  # TRACED: a value is freed after its last use, or else EAGER
        self.held: tuple[tuple[int, int], ...] = ()  # nodes, and those until which variables do so
        self.budget: dict[str, Argument] = {}
        self.assumed: list[str] = []

    @property
    def title(self) -> str:
        """Its name, or that of its file without the ending."""
        base = self.source.replace("\\", "/").rsplit("/", 1)[-1]
        return self.name or base.rsplit(".", 1)[0] or base

    def replace_layer(self, index: int, **changes: Any) -> "Network":
        """A copy with other hyperparameters in one layer."""
        nodes = list(self.nodes)
        nodes[index] = nodes[index].copy_with(nodes[index].layer.with_options(**changes))
        return self.with_nodes(nodes)

    def resize_inputs(self, layer: Layer | None = None, /, **sizes: int) -> "Network":
        """A copy with another size of an input, the first unless given, and of every equal one."""
        first = layer or self.nodes[0].layer
        changed = first.with_options(**sizes)
        return self.with_nodes(
            [
                node.copy_with(changed) if not node.inputs and node.layer == first else node
                for node in self.nodes
            ]
        )

    def with_nodes(self, nodes: list[Node]) -> "Network":
        """A copy with other nodes."""
        network = copy(self)
        network.nodes = nodes
        return network


class Settings:
    """What the command line says about patterns and code: repeats, defaults, the mode."""

    __slots__ = ("asked", "classes", "filters", "hidden", "input", "max_layers", "mode", "names",
                 "used", "used_defaults")  # fmt: skip

    def __init__(
        self,
        names: dict[str, int | bool] | None = None,
        *,
        input: Shape | None = None,
        filters: int = 64,
        hidden: int = 4096,
        classes: int = 1000,
        max_layers: int = MAX_LAYERS,
        mode: str = TRAIN,
    ) -> None:
        self.names = names or {}
        self.input = input  # replaces the source's
        self.filters = filters
        self.hidden = hidden
        self.classes = classes
        self.max_layers = max_layers
        self.mode = mode  # in which code is run that makes a network
        self.used: set[str] = set()  # names that a source had a place for
        self.asked: set[str] = set()  # every name that a source has
        self.used_defaults: set[str] = set()  # `filters`, ... that a layer has asked for
