"""What a simulated run tells: peaks, phases, and what is alive when. Bytes everywhere."""

from collections import Counter
from itertools import accumulate
from typing import NamedTuple

from convcalc.memory.allocator import (
    Allocator,
    AllocatorPeaks,
    OutOfMemory,
    Requests,
    peaks_without_and_with,
    replay_events,
)
from convcalc.memory.cublas import Blocks
from convcalc.memory.graph import Graph
from convcalc.memory.run import BACKWARD, FORWARD, Phase, Run
from convcalc.memory.tape import OF_LAYERS, WORKSPACE, Tape
from convcalc.memory.workspaces import EVERYTHING, WorkspaceRule


class Mark(NamedTuple):
    """A phase: bytes alive at its end, and the most that were alive in it."""

    phase: str
    live: int
    phase_peak: int


class OnCard(NamedTuple):
    """Whether a run fits into a capacity, and whether cached segments had to go for it."""

    fits: bool
    reclaimed: bool


class SimulationResult:
    """AllocatorPeaks at once; the allocator is replayed when its figures are first asked for."""

    __slots__ = (
        "_expandable",
        "_live",
        "_peak_event",
        "_peaks",
        "_requests",
        "blocks",
        "graph",
        "peak_live",
        "rule",
        "run",
    )

    def __init__(
        self, graph: Graph, run: Run, blocks: Blocks, rule: WorkspaceRule = EVERYTHING
    ) -> None:
        self.graph = graph
        self.run = run
        self.blocks = blocks  # cuBLAS's
        self.rule = rule  # of cuDNN's workspaces
        sizes = run.tape.sizes
        deltas = [sizes[e] if e >= 0 else -sizes[~e] for e in run.tape.events]
        self._live = list(accumulate(deltas))
        self.peak_live = max(self._live, default=0)
        self._peak_event = self._live.index(self.peak_live) if self._live else -1
        self._expandable: int | None = None
        self._requests: Requests | None = None
        self._peaks: tuple[AllocatorPeaks, AllocatorPeaks] | None = None

    @property
    def _reserving(self) -> tuple[AllocatorPeaks, AllocatorPeaks]:
        """The caching allocator's, without and with cuDNN's workspaces."""
        if self._peaks is None:
            tape = self.run.tape
            self._peaks = peaks_without_and_with(
                tape.events,
                tape.sizes,
                self.blocks.requests_among(tape),
                self._workspace_requests,
            )
        return self._peaks

    @property
    def _workspace_requests(self) -> Requests:
        if self._requests is None:
            self._requests = self._requests_under(self.rule, self.run.tape)
        return self._requests

    def _requests_under(self, rule: WorkspaceRule, tape: Tape) -> Requests:
        plan = self.run.plan
        found = [
            (at, each.bytes_at(plan.lowering.batch))
            for at, each in plan.workspace_requests(tape.workspaces, rule)
        ]
        return [request for request in found if request[1]]

    @property
    def largest_workspace(self) -> int:
        """The largest request of any convolution by the rule of present stacks."""
        requests = self._requests_under(EVERYTHING, self.run.step.tape)  # all steps are alike
        return max((size for _, size in requests), default=0)

    @property
    def max_allocated(self) -> int:
        """torch.cuda.max_memory_allocated."""
        return max(each.allocated for each in self._reserving)

    @property
    def peak_reserved_with_workspaces(self) -> int:
        """torch.cuda.max_memory_reserved; no less than without workspaces."""
        return max(each.reserved for each in self._reserving)

    @property
    def peak_allocated(self) -> int:
        """Peak of blocks, without cuDNN's workspaces."""
        return self._reserving[0].allocated

    @property
    def peak_reserved(self) -> int:
        """Peak of segments, without cuDNN's workspaces."""
        return self._reserving[0].reserved

    @property
    def has_products(self) -> bool:
        """Whether the run has a product of matrices."""
        return bool(self.run.tape.products)

    def reserves_at_most(self, most: int, workspaces: bool = False) -> bool:
        """Whether no more than `most` bytes are ever reserved, with cuDNN's `workspaces`."""
        return (self.peak_reserved_with_workspaces if workspaces else self.peak_reserved) <= most

    @property
    def peak_reserved_expandable(self) -> int:
        """The same with PYTORCH_ALLOC_CONF=expandable_segments:True, approximately."""
        if self._expandable is None:
            from convcalc.memory.expandable import Expandable

            expandable = Expandable()
            tape = self.run.tape
            replay_events(tape.events, tape.sizes, expandable, self.blocks.requests_among(tape))
            self._expandable = expandable.peak_reserved_bytes
        return self._expandable

    def runs_within(self, most: int, workspaces: bool = False) -> bool:
        """Whether `most` bytes of segments do, with cached ones given back where it must be."""
        return self.replay_within(most, workspaces).fits

    def replay_within(self, capacity: int, workspaces: bool = False) -> OnCard:
        """Replay with `capacity` bytes for segments: what the card has beside its context.

        `workspaces`: those of cuDNN have to fit too.
        """
        tape, allocator = self.run.tape, Allocator(capacity)
        blocks = self.blocks.requests_among(tape)
        requests = self._workspace_requests if workspaces else ()
        try:
            replay_events(tape.events, tape.sizes, allocator, blocks, requests)
        except OutOfMemory:
            return OnCard(False, True)
        return OnCard(True, allocator.reclaimed)

    @property
    def marks(self) -> list[Mark]:
        """Live bytes phase by phase, named as `bwd1` or, with micro-batches, `bwd1.2`."""
        return [
            Mark(_short_phase(phase), self._live_before(phase.end), self._peak_in(phase))
            for phase in self.run.phases
        ]

    def _live_before(self, event: int) -> int:
        return self._live[event - 1] if event else 0

    def _peak_in(self, phase: Phase) -> int:
        return max(self._live[max(phase.start - 1, 0) : phase.end], default=0)

    @property
    def peak_phase(self) -> str:
        """model, batch, zero_grad, forward, backward or optimizer."""
        for phase in self.run.phases:
            if phase.start <= self._peak_event < phase.end:
                return phase.name
        return ""

    @property
    def peak_layer(self) -> str:
        """The node at work when the most bytes are alive; `loss`; or "" outside of any."""
        if self._peak_event < 0:
            return ""
        event = self.run.tape.events[self._peak_event]
        return self.node_name(self.run.tape.owners[max(event, ~event)])

    def node_name(self, node: int) -> str:
        """Name of a node by its number; the loss comes after the last."""
        nodes = self.graph.nodes
        if node == len(nodes):
            return "loss"
        return nodes[node].name if node >= 0 else ""

    def alive_at_peak(self) -> list[int]:
        """The storages alive at the peak of live bytes."""
        events = self.run.tape.events[: self._peak_event + 1]
        freed = {~event for event in events if event < 0}
        return [event for event in events if event >= 0 and event not in freed]

    @property
    def at_peak(self) -> dict[str, int]:
        """Bytes by kind at the peak of live bytes, largest first, and cuBLAS's block."""
        tape, peak = self.run.tape, self._peak_event
        blocks = sum(
            size for position, size in self.blocks.requests_among(tape) if position <= peak
        )
        found = Counter({WORKSPACE: blocks})
        for storage in self.alive_at_peak():
            found[tape.kinds[storage]] += tape.sizes[storage]
        return {kind: size for kind, size in found.most_common() if size}

    def layers_at_peak(self, kinds: tuple[str, ...] = OF_LAYERS) -> dict[str, int]:
        """Bytes of these kinds alive at the peak, by the layer that made them, largest first."""
        made = self._made_at_peak(kinds).most_common()
        return {self.node_name(node): size for node, size in made}

    @property
    def made_at_peak(self) -> list[int]:
        """Bytes of what each node made and is alive at the peak: 0 where nothing is.

        Its activations, and what it keeps beside them: a pool's indices, a batch norm's
        statistics, a dropout's mask, autocast's copies.
        """
        made = self._made_at_peak(OF_LAYERS)
        return [made[node] for node in range(len(self.graph.nodes))]

    def _made_at_peak(self, kinds: tuple[str, ...]) -> Counter[int]:
        tape, found = self.run.tape, Counter[int]()
        for storage in self.alive_at_peak():
            if tape.kinds[storage] in kinds:
                found[tape.owners[storage]] += tape.sizes[storage]
        return found

    @property
    def held_for_backward(self) -> int:
        """Unique storages that autograd saved in forward and loss, the batch's included,
        parameters and buffers left out.
        """
        return sum(self._held.values())

    @property
    def _held(self) -> dict[int, int]:
        """The same of each node that has any, and of the loss."""
        step = self.run.step
        sizes = step.tape.sizes
        return {node: sum([sizes[k] for k in storages]) for node, storages in step.held.items()}

    @property
    def held_by_node(self) -> list[int]:
        """Bytes saved for backward by each node that no earlier node had saved."""
        held = self._held
        return [held.get(node, 0) for node in range(len(self.graph.nodes))]

    def keepers_of(self, node: int) -> list[str] | None:
        """The earlier nodes that had saved what a node saves too; None where a checkpoint saves
        nothing of it, and runs it again.
        """
        plan = self.run.plan
        start = plan.node_ends[node - 1] if node else 0
        if any(first <= start < segment.end for first, segment in plan.segments.items()):
            return None
        return [self.node_name(each) for each in dict.fromkeys(self.run.step.keepers.get(node, ()))]

    @property
    def live_forward(self) -> list[int]:
        """The most bytes alive while each node runs forward, in the last step."""
        start = self.run.starts[0]
        ends = [start + end for end in self.run.step.forward_ends]
        return [self._peak_between(a, b) for a, b in zip([start, *ends], ends, strict=False)]

    @property
    def live_backward(self) -> list[int]:
        """The same for backward; 0 for a node without one."""
        step, peaks = self.run.step, [0] * (len(self.graph.nodes) + 1)
        shift = self.run.starts[1] - step.backward_start
        start = self.run.starts[1]
        for node, end in step.spans:
            peaks[node] = max(peaks[node], self._peak_between(start, end + shift))
            start = end + shift
        return peaks[:-1]

    def _peak_between(self, start: int, end: int) -> int:
        return max(self._live[max(start - 1, 0) : end], default=0)

    @property
    def timeline(self) -> list[tuple[str, str, int]]:
        """Phase, node and bytes alive after every event."""
        tape, rows = self.run.tape, []
        for phase in self.run.phases:
            for position in range(phase.start, phase.end):
                event = tape.events[position]
                node = self.node_name(tape.owners[max(event, ~event)])
                rows.append((_short_phase(phase), node, self._live[position]))
        return rows


SHORT = {"zero_grad": "zero", FORWARD: "fwd", BACKWARD: "bwd", "optimizer": "opt"}


def _short_phase(phase: Phase) -> str:
    if phase.name == "model":
        return phase.name
    micro = f".{phase.micro_batch}" if phase.micro_batch else ""
    return f"{SHORT.get(phase.name, phase.name)}{phase.step}{micro}"
