"""PyTorch's caching allocator for CUDA, replayed over a tape.

Source: c10/cuda/CUDACachingAllocator.cpp. Requests are rounded to 512 bytes and served
from the smallest free block that is large enough, in a pool of small (up to 1 MiB) or of
large blocks; blocks are split and merged inside segments taken from the driver.

Inside this module sizes and addresses count units of 512 bytes.
"""

from bisect import bisect_left, insort
from collections.abc import Sequence
from heapq import heappop, heappush

UNIT = 512
MIB = 1 << 20
SMALL = MIB // UNIT  # the largest request of the small pool
SMALL_SEGMENT = 2 * MIB // UNIT
LARGE_SEGMENT = 20 * MIB // UNIT  # for requests below 10 MiB
HUGE = 10 * MIB // UNIT

Requests = Sequence[tuple[int, int]]  # positions among events, and bytes


class OutOfMemory(Exception):
    """A request that the card cannot serve, even with all cached memory given back."""

    def __init__(self, requested: int, live: int) -> None:
        super().__init__(f"{requested} bytes do not fit beside {live} bytes")
        self.requested = requested
        self.live = live


class FreeBlocks:
    """Free blocks of one pool, each known by its size, its start and its end."""

    __slots__ = ("ends", "heaps", "segments", "sizes", "starts")

    def __init__(self) -> None:
        self.sizes: list[int] = []  # the keys of `heaps`, sorted
        self.heaps: dict[int, list[int]] = {}  # starts by size; some may be long gone
        self.starts: dict[int, int] = {}  # size by start
        self.ends: dict[int, int] = {}  # start by end
        self.segments: dict[int, int] = {}  # size by start

    def add_block(self, start: int, size: int) -> None:
        """Note a free block."""
        heap = self.heaps.get(size)
        if heap is None:
            self.heaps[size] = [start]
            insort(self.sizes, size)
        else:
            heappush(heap, start)
        self.starts[start] = size
        self.ends[start + size] = start

    def remove_block(self, start: int, size: int) -> None:
        """Forget a free block; its heap is told later if it holds others too."""
        if len(self.heaps[size]) == 1:
            self._forget_size(size)
        del self.starts[start]
        del self.ends[start + size]

    def _forget_size(self, size: int) -> None:
        del self.heaps[size]
        del self.sizes[bisect_left(self.sizes, size)]

    def take_smallest(self, wanted: int) -> tuple[int, int] | None:
        """The smallest block of at least this size, of several the first; None without one."""
        sizes, starts = self.sizes, self.starts
        place = bisect_left(sizes, wanted)
        while place < len(sizes):
            size = sizes[place]
            heap = self.heaps[size]
            start = heappop(heap)
            if not heap:
                del self.heaps[size], sizes[place]
            if starts.get(start) == size:
                del starts[start], self.ends[start + size]
                return start, size
        return None

    def release_block(self, start: int, size: int) -> None:
        """Free a block, merged with its free neighbours; segments lie apart."""
        after = self.starts.get(start + size)
        if after is not None:
            self.remove_block(start + size, after)
            size += after
        before = self.ends.get(start)
        if before is not None:
            self.remove_block(before, start - before)
            size += start - before
            start = before
        self.add_block(start, size)


class Allocator:
    """Blocks by number of the storage that they hold."""

    __slots__ = (
        "allocated",
        "blocks",
        "capacity",
        "large",
        "next_segment",
        "peak_allocated",
        "peak_reserved",
        "reclaimed",
        "reserved",
        "small",
    )
    kept_whole = SMALL  # a remainder up to this in the large pool is not split off

    def __init__(self, capacity: int | None = None) -> None:
        self.small = FreeBlocks()
        self.large = FreeBlocks()
        self.blocks: dict[int, tuple[int, int, FreeBlocks]] = {}  # start and size
        self.allocated = self.peak_allocated = 0
        self.reserved = self.peak_reserved = 0
        self.capacity = capacity // UNIT if capacity is not None else None  # None: no limit
        self.reclaimed = False  # cached segments had to be given back to the driver
        self.next_segment = 1

    @property
    def peak_allocated_bytes(self) -> int:
        """The most bytes in blocks."""
        return self.peak_allocated * UNIT

    @property
    def peak_reserved_bytes(self) -> int:
        """The most bytes in segments."""
        return self.peak_reserved * UNIT

    def allocate(self, number: int, size: int) -> None:
        """Serve a request of `size` bytes; zero bytes take no block."""
        if not size:
            return
        wanted = -(-size // UNIT)
        pool = self.small if wanted <= SMALL else self.large
        block = pool.take_smallest(wanted)
        if block is None:
            self._grow_pool(pool, wanted)
            block = pool.take_smallest(wanted)
            assert block is not None
        start, found = block
        rest = found - wanted
        if rest > self.kept_whole or (rest and pool is self.small):
            pool.add_block(start + wanted, rest)
        else:
            wanted = found
        self.blocks[number] = (start, wanted, pool)
        self.allocated += wanted
        if self.allocated > self.peak_allocated:
            self.peak_allocated = self.allocated

    def free(self, number: int) -> None:
        """Give a storage's block back to its pool."""
        block = self.blocks.pop(number, None)
        if block is None:
            return
        start, size, pool = block
        self.allocated -= size
        pool.release_block(start, size)

    def _grow_pool(self, pool: FreeBlocks, wanted: int) -> None:
        if wanted <= SMALL:
            size = SMALL_SEGMENT
        elif wanted < HUGE:
            size = LARGE_SEGMENT
        else:
            size = -(-wanted // SMALL_SEGMENT) * SMALL_SEGMENT
        if self.capacity is not None and self.reserved + size > self.capacity:
            self._reclaim_segments(size, wanted)
        start = self.next_segment
        self.next_segment = start + size + 1  # a gap, so that segments never merge
        pool.segments[start] = size
        pool.add_block(start, size)
        self._reserve_segment(size)

    def _reserve_segment(self, size: int) -> None:
        self.reserved += size
        if self.reserved > self.peak_reserved:
            self.peak_reserved = self.reserved

    def _reclaim_segments(self, size: int, wanted: int) -> None:
        """Give all wholly free segments back to the driver, as before an out-of-memory."""
        for pool in (self.small, self.large):
            for start, length in list(pool.segments.items()):
                if pool.starts.get(start) == length:
                    pool.remove_block(start, length)
                    del pool.segments[start]
                    self.reserved -= length
                    self.reclaimed = True
        if self.capacity is not None and self.reserved + size > self.capacity:
            raise OutOfMemory(wanted * UNIT, self.allocated * UNIT)


def replay_events(
    events: list[int],
    sizes: list[int],
    allocator: Allocator,
    blocks: Requests = (),
    requests: Requests = (),
) -> None:
    """Run all events: a number allocates, ~number frees.

    Before the events at their positions, `blocks` are allocated to stay, and `requests` to be
    freed at once. Both in order of position; bytes.
    """
    stops = sorted(
        [(at, 0, size) for at, size in blocks] + [(at, 1, size) for at, size in requests]
    )
    start = 0
    for number, (position, freed, size) in enumerate(stops, 1):
        _replay_events(events[start:position], sizes, allocator)
        start = position
        allocator.allocate(-number, size)
        if freed:
            allocator.free(-number)
    _replay_events(events[start:] if start else events, sizes, allocator)


def _replay_events(events: list[int], sizes: list[int], allocator: Allocator) -> None:
    allocate, free = allocator.allocate, allocator.free
    for event in events:
        if event >= 0:
            allocate(event, sizes[event])
        else:
            free(~event)
