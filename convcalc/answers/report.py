"""Everything that is known about a network under a setup, as plain values to render."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from convcalc.facts.layer_facts import BIAS
from convcalc.facts.setup import INFER, Setup
from convcalc.facts.shape import Shape
from convcalc.facts.units import BYTES_PER_ELEMENT
from convcalc.network.graph import Network
from convcalc.text.errors import ERROR, Finding
from convcalc.walk.propagation import Propagation, propagate
from convcalc.walk.receptive_field import Walked

if TYPE_CHECKING:
    from convcalc.memory.estimate import Estimate, Machine
    from convcalc.memory.textbook import Textbook

BOTH, TEXTBOOK, PYTORCH = "both", "textbook", "pytorch"  # models of memory
COUNTED = ("activations", "weights", "biases", "parameters", "buffers", "macs")
ROW_SUMS = (*COUNTED, "activation_bytes", "parameter_bytes", "held")


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
        "name",
        "origin",
        "output",
        "parameter_bytes",
        "parameters",
        "receptive_field",
        "scope",
        "shares",
        "summary",
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
    held: int  # bytes that autograd keeps for it
    live_forward: int  # bytes alive at most while it runs forward
    live_backward: int
    receptive_field: tuple[Any, Any]
    jump: tuple[Any, Any]
    scope: tuple[str, ...]
    branch: int
    shares: str  # the layer whose parameters it uses

    def __init__(self, walked: Walked, inputs: list[str], setup: Setup, before: str) -> None:
        facts, width = walked.facts, BYTES_PER_ELEMENT[setup.dtype]
        self.name = walked.name
        self.shares = ""
        self.type = walked.node.layer.type_name
        self.inputs = inputs
        self.origin = "" if inputs == [before] else _local(inputs, walked.scope)
        self.hyperparameters = walked.node.layer.hyperparameters
        self.summary = walked.node.layer.summary
        self.output = facts.output
        self.activations = facts.activations
        self.biases = sum(p.elements for p in facts.parameters if p.role == BIAS)
        self.parameters = sum(p.elements for p in facts.parameters)
        self.weights = self.parameters - self.biases
        self.buffers = sum(buffer.elements for buffer in facts.buffers)
        self.macs = facts.macs
        self.activation_bytes = facts.activations * setup.batch_size * width
        self.parameter_bytes = self.parameters * width
        self.held = self.live_forward = self.live_backward = 0
        self.receptive_field = (walked.width.size, walked.height.size)
        self.jump = (walked.width.jump, walked.height.jump)
        self.scope = walked.scope
        self.branch = walked.node.branch


class Report:
    """One network under one setup."""

    __slots__ = (
        "assumed",
        "findings",
        "gpus",
        "machine",
        "name",
        "pytorch",
        "reference",
        "rows",
        "setup",
        "source",
        "textbook",
        "totals",
        "walked",
    )

    def __init__(self, walked: Propagation, setup: Setup) -> None:
        self.walked = walked
        network = walked.network
        names = [node.name for node in walked.nodes]
        self.name = network.title
        self.source = network.source
        self.reference = network.reference
        self.setup = setup
        self.assumed = network.assumed
        self.findings: list[Finding] = walked.findings
        self.rows = [
            LayerRow(node, [names[i] for i in node.inputs], setup, before)
            for node, before in zip(walked.nodes, ["", *names], strict=False)
        ]
        for row, node in zip(self.rows, walked.nodes, strict=True):
            row.shares = "" if node.shares is None else names[node.shares]
        self.totals = {key: sum(getattr(row, key) for row in self.rows) for key in COUNTED}
        self.gpus = 1  # that share the training; each sees the setup's batch
        self.machine: Machine | None = None
        self.textbook: Textbook | None = None
        self.pytorch: Estimate | None = None

    def estimate(self, walked: Propagation, machine: "Machine") -> None:
        """Add the PyTorch model's figures."""
        from convcalc.memory.estimate import Estimate

        self.pytorch = Estimate(walked, self.setup, machine)
        result = self.pytorch.result
        live = zip(result.held_by_node, result.live_forward, result.live_backward, strict=True)
        for row, (held, forward, backward) in zip(self.rows, live, strict=True):
            row.held, row.live_forward, row.live_backward = held, forward, backward

    def per_gpu(self) -> dict[str, int]:
        """Live bytes on each of several GPUs by strategy; empty for one, or without training."""
        if self.gpus == 1 or self.pytorch is None or self.setup.mode == INFER:
            return {}
        from convcalc.memory.formulas import per_gpu

        return per_gpu(self.pytorch.result, self.gpus)

    @property
    def broken(self) -> bool:
        """Whether a finding is an error: the figures are those of the rounded-down walk."""
        return any(finding.severity == ERROR for finding in self.findings)

    @property
    def over(self) -> bool:
        """Whether it does not fit the machine's memory, by the PyTorch model if it was asked."""
        if self.machine is None or self.machine.capacity is None:
            return False
        if self.pytorch is None:
            return self.textbook is not None and self.textbook.total > self.machine.capacity
        from convcalc.memory.estimate import OVER

        return self.pytorch.verdict == OVER


def _local(names: list[str], scope: tuple[str, ...]) -> str:
    """Names as they are called inside a block."""
    prefix = ".".join((*scope, ""))
    return ", ".join(name.removeprefix(prefix) for name in names)


def analyze(
    network: Network,
    *,
    batch: int = 1,
    dtype: str = "float32",
    mode: str = "train",
    optimizer: str = "momentum",
    amp: bool = False,
    weight_decay: float = 0.0,
    accumulate: int = 1,
    implementation: str = "foreach",
    rounding: str = "",
    gpu: str | None = None,
    memory: str = BOTH,
) -> Report:
    """The report on a network.

    Args:
        network: as `convcalc.load` gives it.
        batch: images in a batch.
        dtype: float32, float64, float16 or bfloat16.
        mode: "train", or "infer" for running the network only.
        optimizer: one of `convcalc.facts.setup.OPTIMIZER_STATE`.
        amp: automatic mixed precision.
        weight_decay: only whether it is 0 matters, for temporaries of the step.
        accumulate: micro-batches whose gradients add up before a step.
        implementation: of the optimizer's step: "foreach", "for-loop" or "fused".
        rounding: for layers and networks that do not say: "exact", "floor" or "ceil".
        gpu: the card to judge by, such as "rtx-3090".
        memory: the models to use: "both", "textbook" or "pytorch".

    Raises:
        ConvcalcError: an unknown card.
    """
    setup = Setup(batch, dtype, mode, optimizer, amp, weight_decay, accumulate, implementation)
    from convcalc.memory.estimate import find_machine

    return build(network, setup, rounding, find_machine(gpu), memory)


def build(
    network: Network,
    setup: Setup,
    rounding: str = "",
    machine: "Machine | None" = None,
    memory: str = BOTH,
) -> Report:
    """The report on a network under a setup, on a machine."""
    walked = propagate(network, rounding)
    if walked.findings:
        from convcalc.walk.hints import with_hints

        walked = with_hints(walked, rounding)
    report = Report(walked, setup)
    report.machine = machine
    if memory != PYTORCH:
        from convcalc.memory.textbook import textbook_memory

        report.textbook = textbook_memory(walked.nodes, setup)
    if memory != TEXTBOOK:
        from convcalc.memory.estimate import Machine

        report.estimate(walked, machine or Machine())
    return report
