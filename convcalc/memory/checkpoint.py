"""Activation checkpointing: a block keeps its inputs and is run again in backward.

Source: torch/utils/checkpoint.py, the non-reentrant variant (use_reentrant=False).
"""

from convcalc.memory.forward import Forward, last_uses
from convcalc.memory.task import Task


class Segment:
    """Tasks whose saved tensors are recomputed in backward."""

    __slots__ = ("dying", "end", "held", "tasks")

    def __init__(self, tasks: list[Task], start: int, first: int, casts: set[int]) -> None:
        saving = [k for k, task in enumerate(tasks) if _saves_tensor(task)]
        self.end = start + len(tasks)
        self.tasks = tasks[: saving[-1] + 1] if saving else []
        made = {value for task in tasks for value in (task.output, *task.results)}
        used = dict.fromkeys(value for task in tasks for value in task.operands)
        outside = [value for value in used if value not in made and (value >= first or not value)]
        self.held = outside  # values that the checkpoint keeps as its arguments
        self.dying = last_uses(tasks, first, casts.union(outside))

    def hold_arguments(self, forward: Forward) -> None:
        """Keep the arguments."""
        for value in self.held:
            forward.tape.references[forward.storages[value]] += 1

    def drop_arguments(self, forward: Forward) -> None:
        """Where nothing was saved through the checkpoint, its arguments go with its frame."""
        if not self.tasks:
            forward.forget_values(self.held)

    def run_again(self, forward: Forward) -> None:
        """Run forward again, until the last tensor is saved; then all variables go."""
        last = len(self.tasks) - 1
        alive: dict[int, None] = {}
        for k, task in enumerate(self.tasks):
            stop = k == last
            dying = [] if stop else self.dying[k]
            forward.run_task(task, dying, stop=stop)
            if not stop or task.saves_what_it_makes:
                alive.update(dict.fromkeys(task.results))
            for value in dying:
                alive.pop(value)
        forward.forget_values(alive)
        forward.unpacked.update({task: forward.saved.pop(task, []) for task in self.tasks})
        self._hand_over(forward)

    def _hand_over(self, forward: Forward) -> None:
        """The arguments go with the first task that saves: it is the last to be used."""
        first = next(task for task in self.tasks if _saves_tensor(task))
        forward.saved[first] = [forward.storages[value] for value in self.held]


def _saves_tensor(task: Task) -> bool:
    return bool(task.ways and (task.saves or task.extras))


class Checkpoints:
    """The segments of a step, as its backward pass meets them from the last to the first."""

    __slots__ = ("forward", "waiting")

    def __init__(self, forward: Forward, segments: list[Segment]) -> None:
        self.forward = forward
        saving = [segment for segment in segments if segment.tasks]
        self.waiting = sorted(saving, key=lambda segment: segment.end)

    def enter_task(self, position: int, task: Task) -> None:
        """The first task that asks for a saved tensor makes its segment run again."""
        if self.waiting and position < self.waiting[-1].end and (task.saves or task.extras):
            self.waiting.pop().run_again(self.forward)
