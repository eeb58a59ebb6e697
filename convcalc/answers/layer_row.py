"""One layer's plain values: what the table's rows are made of."""

from collections.abc import Callable
from typing import Any

from convcalc.facts.layer_facts import BIAS
from convcalc.facts.setup import Setup
from convcalc.facts.shape import Shape
from convcalc.facts.units import BYTES_PER_ELEMENT
from convcalc.text.source import Span
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked


class LayerRow:
    """One layer. Counts are in elements for one image, `..._bytes` for the whole batch."""

    __slots__ = (
        "activation_bytes",
        "activations",
        "biases",
        "branch",
        "buffers",
        "held",
        "hyperparameters",
        "inputs",
        "jump",
        "live_backward",
        "live_forward",
        "macs",
        "made_at_peak",
        "name",
        "origin",
        "output",
        "parameter_bytes",
        "parameters",
        "receptive_field",
        "scope",
        "shares",
        "span",
        "summary",
        "sums",
        "totals",
        "type",
        "weights",
    )

    name: str
    type: str
    inputs: list[str]
    origin: str  # what it takes, when that is not just the layer before
    hyperparameters: Callable[[], dict[str, Any]]
    summary: Callable[[], str]
    output: Shape
    activations: int
    weights: int
    biases: int
    parameters: int
    buffers: int
    macs: int
    activation_bytes: int
    parameter_bytes: int
    held: int | None  # bytes that autograd keeps for it; None: no step was simulated
    made_at_peak: int | None  # bytes of activations and what is beside them, made by it
    live_forward: int | None  # bytes alive at most while it runs forward
    live_backward: int | None
    receptive_field: tuple[Any, ...]
    jump: tuple[Any, ...]
    scope: tuple[str, ...]
    branch: int
    span: Span | None  # where it was written
    shares: str  # the layer whose parameters it uses
    sums: dict[str, Any] | None  # of a row that stands for a block: figures that add up
    totals: dict[str, int]  # of the network

    def __init__(self, walked: Walked, inputs: list[str], setup: Setup, before: str) -> None:
        facts, width = walked.facts, BYTES_PER_ELEMENT[setup.dtype]
        self.name = walked.name
        self.shares, self.sums = "", None
        self.span = walked.node.span
        self.type = walked.node.layer.type_name
        self.inputs = inputs
        self.origin = "" if inputs == [before] else _local(inputs, walked.scope)
        self.hyperparameters = walked.node.layer.hyperparameters
        self.summary = walked.node.layer.summary
        self.output = facts.output
        self.activations = facts.activations
        self.biases = sum([p.elements for p in facts.parameters if p.role == BIAS])
        self.parameters = sum([p.elements for p in facts.parameters])
        self.weights = self.parameters - self.biases
        self.buffers = sum([buffer.elements for buffer in facts.buffers])
        self.macs = facts.macs
        self.activation_bytes = facts.activations * setup.batch_size * width
        self.parameter_bytes = sum(p.bytes_at(width) for p in facts.parameters)
        self.held = self.made_at_peak = self.live_forward = self.live_backward = None
        self.receptive_field = walked.field_sizes
        self.jump = walked.jumps
        self.scope = walked.scope
        self.branch = walked.node.branch


def rows_of(walked: Propagation, setup: Setup) -> list[LayerRow]:
    """A row for every layer, without what only a simulated step tells."""
    names = [node.name for node in walked.nodes]
    summaries: dict[int, Callable[[], str]] = {}  # by layer, of which many nodes are one
    rows = [
        LayerRow(node, [names[i] for i in node.inputs], setup, before)
        for node, before in zip(walked.nodes, ["", *names], strict=False)
    ]
    for row, node in zip(rows, walked.nodes, strict=True):
        row.shares = "" if node.shares is None else names[node.shares]
        layer = node.node.layer
        if id(layer) not in summaries:
            summaries[id(layer)] = _Once(layer.summary)
        row.summary = summaries[id(layer)]
    return rows


class _Once:
    """A text made when it is asked for; unlike `cache`'s, it can be copied with its report."""

    __slots__ = ("make", "text")

    def __init__(self, make: Callable[[], str]) -> None:
        self.make, self.text = make, ""

    def __call__(self) -> str:
        """The text."""
        if not self.text:
            self.text = self.make()
        return self.text


def _local(names: list[str], scope: tuple[str, ...]) -> str:
    """Names as they are called inside a block."""
    prefix = ".".join((*scope, ""))
    return ", ".join(name.removeprefix(prefix) for name in names)
