"""PyTorch's caching allocator for CUDA, replayed over a tape.

Source: c10/cuda/CUDACachingAllocator.cpp. Requests are rounded to 512 bytes and served
from the smallest free block that is large enough, in a pool of small (up to 1 MiB) or of
large blocks; blocks are split and merged inside segments taken from the driver.

Inside this module sizes and addresses count units of 512 bytes.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from itertools import accumulate, groupby
from typing import NamedTuple

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

    __slots__ = ("by_size", "ends", "kept_whole", "segments", "starts")

    def __init__(self, kept_whole: int = 0) -> None:
        self.kept_whole = kept_whole  # a remainder up to this is not split off
        self.by_size: list[tuple[int, int]] = []  # size and start, sorted
        self.starts: dict[int, int] = {}  # size by start
        self.ends: dict[int, int] = {}  # start by end
        self.segments: dict[int, int] = {}  # size by start

    @property
    def parts(self) -> "Parts":
        """What a loop over many storages reads and changes."""
        return self.by_size, self.starts, self.ends, self.kept_whole

    def add_segment(self, start: int, size: int) -> None:
        """Note a segment of the driver's, all of it free."""
        self.segments[start] = size
        add_free(self.parts, start, size)

    def place_for(self, wanted: int) -> int | None:
        """Where among `by_size` the block for a request is; None where there is none."""
        place = bisect_left(self.by_size, (wanted,))
        return place if place < len(self.by_size) else None

    def drop_free_segments(self) -> int:
        """Give wholly free segments back to the driver; how much that is."""
        free = [each for each in self.segments.items() if self.starts.get(each[0]) == each[1]]
        for start, size in free:
            del self.segments[start], self.starts[start], self.ends[start + size]
            self.by_size.remove((size, start))
        return sum(size for _, size in free)


Parts = tuple[list[tuple[int, int]], dict[int, int], dict[int, int], int]  # of free blocks


