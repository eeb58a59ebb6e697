"""Two sequences aligned as a text diff aligns lines.

Source: Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), figure 2. Where
the sequences differ in more than `MOST_EDITS` places, the middle counts as exchanged.
"""

from collections.abc import Hashable, Sequence

MOST_EDITS = 2_000  # steps; their square is the memory that the search takes

Pair = tuple[int | None, int | None]  # an index in each sequence; None: not there


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
