"""The caching allocator against a plain reading of its rules, block by block."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.memory.allocator import (
    Allocator,
    OutOfMemory,
    peaks_without_and_with,
    replay_events,
)

KIB, MIB = 2**10, 2**20
SIZES = st.one_of(
    st.sampled_from([0, 1, 512, 513, 600, MIB, MIB + 1, 10 * MIB - 1, 10 * MIB, 33 * MIB]),
    st.integers(1, 64 * KIB),
    st.integers(1, 64 * MIB),
)


class Plain:
    """Segments as lists of [size, storage or None for a free block]; bytes."""

    def __init__(self, capacity: int | None = None) -> None:
        self.pools: tuple[list, list] = ([], [])  # small, large: segments in order of address
        self.capacity = capacity
        self.allocated = self.peak_allocated = self.reserved = self.peak_reserved = 0

    def replay(self, events: list[int], sizes: list[int]) -> None:
        for event in events:
            if event < 0:
                self.free(~event)
            else:
                self.allocate(event, sizes[event])

    def allocate(self, number: int, size: int) -> None:
        if not size:
            return
        wanted = -(-size // 512) * 512
        small = wanted <= MIB
        pool = self.pools[not small]
        block = self.best(pool, wanted) or self.grow(pool, wanted, small)
        size, segment, place = block
        rest = size - wanted
        if rest > (0 if small else MIB):
            segment.insert(place + 1, [rest, None])
            size = wanted
        segment[place] = [size, number]
        self.allocated += size
        self.peak_allocated = max(self.peak_allocated, self.allocated)

    @staticmethod
    def best(pool: list, wanted: int):
        free = [
            (block[0], number, place)
            for number, segment in enumerate(pool)
            for place, block in enumerate(segment)
            if block[1] is None and block[0] >= wanted
        ]
        if not free:
            return None
        size, number, place = min(free)
        return size, pool[number], place

    def grow(self, pool: list, wanted: int, small: bool):
        large = 20 * MIB if wanted < 10 * MIB else -(-wanted // (2 * MIB)) * 2 * MIB
        size = 2 * MIB if small else large
        if self.capacity is not None and self.reserved + size > self.capacity:
            for each in self.pools:
                gone = [s for s in each if len(s) == 1 and s[0][1] is None]
                self.reserved -= sum(segment[0][0] for segment in gone)
                each[:] = [segment for segment in each if segment not in gone]
            if self.reserved + size > self.capacity:
                raise OutOfMemory(wanted, self.allocated)
        pool.append([[size, None]])
        self.reserved += size
        self.peak_reserved = max(self.peak_reserved, self.reserved)
        return size, pool[-1], 0

    def free(self, number: int) -> None:
        for segment in (*self.pools[0], *self.pools[1]):
            for place, block in enumerate(segment):
                if block[1] == number:
                    self.allocated -= block[0]
                    block[1] = None
                    self.merge(segment, place)
                    return

    @staticmethod
    def merge(segment: list, place: int) -> None:
        for left in (place, place - 1):
            if 0 <= left < len(segment) - 1 and segment[left][1] is segment[left + 1][1] is None:
                segment[left : left + 2] = [[segment[left][0] + segment[left + 1][0], None]]


@st.composite
def tapes(draw) -> tuple[list[int], list[int]]:
    """Sizes, and events that allocate each storage and free some, in any order."""
    sizes = draw(st.lists(SIZES, min_size=1, max_size=40))
    events: list[int] = []
    live: list[int] = []
    for number in range(len(sizes)):
        events.append(number)
        live.append(number)
        for place in draw(st.lists(st.integers(0, 1_000), max_size=2)):
            if live:
                events.append(~live.pop(place % len(live)))
    return events, sizes


def figures(allocator, events: list[int], sizes: list[int]) -> tuple[object, ...]:
    try:
        replay_events(events, sizes, allocator)
        stopped = None
    except OutOfMemory as error:
        stopped = (error.requested, error.live)
    if isinstance(allocator, Allocator):
        peaks = allocator.peak_allocated_bytes, allocator.peak_reserved_bytes
        return *peaks, allocator.allocated * 512, allocator.reserved * 512, stopped
    peaks = allocator.peak_allocated, allocator.peak_reserved
    return *peaks, allocator.allocated, allocator.reserved, stopped


@given(tapes())
def test_peaks(tape):
    assert figures(Allocator(), *tape) == figures(Plain(), *tape)


@given(tapes(), st.integers(MIB, 256 * MIB))
def test_peaks_on_a_full_card(tape, capacity):
    capacity -= capacity % (2 * MIB)
    assert figures(Allocator(capacity), *tape) == figures(Plain(capacity), *tape)


@pytest.mark.parametrize("power", [43, 52, 70, 100])
def test_no_size_is_too_large(power):
    sizes = [512, 2**power, 512, 2**power, 2 ** (power + 1)]
    found = figures(Allocator(), [0, 1, 2, 3, ~1, 4, ~0], sizes)
    assert found == figures(Plain(), [0, 1, 2, 3, ~1, 4, ~0], sizes)
    assert found[0] == 2 * 512 + 2**power + 2 ** (power + 1)


def test_of_equal_blocks_the_first_is_taken():
    four, twelve = 4 * MIB, 12 * MIB
    sizes = [four, four, four, four, four, twelve]
    # Behind four blocks the segment of 20 MiB has another four left. The first and the third
    # are freed; the fifth request goes where the first was, so that the third, the fourth and
    # what is behind it come to 12 MiB in one piece.
    events = [0, 1, 2, 3, ~0, ~2, 4, ~3, 5]
    found = figures(Allocator(), events, sizes)
    assert found == figures(Plain(), events, sizes)
    assert found[1] == 20 * MIB


@pytest.mark.parametrize(("second", "taken"), [(10 * MIB, 11 * MIB), (10 * MIB - 512,) * 2])
def test_a_remainder_of_a_mebibyte_is_not_split_off(second, taken):
    """kSmallSize: only what is larger is, of the 11 MiB that are left of a segment of 20."""
    allocator = Allocator()
    allocator.allocate(0, 9 * MIB)
    allocator.allocate(1, second)
    assert allocator.allocated * 512 == 9 * MIB + taken
    assert allocator.peak_reserved_bytes == 20 * MIB


def test_giving_segments_back_is_told():
    allocator = Allocator(22 * MIB)
    allocator.allocate(0, 9 * MIB)
    allocator.free(0)
    assert not allocator.reclaimed
    allocator.allocate(1, 21 * MIB)
    assert allocator.reclaimed
    assert allocator.reserved * 512 == 22 * MIB


def test_a_segment_given_back_is_no_longer_served_from():
    """Of 50 MiB: 20 are given back for 48, so that another 9 find no room."""
    allocator = Allocator(50 * MIB)
    allocator.allocate(0, 9 * MIB)
    allocator.free(0)
    allocator.allocate(1, 48 * MIB)
    with pytest.raises(OutOfMemory) as caught:
        allocator.allocate(2, 9 * MIB)
    assert str(caught.value) == f"{9 * MIB} bytes do not fit beside {48 * MIB} bytes"
    assert allocator.reserved * 512 == 48 * MIB


def test_what_stays_comes_before_what_is_freed_at_once():
    """At the same place: 9 MiB that stay leave 11 of a segment of 20, which are then there."""
    allocator = Allocator()
    replay_events([0], [MIB + 512], allocator, [(0, 9 * MIB)], [(0, 11 * MIB), (1, 2 * MIB)])
    assert allocator.allocated * 512 == 9 * MIB + MIB + 512
    assert allocator.peak_allocated_bytes == allocator.peak_reserved_bytes == 20 * MIB


@given(tapes(), st.data())
def test_without_and_with_requests_at_once_as_one_after_the_other(tape, data):
    events, sizes = tape
    places = st.tuples(st.integers(0, len(events)), SIZES.filter(bool))
    blocks, requests = (
        sorted(data.draw(st.lists(places, max_size=most)), key=lambda pair: pair[0])
        for most in (3, 20)
    )
    expected = []
    for asked in ((), requests):
        allocator = Allocator()
        replay_events(events, sizes, allocator, blocks, asked)
        expected.append((allocator.peak_allocated_bytes, allocator.peak_reserved_bytes))
    assert list(peaks_without_and_with(events, sizes, blocks, requests)) == expected
