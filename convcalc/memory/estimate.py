"""The PyTorch model's figures for a network on a card: what to expect, what is safe.

expected = peak reserved + a margin for cuDNN's workspaces + CUDA's context. The margin is
factor x batch x bytes of the largest input or output of a k x k convolution; it cannot be
derived from shapes, see docs/memory.md. No run gets below peak live + context.
"""

from functools import cached_property
from typing import NamedTuple, Protocol

from convcalc.facts.setup import Setup
from convcalc.facts.units import format_bytes
from convcalc.memory.cublas import Blocks
from convcalc.memory.precision import precision_of
from convcalc.memory.result import SimulationResult
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import Propagation

CONTEXT = 450 * 2**20  # bytes: CUDA with lazy loading, of 300 to 500 MiB observed
WORKSPACE_EXPECTED, WORKSPACE_SAFE = 2.0, 4.0  # torch 2, compute capability 8.0 and later

SAFE_PARTS, PARTS = 5, 4  # of what is reserved: 233 of 234 rows measured on an H200 took less

FITS, RECLAIMS, OVER = "fits", "fits only by reclaiming cached memory", "does not fit"


class Machine(NamedTuple):
    """The card that a run is judged for, or the defaults without one. Sizes in bytes."""

    name: str = ""
    capacity: int | None = None
    context: int = CONTEXT
    workspace_expected: float = WORKSPACE_EXPECTED
    workspace_safe: float = WORKSPACE_SAFE
    cublas: Blocks = Blocks()
    cublas_context: int = 0  # of the context, what comes with the first matrix product
    replayed: bool = False  # cuDNN's workspaces one by one, in place of the factors
    limit: str = ""  # what the capacity is of, when it is not the card's own

    def with_limit(self, capacity: int | None, limit: str) -> "Machine":
        """The machine where no more than `capacity` may be used, because of `limit`."""
        return self._replace(capacity=capacity, limit=limit if limit != self.name else "")


def find_machine(
    gpu: str | None = None, context: int | None = None, workspace_factor: float | None = None
) -> Machine:
    """The named card, with the user's own constants where given.

    `workspace_factor` is the expected one; the safe one keeps its distance of 2 to 1. Without
    it, the workspaces on a card whose tensor cores serve float32 are replayed one by one.

    Raises:
        UnknownCard: no card, or several, of that name.
    """
    found = Machine()
    if gpu is not None:
        from convcalc.memory.cards import find_card

        card = find_card(gpu)
        found = Machine(card.name, card.memory, card.context, card.workspace_expected,
                        card.workspace_safe, Blocks(card.cublas_workspace, True),
                        card.cublas_context, card.replays_workspaces)  # fmt: skip
    if context is not None:
        found = found._replace(context=context, cublas_context=0)
    if workspace_factor is not None:
        found = found._replace(
            workspace_expected=workspace_factor,
            workspace_safe=2 * workspace_factor,
            replayed=False,
        )
    return found


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
        """torch.cuda.max_memory_reserved, without cuDNN's workspaces."""

    @property
    def peak_reserved_with_workspaces(self) -> int:
        """The same where cuDNN asks for its workspaces; no less than without."""

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
        self.peaks = peaks or simulate(walked, simulation_setup(setup, walked, machine))
        half = precision_of(setup.dtype, setup.amp)
        self._base = max(
            (node.facts.workspace_base for node in walked.nodes), default=0
        ) * setup.batch_size * (half.half or half.size)  # fmt: skip

    def on_machine(self, machine: Machine) -> "Estimate":
        """The same run on another machine, whose cuBLAS block must be as large."""
        other = Estimate.__new__(Estimate)
        other.machine, other.peaks, other._base = machine, self.peaks, self._base
        return other

    @property
    def result(self) -> SimulationResult:
        """The simulated run with all that it tells."""
        assert isinstance(self.peaks, SimulationResult)
        return self.peaks

    @property
    def context(self) -> int:
        """CUDA's context and libraries; cuBLAS is loaded for the first matrix product."""
        machine = self.machine
        return machine.context - (0 if self.peaks.has_products else machine.cublas_context)

    @property
    def workspace(self) -> int:
        """What is expected for cuDNN's workspaces, beyond what is reserved without them."""
        return self.expected - self.peaks.peak_reserved - self.context

    @property
    def safe_workspace(self) -> int:
        """The same at the upper end."""
        return self.safe - self.peaks.peak_reserved - self.context

    @property
    def floor(self) -> int:
        """What no run can go below: peak live and the context."""
        return self.peaks.peak_live + self.context

    @property
    def expected(self) -> int:
        """Reserved with workspaces, and the context."""
        return self._figure_with(self._workspace_factor(safe=False))

    @property
    def safe(self) -> int:
        """The same at the upper end of what cards have shown."""
        if self.machine.replayed:
            reserved = self.peaks.peak_reserved_with_workspaces
            return reserved * SAFE_PARTS // PARTS + self.context
        return self._figure_with(self._workspace_factor(safe=True))

    def _figure_with(self, factor: float) -> int:
        peaks, context = self.peaks, self.context
        if self.machine.replayed:
            return peaks.peak_reserved_with_workspaces + context
        return peaks.peak_reserved + int(factor * self._base) + context

    def _workspace_factor(self, safe: bool) -> float:
        return self.machine.workspace_safe if safe else self.machine.workspace_expected

    def least_figure(self, safe: bool) -> int:
        """What `safe`, or `expected`, cannot be below; unlike these it grows with the batch."""
        machine, live = self.machine, self.peaks.peak_live
        if machine.replayed:
            return (live * SAFE_PARTS // PARTS if safe else live) + self.context
        first = 0 if machine.cublas.with_products else machine.cublas.size
        return live + first + int(self._workspace_factor(safe) * self._base) + self.context

    def fits(self, limit: int, safe: bool) -> bool:
        """Whether `safe`, or `expected`, is within the limit."""
        room = limit - self.context
        if room < 0 or self.least_figure(safe) > limit:
            return False
        if not self.machine.replayed:
            return self.peaks.reserves_at_most(
                room - int(self._workspace_factor(safe) * self._base)
            )
        most = (PARTS * (room + 1) - 1) // SAFE_PARTS if safe else room
        return self.peaks.reserves_at_most(most, workspaces=True)

    @cached_property
    def verdict(self) -> str:
        """Whether the run fits the card: FITS, RECLAIMS or OVER; "" without a card."""
        capacity = self.machine.capacity
        if capacity is None:
            return ""
        if self.safe <= capacity:
            return FITS
        if not self.runs_within(capacity):
            return OVER
        return FITS if self.expected <= capacity else RECLAIMS

    def runs_within(self, limit: int) -> bool:
        """Whether it runs within a limit at all, by giving back what the allocator has cached."""
        replayed = self.machine.replayed
        room = limit - self.context - (0 if replayed else self.workspace)
        return room > 0 and self.peaks.runs_within(room, replayed)


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
    )
