"""Activation checkpointing: a block keeps its inputs and is run again in backward.

Source: torch/utils/checkpoint.py, the non-reentrant variant (use_reentrant=False).
"""

from convcalc.memory.forward import Forward, last_uses
from convcalc.memory.task import Task


class Segment:
    """Tasks whose saved tensors are recomputed in backward."""

    __slots__ = ("dying", "end", "held", "start", "tasks")

    def __init__(self, tasks: list[Task], start: int, first: int) -> None:
        saving = [k for k, task in enumerate(tasks) if task.ways and (task.saves or task.extras)]
        self.start = start + saving[0] if saving else start  # position of the last backward
        self.end = start + len(tasks)
        self.tasks = tasks[: saving[-1] + 1] if saving else []
        made = {value for task in tasks for value in (task.output, *task.parts)}
        used = dict.fromkeys(value for task in tasks for value in task.operands)
        outside = [value for value in used if value not in made and (value >= first or not value)]
        self.held = outside  # values that the checkpoint keeps as its arguments
        self.dying = last_uses(self.tasks, first, set(outside))

    def hold(self, forward: Forward) -> None:
        """Keep the arguments; they go when the last saved tensor has been used."""
        for value in self.held:
            forward.tape.references[forward.storages[value]] += 1

    def recompute(self, forward: Forward) -> None:
        """Run forward again, until the last tensor is saved; then all variables go."""
        last = len(self.tasks) - 1
        alive: dict[int, None] = {}
        for k, task in enumerate(self.tasks):
            stop = k == last
            dying = [] if stop else self.dying[k]
            forward.run(task, dying, stop=stop)
            if not stop or task.saves_what_it_makes:
                alive.update(dict.fromkeys(task.parts or (task.output,)))
            for value in dying:
                alive.pop(value)
        forward.forget(alive)


class Checkpoints:
    """The segments of a step, as its backward pass meets them from the last to the first."""

    __slots__ = ("active", "forward", "waiting")

    def __init__(self, forward: Forward, segments: list[Segment]) -> None:
        self.forward = forward
        self.waiting = sorted(segments, key=lambda segment: segment.start)
        self.active: Segment | None = None

    def enter(self, position: int, task: Task) -> None:
        """The first task that asks for a saved tensor makes its segment run again."""
        if self.active or not self.waiting or position >= self.waiting[-1].end:
            return
        if task.saves or task.extras:
            self.active = self.waiting.pop()
            self.active.recompute(self.forward)

    def leave(self, position: int) -> None:
        """After the last task that saved something, the arguments go."""
        segment = self.active
        if segment and position == segment.start:
            self.forward.forget(segment.held)
            self.active = None
