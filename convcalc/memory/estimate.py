"""The PyTorch model's figures for a network on a card: what to expect, what is safe.

expected = peak reserved + a margin for cuDNN's workspaces + CUDA's context. The margin is
factor x batch x bytes of the largest input or output of a k x k convolution; it cannot be
derived from shapes, see docs/memory.md. No run gets below peak live + context.
"""

from functools import cached_property
from typing import NamedTuple, Protocol

from convcalc.errors import ConvcalcError
from convcalc.memory.precision import precision
from convcalc.memory.result import Result
from convcalc.memory.simulate import CUBLAS_WORKSPACE, simulate
from convcalc.memory.simulate import Setup as Simulated
from convcalc.propagate import Propagation
from convcalc.setup import Setup
from convcalc.units import format_bytes

CONTEXT = 450 * 2**20  # bytes: CUDA with lazy loading, of 300 to 500 MiB observed
WORKSPACE_EXPECTED, WORKSPACE_SAFE = 2.0, 4.0  # torch 2, compute capability 8.0 and later

FITS, RECLAIMS, OVER = "fits", "fits only by reclaiming cached memory", "does not fit"


class Machine(NamedTuple):
    """The card that a run is judged for, or the defaults without one. Sizes in bytes."""

    name: str = ""
    capacity: int | None = None
    context: int = CONTEXT
    workspace_expected: float = WORKSPACE_EXPECTED
    workspace_safe: float = WORKSPACE_SAFE
    cublas_workspace: int = CUBLAS_WORKSPACE
    limit: str = ""  # what the capacity is of, when it is not the card's own

    def limited(self, capacity: int | None, limit: str) -> "Machine":
        """The machine where no more than `capacity` may be used, because of `limit`."""
        return self._replace(capacity=capacity, limit=limit if limit != self.name else "")


def machine(
    gpu: str | None = None, context: int | None = None, workspace_factor: float | None = None
) -> Machine:
    """The named card, with the user's own constants where given.

    `workspace_factor` is the expected one; the safe one keeps its distance of 2 to 1.

    Raises:
        UnknownCard: no card, or several, of that name.
    """
    found = Machine()
    if gpu is not None:
        from convcalc.memory.cards import find_card

        card = find_card(gpu)
        found = Machine(card.name, card.memory, card.context, card.workspace_expected,
                        card.workspace_safe, card.cublas_workspace)  # fmt: skip
    if context is not None:
        found = found._replace(context=context)
    if workspace_factor is not None:
        found = found._replace(
            workspace_expected=workspace_factor, workspace_safe=2 * workspace_factor
        )
    return found


def calibrated(machine: Machine, walked: Propagation, setup: Setup, measured: int) -> Machine:
    """The machine with the context that makes a measured figure come true.

    `measured` are the bytes that nvidia-smi shows while `walked` runs under `setup`.

    Raises:
        ConvcalcError: the figure is smaller than what the model needs without a context.
    """
    estimate = Estimate(walked, setup, machine)
    context = measured - estimate.result.peak_reserved - estimate.workspace
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
    def peak_reserved(self) -> int:
        """torch.cuda.max_memory_reserved."""

    def reserves_at_most(self, most: int) -> bool:
        """Whether no more than `most` bytes are ever reserved."""


class Estimate:
    """A run and what it takes on a machine; it is simulated unless given. Bytes everywhere."""

    def __init__(
        self, walked: Propagation, setup: Setup, machine: Machine, peaks: Peaks | None = None
    ) -> None:
        self.machine = machine
        self.peaks = peaks or simulate(walked, simulated(setup, walked, machine))
        half = precision(setup.dtype, setup.amp)
        self._base = max(
            (node.facts.workspace_base for node in walked.nodes), default=0
        ) * setup.batch_size * (half.half or half.size)  # fmt: skip

    def on(self, machine: Machine) -> "Estimate":
        """The same run on another machine, whose cuBLAS block must be as large."""
        other = Estimate.__new__(Estimate)
        other.machine, other.peaks, other._base = machine, self.peaks, self._base
        return other

    @property
    def result(self) -> Result:
        """The simulated run with all that it tells."""
        assert isinstance(self.peaks, Result)
        return self.peaks

    @property
    def workspace(self) -> int:
        """The expected margin for cuDNN's workspaces."""
        return int(self.machine.workspace_expected * self._base)

    @property
    def safe_workspace(self) -> int:
        """The upper margin for cuDNN's workspaces."""
        return int(self.machine.workspace_safe * self._base)

    @property
    def floor(self) -> int:
        """What no run can go below: peak live and the context."""
        return self.peaks.peak_live + self.machine.context

    @property
    def expected(self) -> int:
        """Peak reserved, the expected workspaces and the context."""
        return self.peaks.peak_reserved + self.workspace + self.machine.context

    @property
    def safe(self) -> int:
        """The same with the upper margin for workspaces."""
        return self.peaks.peak_reserved + self.safe_workspace + self.machine.context

    @cached_property
    def verdict(self) -> str:
        """Whether the run fits the card: FITS, RECLAIMS or OVER; "" without a card."""
        capacity = self.machine.capacity
        if capacity is None:
            return ""
        if self.safe <= capacity:
            return FITS
        room = capacity - self.machine.context - self.workspace
        if room <= 0 or not self.result.within(room).fits:
            return OVER
        return FITS if self.expected <= capacity else RECLAIMS


def simulated(setup: Setup, walked: Propagation, machine: Machine) -> Simulated:
    """The setup in the simulator's words."""
    blocks = {node.node.checkpoint for node in walked.nodes}
    return Simulated(
        batch=setup.batch_size,
        dtype=setup.dtype,
        amp=setup.amp,
        mode=setup.mode,
        optimizer=setup.optimizer,
        weight_decay=setup.weight_decay,
        implementation=setup.implementation,
        accumulate=setup.accumulate,
        checkpoint=frozenset(scope for scope in blocks if scope is not None),
        cublas_workspace=machine.cublas_workspace,
    )