def add_free(parts: Parts, start: int, size: int) -> None:
    """Free a block, merged with its free neighbours; segments lie apart."""
    by_size, starts, ends, _ = parts
    end = start + size
    after = starts.pop(end, None)
    if after is not None:
        del by_size[bisect_left(by_size, (after, end))]
        end += after
    before = ends.pop(start, None)
    if before is not None:
        del by_size[bisect_left(by_size, (start - before, before))]
        start = before
    size = end - start
    insort(by_size, (size, start))
    starts[start] = size
    ends[end] = start


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

    def __init__(self, capacity: int | None = None) -> None:
        self.small = FreeBlocks()
        self.large = FreeBlocks(kept_whole=SMALL)
        self.blocks: dict[int, tuple[int, int, Parts]] = {}  # start, size, of the pool
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
        """Serve one request of `size` bytes; zero bytes take no block."""
        self.replay((number,), {number: size})

    def replay(self, events: Sequence[int], sizes: Mapping[int, int] | Sequence[int]) -> None:
        """Serve requests: a number asks for a storage of its size in bytes, ~number frees it.

        Every storage of every run goes through this loop.
        """
        small, large, blocks = self.small.parts, self.large.parts, self.blocks
        allocated, most = self.allocated, self.peak_allocated
        for event in events:
            if event < 0:
                block = blocks.pop(~event, None)
                if block is not None:
                    start, size, parts = block
                    allocated -= size
                    add_free(parts, start, size)
                continue
            wanted = -(-sizes[event] // UNIT)
            if not wanted:
                continue
            parts = by_size, starts, ends, kept_whole = small if wanted <= SMALL else large
            place = bisect_left(by_size, (wanted,))  # the smallest, of several the first
            if place == len(by_size):
                self.allocated, self.peak_allocated = allocated, most  # should none be had
                self._grow_pool(self.small if wanted <= SMALL else self.large, wanted)
                place = bisect_left(by_size, (wanted,))
            size, start = by_size.pop(place)
            del starts[start]
            rest = size - wanted
            if rest <= kept_whole:
                del ends[start + size]
            else:
                after = start + wanted
                insort(by_size, (rest, after), 0, place)
                starts[after] = rest
                ends[start + size] = after
                size = wanted
            blocks[event] = start, size, parts
            allocated += size
            if allocated > most:
                most = allocated
        self.allocated, self.peak_allocated = allocated, most

    def free(self, number: int) -> None:
        """Give a storage's block back to its pool."""
        self.replay((~number,), ())

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
        pool.add_segment(start, size)
        self._reserve_segment(size)

    def _reserve_segment(self, size: int) -> None:
        self.reserved += size
        if self.reserved > self.peak_reserved:
            self.peak_reserved = self.reserved

    def _reclaim_segments(self, size: int, wanted: int) -> None:
        """Give all wholly free segments back to the driver, as before an out-of-memory."""
        given_back = self.small.drop_free_segments() + self.large.drop_free_segments()
        self.reserved -= given_back
        self.reclaimed = self.reclaimed or bool(given_back)
        if self.capacity is not None and self.reserved + size > self.capacity:
            raise OutOfMemory(wanted * UNIT, self.allocated * UNIT)


class AllocatorPeaks(NamedTuple):
    """The most bytes in blocks, and in segments."""

    allocated: int
    reserved: int


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
    allocator.replay(*_with_requests(*_with_blocks(events, sizes, blocks, requests)))


def peaks_without_and_with(
    events: list[int], sizes: list[int], blocks: Requests, requests: Requests
) -> tuple[AllocatorPeaks, AllocatorPeaks]:
    """The same without and with the requests, of a card without a limit.

    There the pools do not know of each other, and only the large one is replayed twice. In the
    small one a whole segment is what is taken last: a segment for a request is the one that the
    next storage gets for which there is no other place. So at the end there is that segment
    more, or nothing is different.
    """
    events, sizes, requests = _with_blocks(events, sizes, blocks, requests)
    without, start, spare = Allocator(), 0, -1
    small = without.small
    for position, size in requests:
        if size <= SMALL * UNIT:
            without.replay(events[start:position], sizes)
            start = position
            if small.place_for(-(-size // UNIT)) is None:
                spare = len(small.segments)
    without.replay(events[start:], sizes)
    segments = len(small.segments) + (spare == len(small.segments))
    allocated, reserved = _peaks_of_large(*_with_requests(events, sizes, requests))
    return (
        AllocatorPeaks(without.peak_allocated_bytes, without.peak_reserved_bytes),
        AllocatorPeaks(allocated * UNIT, (reserved + segments * SMALL_SEGMENT) * UNIT),
    )


def _peaks_of_large(events: list[int], sizes: list[int]) -> tuple[int, int]:
    """The most in blocks, those of the small pool too, and in segments of the large pool."""
    units = [-(-size // UNIT) for size in sizes]
    rises = [size if size <= SMALL else 0 for size in units]  # of the small pool
    rises += [-size for size in reversed(rises)]  # and falls, at ~number
    small = list(accumulate(map(rises.__getitem__, events)))
    larger = [size > SMALL for size in units]
    larger += reversed(larger)
    pool, most, start = Allocator(), 0, 0
    for is_large, run in groupby(map(larger.__getitem__, events)):
        end = start + len(list(run))
        pool.peak_allocated = pool.allocated
        if is_large:
            pool.replay(events[start:end], sizes)
        most = max(most, pool.peak_allocated + max(small[start:end]))
        start = end
    return most, pool.peak_reserved


def _with_blocks(
    events: list[int], sizes: list[int], blocks: Requests, requests: Requests
) -> tuple[list[int], list[int], Requests]:
    """Events and sizes with what is allocated to stay, and where the requests are among them."""
    found, start = [], 0
    for number, (position, _) in enumerate(blocks, len(sizes)):
        found += [*events[start:position], number]
        start = position
    places = [position for position, _ in blocks]
    moved = [(at + bisect_right(places, at), size) for at, size in requests]
    return found + events[start:], [*sizes, *(size for _, size in blocks)], moved


def _with_requests(
    events: list[int], sizes: list[int], requests: Requests
) -> tuple[list[int], list[int]]:
    """Events and sizes with what is freed at once."""
    found, start = [], 0
    for number, (position, _) in enumerate(requests, len(sizes)):
        found += [*events[start:position], number, ~number]
        start = position
    return found + events[start:], [*sizes, *(size for _, size in requests)]
