"""The memory of a PyTorch training step or of inference, event by event.

result = simulate(network, SimulationSetup(batch_size=32, optimizer="adam"))
result.peak_live, result.peak_allocated, result.peak_reserved  # bytes
"""

from typing import NamedTuple

from convcalc.facts.setup import FOREACH, FUSED, PRESENT_RELEASE, TRAIN
from convcalc.memory.cublas import Blocks
from convcalc.memory.graph import Graph
from convcalc.memory.optimizers import OPTIMIZERS, Update
from convcalc.memory.plan import Plan, Scopes
from convcalc.memory.precision import precision_of
from convcalc.memory.result import SimulationResult
from convcalc.memory.run import Besides, Run
from convcalc.memory.workspaces import WorkspaceRule
from convcalc.text.errors import ConvcalcError

CUDA, CPU = "cuda", "cpu"


class SimulationSetup(NamedTuple):
    """How a network is trained or run."""

    batch_size: int = 1
    dtype: str = "float32"  # of parameters and images; amp keeps both in float32
    amp: bool = False
    mode: str = TRAIN
    optimizer: str = "momentum"
    weight_decay: float = 0.0  # only whether it is 0 matters
    implementation: str = FOREACH
    accumulate: int = 1  # micro-batches per update
    checkpoint: Scopes = frozenset()  # paths of blocks that are recomputed in backward
    variant: str = CUDA  # or CPU: dropout keeps noise, Adam's counters are counted
    in_place: bool = True  # branch gradients; False under a dispatch mode
    cublas: Blocks = Blocks()
    workspaces: WorkspaceRule = WorkspaceRule()
    buckets: bool = False  # DDP's copies of the gradients
    extra: int = 0  # bytes that the user keeps besides
    torch: str = PRESENT_RELEASE


def simulate(graph: Graph, setup: SimulationSetup) -> SimulationResult:
    """Replay two steps (docs/internals.md, The step) and tell the peaks."""
    training = setup.mode == TRAIN
    on_cpu = setup.variant == CPU
    plan = Plan(
        graph,
        setup.batch_size,
        precision_of(setup.dtype, setup.amp, on_cpu),
        training,
        on_cpu,
        setup.checkpoint,
        setup.torch,
    )
    besides = Besides(setup.buckets, setup.extra)
    run = Run(plan, _update_rule(setup), setup.in_place, setup.accumulate, besides)
    return SimulationResult(graph, run, setup.cublas, setup.workspaces)


def _update_rule(setup: SimulationSetup) -> Update:
    optimizer = OPTIMIZERS[setup.optimizer]
    fused = setup.implementation == FUSED
    if fused and not optimizer.fused:
        fused_ones = ", ".join(name for name, known in OPTIMIZERS.items() if known.fused)
        raise ConvcalcError(f"PyTorch has no fused {setup.optimizer}", f"fused are {fused_ones}")
    return Update(
        optimizer,
        bool(setup.weight_decay),
        setup.implementation,
        counters_on_device=fused or setup.variant == CPU,
    )
