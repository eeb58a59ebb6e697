"""Two sequences aligned as a text diff aligns lines.

Source: Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), figure 2. Where
the sequences differ in more than `MOST_EDITS` places, the middle counts as exchanged.
"""

from collections.abc import Hashable, Sequence

MOST_EDITS = 2_000  # steps; their square is the memory that the search takes

MOST_PASSES = 3
Pair = tuple[int | None, int | None]  # an index in each sequence; None: not there
Sides = tuple[Sequence[Hashable], Sequence[Hashable]]  # of the old sequence and of the new one


def align_lines(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    """Every index of both, in order; equal items stand in one pair, removed before added."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    middle = _align_middle(old[start : len(old) - end], new[start : len(new) - end])
    pairs: list[Pair] = [(k, k) for k in range(start)]
    pairs += [(_move_index(a, start), _move_index(b, start)) for a, b in middle]
    pairs += [(len(old) - k, len(new) - k) for k in range(end, 0, -1)]
    return pairs


def _move_index(index: int | None, by: int) -> int | None:
    return None if index is None else index + by


def _align_middle(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[Pair]:
    trace = _search_edits(old, new)
    if trace is None:
        removed: list[Pair] = [(k, None) for k in range(len(old))]
        return [*removed, *((None, k) for k in range(len(new)))]
    return _removed_first(_trace_back(trace, len(old), len(new)))


def _search_edits(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[dict[int, int]] | None:
    """The furthest point on each diagonal before each edit; None for too many edits."""
    furthest, trace = {1: 0}, []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        trace.append(dict(furthest))
        for diagonal in range(-edits, edits + 1, 2):
            x, _ = _path_start(furthest, diagonal, edits)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            furthest[diagonal] = x
            if x >= len(old) and y >= len(new):
                return trace
    return None


def _path_start(furthest: dict[int, int], diagonal: int, edits: int) -> tuple[int, bool]:
    """Where a path to a diagonal begins, and whether that is a step down: something added."""
    down = diagonal == -edits or (
        diagonal != edits and furthest[diagonal - 1] < furthest[diagonal + 1]
    )
    return (furthest[diagonal + 1] if down else furthest[diagonal - 1] + 1), down


def _trace_back(trace: list[dict[int, int]], x: int, y: int) -> list[Pair]:
    """The pairs of the shortest path, from its end."""
    pairs: list[Pair] = []
    for edits in range(len(trace) - 1, -1, -1):
        diagonal = x - y
        begin, down = _path_start(trace[edits], diagonal, edits) if edits else (0, False)
        while x > begin and y > begin - diagonal:
            x, y = x - 1, y - 1
            pairs.append((x, y))
        if edits:
            x, y = (x, y - 1) if down else (x - 1, y)
            pairs.append((None, y) if down else (x, None))
    return pairs[::-1]


def _removed_first(pairs: list[Pair]) -> list[Pair]:
    """Between two equal items, everything removed before everything added."""
    found: list[Pair] = []
    added: list[Pair] = []
    for pair in pairs:
        if pair[0] is None:
            added.append(pair)
        else:
            if pair[1] is not None:
                found += added
                added = []
            found.append(pair)
    return found + added


def slide_runs(pairs: Sequence[Pair], keys: Sides, names: Sides) -> list[Pair]:
    """The same alignment with what was added or removed standing where most names agree.

    Among equal items a run may stand in several places, with as many pairs in each: of three
    blocks that became four, the fourth is the new one.
    """
    found = list(pairs)
    for side in (0, 1):
        for _ in range(MOST_PASSES):  # runs that meet go on as one
            runs = _Runs(found, keys[side], names, side)
            if not runs.slide_all():
                break
            found = runs.pairs()
    return found


class _Runs:
    """Items of one side in the order of the alignment, each with its counterpart or None."""

    def __init__(
        self, pairs: list[Pair], keys: Sequence[Hashable], names: Sides, side: int
    ) -> None:
        self.keys, self.names, self.side = keys, names, side
        self.own = [pair[side] for pair in pairs]
        self.other = [pair[1 - side] for pair in pairs]

    def pairs(self) -> list[Pair]:
        found = zip(self.own, self.other, strict=True)
        return [(a, b) if self.side == 0 else (b, a) for a, b in found]

    def slide_all(self) -> bool:
        """Slide each run to its best place, from the last on; whether any moved."""
        moved, end = False, len(self.own)
        while end > 0:
            start = end
            while start > 0 and self.other[start - 1] is None:
                start -= 1
            if start < end:
                moved |= self._slide_run(start, end)
            end = start - 1
        return moved

    def _slide_run(self, start: int, end: int) -> bool:
        down, up = self._best_slide(start, end, 1), self._best_slide(end - 1, start - 1, -1)
        (score, steps), forward = max((down, True), (up, False))
        if not score:
            return False
        first, last = (start, end + steps) if forward else (start - steps, end)
        kept = [index for index in self.other[first:last] if index is not None]
        gone: list[int | None] = [None] * (end - start)
        self.other[first:last] = [*kept, *gone] if forward else [*gone, *kept]
        return True

    def _best_slide(self, place: int, at: int, step: int) -> tuple[int, int]:
        """How many names more agree at best, and by how many items further."""
        score, best, steps = 0, (0, 0), 0
        while 0 <= at < len(self.own) and self._may_trade(place, at):
            score += self._agrees(place, at) - self._agrees(at, at)
            place, at, steps = place + step, at + step, steps + 1
            if score > best[0]:
                best = (score, steps)
        return best

    def _may_trade(self, place: int, at: int) -> bool:
        """Whether the item at `place` could have the counterpart of the one at `at`."""
        mine, theirs = self.own[place], self.own[at]
        if mine is None or theirs is None or self.other[at] is None:
            return False
        return self.keys[mine] == self.keys[theirs]

    def _agrees(self, place: int, at: int) -> bool:
        mine, counterpart = self.own[place], self.other[at]
        assert mine is not None
        assert counterpart is not None
        return self.names[self.side][mine] == self.names[1 - self.side][counterpart]
