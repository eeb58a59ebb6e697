"""The PyTorch model's figures for a network on a card: what to expect, what is safe.

expected = peak reserved with cuDNN's workspaces + CUDA's context. Which workspaces those are,
and what `safe` adds, depends on the card and its software: `stacks.py` has both as data.
With a factor of the user's own, workspaces are factor x batch x bytes of the largest input or
output of a k x k convolution. No run gets below peak live + context.
"""

from copy import copy
from functools import cached_property
from typing import NamedTuple, Protocol

from convcalc.facts.setup import TRAIN, Setup
from convcalc.facts.stack import EAGER, PRESENT_STACK, Stack
from convcalc.facts.units import format_bytes
from convcalc.memory.cublas import WORKSPACE_SM90, Blocks
from convcalc.memory.precision import precision_of
from convcalc.memory.result import SimulationResult
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.memory.stacks import PRESENT, Capability, Margin, row_for, workspace_rule
from convcalc.memory.workspaces import WorkspaceRule
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import Propagation

MIB = 2**20
# Without a card: one of capability 8.0 or later. Its context lies between an A100's, by the rule
# in `cards.py`, and the most that was seen, on H100 and H200: `expected` takes the middle, which
# is least far from both, `safe` the most. cuBLAS's block is the larger one, of capability 9, 10
# and 12. Eager loading: an A100's.
CAPABILITY, MULTIPROCESSORS = (8, 0), 108
A100_CONTEXT, MOST_CONTEXT, EAGER_CONTEXT = 530 * MIB, 762 * MIB, 1793 * MIB
CONTEXT = (A100_CONTEXT + MOST_CONTEXT) // 2
# NCCL's buffers, on top of a context with libraries, for `safe`: 789 MiB were seen with two
# ranks on an A100 (benchmarks/gpu/public/context.json), 513 without.
NCCL = 276 * MIB


class Machine(NamedTuple):
    """The card that a run is judged for, or the defaults without one. Sizes in bytes."""

    name: str = ""
    capacity: int | None = None
    context: int = CONTEXT  # with libraries, as expected
    most_context: int = MOST_CONTEXT  # the same, as the most that was seen
    cublas: Blocks = Blocks(WORKSPACE_SM90, with_products=True)
    cublas_context: int = 0  # of the context, what comes with the first matrix product
    workspaces: WorkspaceRule = WorkspaceRule(multiprocessors=MULTIPROCESSORS)
    margin: Margin = PRESENT[-1].margin
    factor: float | None = None  # the user's, in place of single workspaces
    stack: Stack = PRESENT_STACK
    limit: str = ""  # what the capacity is of, when it is not the card's own

    def with_limit(self, capacity: int | None, limit: str) -> "Machine":
        """The machine where no more than `capacity` may be used, because of `limit`."""
        return self._replace(capacity=capacity, limit=limit if limit != self.name else "")

    @property
    def assumes_context(self) -> bool:
        """Whether neither a card nor the user says what CUDA's context takes."""
        return not self.name and self.context in (CONTEXT, EAGER_CONTEXT)

    @property
    def replayed(self) -> bool:
        """Whether cuDNN's workspaces come one by one, not as a factor."""
        return self.factor is None


def find_machine(
    gpu: str | None = None,
    context: int | None = None,
    workspace_factor: float | None = None,
    stack: Stack = PRESENT_STACK,
) -> Machine:
    """The named card under a stack, with the user's own constants where given.

    `workspace_factor` is the expected one; the safe one keeps its distance of 2 to 1.

    Raises:
        UnknownCard: no card, or several, of that name.
    """
    if gpu is not None:
        found = _machine_of(gpu, stack)
    else:
        eager = EAGER_CONTEXT if stack.loading == EAGER else None
        found = Machine(context=eager or CONTEXT, most_context=eager or MOST_CONTEXT)
        found = _under(found, CAPABILITY, MULTIPROCESSORS, stack)
    if context is not None:
        found = found._replace(context=context, most_context=context, cublas_context=0)
    return found._replace(factor=workspace_factor)


