"""Where a graph forks and joins, so that it can be written as branches of the joining layer.

Layers run in the order written, so branches are found only where each runs as a whole, one
after the other, from one fork. What is anything else names the layers that it takes.
"""

from typing import NamedTuple

from convcalc.models.writing.items import NamedLayer
from convcalc.models.writing.outline import OutlineStep


class _Chain(NamedTuple):
    """Steps each behind the other; `entry` is what the first takes, or "" for several."""

    entry: str
    steps: list[OutlineStep]

    @property
    def exit(self) -> str:
        return self.steps[-1].item.name if self.steps else self.entry

    def place_of(self, name: str) -> int:
        """How many steps there are up to the layer of that name, or -1."""
        if name == self.entry:
            return 0
        names = [step.item.name for step in self.steps]
        return names.index(name) + 1 if name in names else -1


def branched_steps(items: list[NamedLayer], first: str) -> list[OutlineStep]:
    """The items as a list of layers with branches; `first` is the input's name."""
    stack = [_Chain(first, [])]
    for item in items:
        top = stack[-1]
        if item.inputs == (top.exit,):
            top.steps.append(OutlineStep(item))
        elif len(item.inputs) > 1 and _join_ends(item, stack):
            continue
        elif len(item.inputs) == 1:
            stack.append(_Chain(item.inputs[0], [OutlineStep(item)]))
        else:
            stack.append(_Chain("", [OutlineStep(item, sources=item.inputs)]))
    return [step for chain in stack for step in _opened_steps(chain, chain is stack[0])]


def _opened_steps(chain: _Chain, first: bool) -> list[OutlineStep]:
    """The steps of a chain; the first names what it takes where that is not the one before."""
    if first or not chain.entry:
        return chain.steps
    start, *rest = chain.steps
    if start.branches:
        return [*_named_branches(start, chain.entry), *rest]
    return [start._replace(sources=(chain.entry,)), *rest]


def _named_branches(step: OutlineStep, entry: str) -> list[OutlineStep]:
    """The branches as layers of their own, which name what they take."""
    found = []
    for branch in step.branches:
        found += (
            _opened_steps(
                _Chain(entry, [part for part in branch if isinstance(part, OutlineStep)]), False
            )
            if branch
            else []
        )
    return [*found, OutlineStep(step.item, sources=step.item.inputs)]


def _join_ends(item: NamedLayer, stack: list[_Chain]) -> bool:
    """Make the ends of the stack branches of a layer, if that is what they are."""
    taken = stack[-len(item.inputs) - 1 :]  # no more can be branches
    for fork in _possible_forks(item, taken):
        rest, branches = list(taken), []
        for end in reversed(item.inputs):
            branch = _take_branch(rest, fork, end)
            if branch is None:
                break
            branches.append(tuple(branch))
        else:
            if rest and rest[-1].exit == fork and any(branches):
                stack[-len(taken) :] = [_Chain(c.entry, list(c.steps)) for c in rest]
                stack[-1].steps.append(OutlineStep(item, tuple(reversed(branches))))
                return True
    return False


def _possible_forks(item: NamedLayer, stack: list[_Chain]) -> list[str]:
    """Where the branches may begin: at an empty branch, or where the last chain does.

    Several that end no chain are none: each branch but empty ones is the end of one.
    """
    ends = {chain.exit for chain in stack[-len(item.inputs) :]}
    empty = [name for name in dict.fromkeys(item.inputs) if name not in ends]
    return (empty or [stack[-1].entry]) if len(empty) < 2 else []


def _take_branch(rest: list[_Chain], fork: str, end: str) -> list[OutlineStep] | None:
    """The last branch from the fork to `end`, taken off the chains; None if it is none."""
    if end == fork:
        return []
    if not rest or rest[-1].exit != end:
        return None
    top = rest.pop()
    place = top.place_of(fork)
    if place < 0:
        return None
    if place or not rest:
        rest.append(_Chain(top.entry, top.steps[:place]))
    return top.steps[place:]
