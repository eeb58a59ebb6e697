"""One timeline for every batch: what is allocated and freed when does not change with it.

Every size is elements x batch x bytes of a value, or has no batch in it; so two runs give
those of all. Only a single image is special (lowering.py: a whole batch may lie as if it were
permuted), hence the two are of batches 2 and 3.
"""

from collections.abc import Callable
from itertools import accumulate

from convcalc.memory.allocator import UNIT, Allocator, OutOfMemory, Requests, replay_events
from convcalc.memory.cublas import Blocks
from convcalc.memory.graph import Graph
from convcalc.memory.simulate import SimulationSetup, simulate
from convcalc.memory.workspaces import EVERYTHING, NONE, Workspace, WorkspaceRule

FIRST = 2  # the smallest batch that a timeline is of


class Bounded(Allocator):
    """An allocator that stops once more than `most` units are reserved; gives nothing back."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def _reserve_segment(self, size: int) -> None:
        super()._reserve_segment(size)
        if self.reserved > self.most:
            raise OutOfMemory(size, self.allocated)


class Timeline:
    """The events of a run, and the size of every storage at every batch. Bytes everywhere."""

    __slots__ = ("_plan", "_workspaces", "events", "growth", "sizes", "tape")

    def __init__(self, graph: Graph, setup: SimulationSetup) -> None:
        run = simulate(graph, setup._replace(batch_size=FIRST)).run
        low, high = run.tape, simulate(graph, setup._replace(batch_size=FIRST + 1)).run.tape
        self.tape = low
        self._plan = run.plan
        self._workspaces: dict[WorkspaceRule, list[tuple[int, Workspace]]] = {}
        self.events = low.events
        self.sizes = low.sizes
        self.growth = [b - a for a, b in zip(low.sizes, high.sizes, strict=True)]

    def workspaces_under(self, rule: WorkspaceRule) -> list[tuple[int, Workspace]]:
        """What cuDNN asks for under a rule, by position among the events."""
        if rule not in self._workspaces:
            found = self._plan.workspace_requests(self.tape.workspaces, rule)
            self._workspaces[rule] = [each for each in found if each[1] != NONE]
        return self._workspaces[rule]

    def sizes_at(self, batch: int) -> list[int]:
        """The sizes at a batch, `FIRST` or more."""
        more = batch - FIRST
        return [size + more * growth for size, growth in zip(self.sizes, self.growth, strict=True)]


class Reserved:
    """What the allocator reserves, worked out as far as an answer needs it. Bytes."""

    __slots__ = ("_found", "_over", "_replay")

    def __init__(self, replayed: Callable[[Allocator], Allocator]) -> None:
        self._replay = replayed
        self._found: int | None = None
        self._over = -1  # more than this is known to be reserved

    @property
    def peak(self) -> int:
        """The most that is ever reserved."""
        if self._found is None:
            self._found = self._replay(Allocator()).peak_reserved_bytes
        return self._found

    def at_most(self, most: int) -> bool:
        """Whether no more than `most` bytes are ever reserved."""
        if self._found is None and most > self._over:
            try:
                self._found = self._replay(Bounded(most // UNIT)).peak_reserved_bytes
            except OutOfMemory:
                self._over = most
        return self._found is not None and self._found <= most


class BatchPeaks:
    """What a run takes at one batch."""

    __slots__ = (
        "_asked",
        "_plain",
        "_sizes",
        "_with_workspaces",
        "batch",
        "blocks",
        "peak_live",
        "timeline",
    )

    def __init__(
        self, timeline: Timeline, batch: int, blocks: Blocks, rule: WorkspaceRule = EVERYTHING
    ) -> None:
        self.timeline = timeline
        self.batch = batch
        self.blocks = blocks  # cuBLAS's
        self._asked = timeline.workspaces_under(rule)
        self._sizes = sizes = timeline.sizes_at(batch)
        live = accumulate(sizes[e] if e >= 0 else -sizes[~e] for e in timeline.events)
        self.peak_live = max(live, default=0)
        self._plain = Reserved(self._replay_events)
        self._with_workspaces = Reserved(self._replayed_with_workspaces)

    @property
    def peak_reserved(self) -> int:
        """torch.cuda.max_memory_reserved, without cuDNN's workspaces."""
        return self._plain.peak

    @property
    def peak_reserved_with_workspaces(self) -> int:
        """The same where cuDNN asks for its workspaces; no less than without."""
        if not self._asked:
            return self._plain.peak
        return max(self._with_workspaces.peak, self._plain.peak)

    @property
    def largest_workspace(self) -> int:
        """The largest request of any convolution by the rule of present stacks."""
        asked = self.timeline.workspaces_under(EVERYTHING)
        return max((each.bytes_at(self.batch) for _, each in asked), default=0)

    @property
    def has_products(self) -> bool:
        """Whether the run has a product of matrices."""
        return bool(self.timeline.tape.products)

    def reserves_at_most(self, most: int, workspaces: bool = False) -> bool:
        """Whether no more than `most` bytes are ever reserved, with cuDNN's `workspaces`."""
        if workspaces and self._asked and not self._with_workspaces.at_most(most):
            return False
        return self._plain.at_most(most)

    def runs_within(self, most: int, workspaces: bool = False) -> bool:
        """Whether `most` bytes of segments do, with cached ones given back where it must be."""
        allocator = Allocator(most)
        try:
            (self._replayed_with_workspaces if workspaces else self._replay_events)(allocator)
        except OutOfMemory:
            return False
        return True

    def _replay_events(self, allocator: Allocator, requests: Requests = ()) -> Allocator:
        timeline = self.timeline
        blocks = self.blocks.requests_among(timeline.tape)
        replay_events(timeline.events, self._sizes, allocator, blocks, requests)
        return allocator

    def _replayed_with_workspaces(self, allocator: Allocator) -> Allocator:
        asked = self._asked
        return self._replay_events(allocator, [(at, w.bytes_at(self.batch)) for at, w in asked])