def _machine_of(gpu: str, stack: Stack) -> Machine:
    from convcalc.memory.cards import find_card

    card = find_card(gpu)
    eager = stack.loading == EAGER
    found = Machine(
        card.name,
        card.capacity,
        card.context_eager if eager else card.context_with_libraries,
        card.context_eager if eager else card.context_most,
        Blocks(card.cublas_workspace, True),
        0 if eager else card.cublas_context,
    )
    return _under(found, card.compute_capability, card.multiprocessors, stack)


def _under(machine: Machine, capability: Capability, multiprocessors: int, stack: Stack) -> Machine:
    row = row_for(capability, stack)
    rule = workspace_rule(row, multiprocessors)
    return machine._replace(workspaces=rule, margin=row.margin, stack=stack)


def calibrate_machine(
    machine: Machine, walked: Propagation, setup: Setup, measured: int
) -> Machine:
    """The machine with the context that makes a measured figure come true.

    `measured` are the bytes that nvidia-smi shows while `walked` runs under `setup`.

    Raises:
        ConvcalcError: the figure is smaller than what the model needs without a context.
    """
    estimate = Estimate(walked, setup, machine)
    context = measured - (estimate.expected - estimate.context)
    if context < 0:
        raise ConvcalcError(
            f"{format_bytes(measured)} is less than the model needs without any context, "
            f"{format_bytes(measured - context)}",
            "measure a network of depthwise convolutions, or lower --workspace-factor",
        )
    return machine._replace(context=context)


class Peaks(Protocol):
    """What an estimate takes from a run. Bytes."""

    @property
    def peak_live(self) -> int:
        """Of all storages."""

    @property
    def has_products(self) -> bool:
        """Whether the run has a product of matrices."""

    @property
    def peak_reserved(self) -> int:
        """The most in segments, without cuDNN's workspaces."""

    @property
    def peak_reserved_with_workspaces(self) -> int:
        """The same where cuDNN asks for its workspaces; no less than without."""

    @property
    def largest_workspace(self) -> int:
        """The largest that any convolution may ask for."""

    def reserves_at_most(self, most: int, workspaces: bool = False) -> bool:
        """Whether no more than `most` bytes are ever reserved, with cuDNN's `workspaces`."""

    def runs_within(self, most: int, workspaces: bool = False) -> bool:
        """Whether `most` bytes of segments do, with cached ones given back where it must be."""


