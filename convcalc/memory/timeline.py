"""One timeline for every batch: what is allocated and freed when does not change with it.

Every size is elements x batch x bytes of a value, or has no batch in it; so two runs give
those of all. Only a single image is special (lowering.py: a whole batch may lie as if it were
permuted), hence the two are of batches 2 and 3.
"""

from itertools import accumulate

from convcalc.memory.allocator import UNIT, Allocator, OutOfMemory, replay
from convcalc.memory.graph import Graph
from convcalc.memory.simulate import Setup, simulate

FIRST = 2  # the smallest batch that a timeline is of


class Bounded(Allocator):
    """An allocator that stops once more than `most` units are reserved; gives nothing back."""

    __slots__ = ("most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def _reserve(self, size: int) -> None:
        super()._reserve(size)
        if self.reserved > self.most:
            raise OutOfMemory(size, self.allocated)


class Timeline:
    """The events of a run, and the size of every storage at every batch. Bytes everywhere."""

    __slots__ = ("events", "growth", "sizes")

    def __init__(self, graph: Graph, setup: Setup) -> None:
        low, high = (
            simulate(graph, setup._replace(batch=batch)).run.tape for batch in (FIRST, FIRST + 1)
        )
        self.events = low.events
        self.sizes = low.sizes
        self.growth = [b - a for a, b in zip(low.sizes, high.sizes, strict=True)]

    def at(self, batch: int) -> list[int]:
        """The sizes at a batch, `FIRST` or more."""
        more = batch - FIRST
        return [size + more * growth for size, growth in zip(self.sizes, self.growth, strict=True)]


class Peaks:
    """What a run takes at one batch; the allocator is replayed as far as an answer needs it."""

    __slots__ = ("_over", "_reserved", "batch", "peak_live", "timeline", "workspace")

    def __init__(self, timeline: Timeline, batch: int, workspace: int) -> None:
        self.timeline = timeline
        self.batch = batch
        self.workspace = workspace  # cuBLAS's block, allocated before everything else
        sizes = timeline.at(batch)
        live = accumulate(sizes[e] if e >= 0 else -sizes[~e] for e in timeline.events)
        self.peak_live = max(live, default=0)
        self._reserved: int | None = None
        self._over = -1  # more than this is known to be reserved

    @property
    def peak_reserved(self) -> int:
        """torch.cuda.max_memory_reserved."""
        if self._reserved is None:
            self._reserved = self._replayed(Allocator()).peak_reserved_bytes
        return self._reserved

    def reserves_at_most(self, most: int) -> bool:
        """Whether no more than `most` bytes are ever reserved."""
        if self._reserved is None and most > self._over:
            try:
                self._reserved = self._replayed(Bounded(most // UNIT)).peak_reserved_bytes
            except OutOfMemory:
                self._over = most
        return self._reserved is not None and self._reserved <= most

    def _replayed(self, allocator: Allocator) -> Allocator:
        allocator.allocate(-1, self.workspace)
        replay(self.timeline.events, self.timeline.at(self.batch), allocator)
        return allocator
