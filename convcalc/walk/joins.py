"""Paddings that would make the branches of a join equal: most often one was forgotten."""

from collections.abc import Iterator, Sequence

from convcalc.walk.receptive_field import Walked

MOST_CHANGED = 4  # layers; where more shrink, it is meant
Paddings = dict[int, tuple[int, ...]]  # of each side, by the layers' positions


def equal_paddings(nodes: Sequence[Walked], join: int) -> Iterator[Paddings]:
    """Paddings of the last window layers of the smaller branches, one more layer each time.

    `same` ones, as far as a window has one: (F - 1)/2 at both ends.
    """
    inputs = nodes[join].inputs
    sides = [nodes[k].facts.output.sides for k in inputs]
    if len({len(each) for each in sides}) > 1:
        return
    largest = tuple(map(max, zip(*sides, strict=True)))
    small = [k for k, each in zip(inputs, sides, strict=True) if each != largest]
    branches = [list(_shrinking_layers(nodes, k, inputs)) for k in small]
    if not branches or not all(branches):
        return
    for depth in range(1, max(map(len, branches)) + 1):
        found = {k: padding for each in branches for k, padding in each[:depth]}
        if len(found) <= MOST_CHANGED:
            yield found


def _shrinking_layers(
    nodes: Sequence[Walked], last: int, inputs: Sequence[int]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    """From the end of a branch back to where it begins, the layers that could pad more."""
    others = _ancestors(nodes, [k for k in inputs if k != last])
    while last not in others:
        node = nodes[last]
        windows = node.facts.windows
        if windows is not None and node.node.layer.option_value("padding") is not None:
            same = tuple((window.extent - 1) // 2 for window in windows)
            more = [2 * p - w.total_padding for w, p in zip(windows, same, strict=True)]
            if all(w.extent % 2 for w in windows) and min(more) >= 0 < max(more):
                yield last, same
        if len(node.inputs) != 1:
            return
        (last,) = node.inputs


def _ancestors(nodes: Sequence[Walked], found: list[int]) -> set[int]:
    """These nodes, and everything in front of them."""
    seen: set[int] = set()
    while found:
        node = found.pop()
        if node not in seen:
            seen.add(node)
            found += nodes[node].inputs
    return seen