class Estimate:
    """A run and what it takes on a machine; it is simulated unless given. Bytes everywhere."""

    def __init__(
        self, walked: Propagation, setup: Setup, machine: Machine, peaks: Peaks | None = None
    ) -> None:
        self.machine = machine
        self.setup = setup
        self.peaks = peaks or simulate(walked, simulation_setup(setup, walked, machine))
        half = precision_of(setup.dtype, setup.amp)
        self._base = max(
            (node.facts.workspace_base for node in walked.nodes), default=0
        ) * setup.batch_size * (half.half or half.size)  # fmt: skip

    def on_machine(self, machine: Machine) -> "Estimate":
        """The same run on another machine, whose blocks and workspaces must be as large."""
        other = copy(self)
        other.machine = machine
        return other

    @property
    def result(self) -> SimulationResult:
        """The simulated run with all that it tells."""
        assert isinstance(self.peaks, SimulationResult)
        return self.peaks

    @property
    def context(self) -> int:
        """CUDA's context and libraries; cuBLAS is loaded for the first matrix product."""
        return self.machine.context - self._without_products

    @property
    def _most_context(self) -> int:
        nccl = NCCL if self.setup.gpus > 1 and self.setup.mode == TRAIN else 0
        return self.machine.most_context - self._without_products + nccl

    @property
    def _without_products(self) -> int:
        return 0 if self.peaks.has_products else self.machine.cublas_context

    @cached_property
    def spread(self) -> int:
        """What spreading state, gradients or parameters over GPUs adds; less than 0: it saves."""
        if not self.setup.spreads:
            return 0
        from convcalc.memory.formulas import per_gpu

        return per_gpu(self.result, self.setup.gpus)[self.setup.strategy] - self.peaks.peak_live

    @property
    def workspace(self) -> int:
        """What is expected for cuDNN's workspaces, beyond what is reserved without them."""
        return self.expected - self.peaks.peak_reserved - self.context - self.spread

    @property
    def safe_margin(self) -> int:
        """The same at the upper end, with all else that `safe` adds."""
        return self.safe - self.peaks.peak_reserved - self.context - self.spread

    @property
    def floor(self) -> int:
        """What no run can go below: peak live and the context."""
        return self.peaks.peak_live + self.context + self.spread

    @property
    def max_memory_allocated(self) -> int:
        """What torch.cuda.max_memory_allocated returns: with cuDNN's workspaces."""
        result, machine = self.result, self.machine
        if machine.factor is None:
            return result.max_allocated + self.spread
        return result.peak_allocated + int(machine.factor * self._base) + self.spread

    @property
    def max_memory_reserved(self) -> int:
        """What torch.cuda.max_memory_reserved returns: with cuDNN's workspaces."""
        return self.expected - self.context

    @property
    def expected(self) -> int:
        """Reserved with workspaces, and the context."""
        return self._reserved_and_factor(1) + self.context + self.spread

    @property
    def safe(self) -> int:
        """An upper bound that held on cards: see `stacks.py`."""
        reserved = self._reserved_and_factor(2)
        if self.machine.replayed:
            reserved = self._with_margin(reserved, self.machine.margin.part)
        return reserved + self._fixed(safe=True)

    def _with_margin(self, size: int, part: int) -> int:
        """So many hundredths more, but for what the user has said that is kept besides."""
        extra = self.setup.extra
        return (size - extra) * (100 + part) // 100 + extra

    def _reserved_and_factor(self, times: int) -> int:
        factor, peaks = self.machine.factor, self.peaks
        if factor is None:
            return peaks.peak_reserved_with_workspaces
        return peaks.peak_reserved + int(times * factor * self._base)

    def _fixed(self, safe: bool) -> int:
        """What a figure has besides segments and a user's factor."""
        if not safe:
            return self.context + self.spread
        margin = self.machine.margin
        largest = int(margin.largest * self.peaks.largest_workspace) if margin.largest else 0
        added = margin.fixed * MIB + largest if self.machine.replayed else 0
        return self._most_context + self.spread + added

    def least_figure(self, safe: bool) -> int:
        """What `safe`, or `expected`, cannot be below; unlike these it grows with the batch."""
        factor, live = self.machine.factor, self.peaks.peak_live
        if factor is not None:
            return live + int((1 + safe) * factor * self._base) + self._fixed(safe)
        part = self.machine.margin.part if safe else 0
        return self._with_margin(live, part) + self._fixed(safe)

    def fits(self, limit: int, safe: bool) -> bool:
        """Whether `safe`, or `expected`, is within the limit."""
        if self.least_figure(safe) > limit:
            return False
        room, factor = limit - self._fixed(safe), self.machine.factor
        if factor is not None:
            return self.peaks.reserves_at_most(room - int((1 + safe) * factor * self._base))
        part = self.machine.margin.part if safe else 0
        extra = self.setup.extra  # and the most of which, but for it, `part` more is in `room`:
        most = (100 * (room - extra + 1) - 1) // (100 + part) + extra
        return self.peaks.reserves_at_most(most, workspaces=True)

    def runs_within(self, limit: int) -> bool:
        """Whether it runs within a limit at all, by giving back what the allocator has cached."""
        room = limit - self._held_besides
        return room > 0 and self.peaks.runs_within(room, self.machine.replayed)

    @property
    def least_running(self) -> int:
        """What it cannot run in less than; it grows with the batch."""
        return self.peaks.peak_live + self._held_besides

    @property
    def _held_besides(self) -> int:
        """What is on the card beside the allocator's segments."""
        return self.context + self.spread + (0 if self.machine.replayed else self.workspace)


def simulation_setup(setup: Setup, walked: Propagation, machine: Machine) -> SimulationSetup:
    """The setup in the simulator's words."""
    blocks = {node.node.checkpoint for node in walked.nodes}
    return SimulationSetup(
        batch_size=setup.batch_size,
        dtype=setup.dtype,
        amp=setup.amp,
        mode=setup.mode,
        optimizer=setup.optimizer,
        weight_decay=setup.weight_decay,
        implementation=setup.implementation,
        accumulate=setup.accumulate,
        checkpoint=frozenset(scope for scope in blocks if scope is not None),
        cublas=machine.cublas,
        workspaces=machine.workspaces,
        buckets=setup.copies_gradients,
        extra=setup.extra,
        torch=setup.torch,
    )
