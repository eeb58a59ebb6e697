"""Runs tasks forward: results, extras, what is saved, and who dies."""

from collections.abc import Iterable

from convcalc.facts import operators as op
from convcalc.memory.recording import Replay
from convcalc.memory.replay import replay_forward
from convcalc.memory.tape import ACTIVATIONS, Tape
from convcalc.memory.task import Task
from convcalc.memory.workspaces import FORWARD


class Forward:
    """Where each value lives, and what each task saved for its backward pass."""

    __slots__ = ("made", "saved", "storages", "tape", "unpacked")

    def __init__(self, tape: Tape, values: int) -> None:
        self.tape = tape
        self.storages = [-1] * values  # of each value; -1: a parameter, or nowhere now
        self.saved: dict[Task, list[int]] = {}  # storages, a reference to each
        self.made: dict[Task, list[int]] = {}  # storages of recorded calls, by number
        self.unpacked: dict[Task, list[int]] = {}  # recomputed ones, gone when they were used

    def run_task(self, task: Task, dying: list[int], save: bool = True, stop: bool = False) -> None:
        """Allocate what the task makes; then free what it was the last to use.

        `stop`: recomputation ends as soon as the last tensor is saved, which is before the
        operator runs if it saves nothing that it makes.
        """
        tape, storages = self.tape, self.storages
        if task.replay is not None:
            self._run_recorded(task, task.replay, save)
            self.forget_values(dying)
            return
        if task.product and not tape.products:
            tape.products.append(len(tape.events))
        saved: list[int] = []
        temporaries: list[int] = []
        for size, kind, kept, first in task.extras:
            if first:
                (saved if kept else temporaries).append(tape.new_storage(size, kind))
        if not stop or task.saves_what_it_makes:
            self._make_results(task, saved, temporaries)
        if save and task.has_graph:
            older = [storages[value] for value in task.saves if storages[value] >= 0]
            for storage in older:
                tape.references[storage] += 1
            if older or saved:
                self.saved[task] = older + saved  # in the order in which a node lets go of them
        else:
            temporaries += saved
        if temporaries:
            tape.drop_all(temporaries)
        if dying:
            self.forget_values(dying)

    def _run_recorded(self, task: Task, replay: Replay, save: bool) -> None:
        tape, storages = self.tape, self.storages
        made = replay_forward(tape, replay)
        for value, place in zip(task.results, replay.results, strict=True):
            storage = (
                made[int(place)]
                if place.isdigit()
                else storages[task.taken[place]]
                if task.taken.get(place, -1) >= 0
                else -1
            )
            storages[value] = storage
            if storage >= 0:
                tape.references[storage] += 1
        keeping = save and task.has_graph
        for k, storage in enumerate(made):
            if not keeping or (str(k) in replay.results and str(k) not in replay.keeps):
                tape.drop_reference(storage)
                made[k] = -1
        if keeping:
            held = [storages[value] for value in task.saves if storages[value] >= 0]
            for storage in held:
                tape.references[storage] += 1
            self.made[task] = made
            self.saved[task] = held + [storage for storage in made if storage >= 0]

    def _make_results(self, task: Task, saved: list[int], temporaries: list[int]) -> None:
        tape = self.tape
        if task.result is op.NEW:
            self.storages[task.output] = tape.new_storage(task.size, ACTIVATIONS)
        else:
            self._share_storage(task)
        if task.convolution:
            tape.workspaces.append((len(tape.events), task, FORWARD))
        for size, kind, kept, first in task.extras:
            if not first:
                (saved if kept else temporaries).append(tape.new_storage(size, kind))
        if task.positions >= 0:
            self.storages[task.positions] = saved[-1]
            tape.references[saved[-1]] += 1

    def _share_storage(self, task: Task) -> None:
        storages = self.storages
        storage = storages[task.operands[0]]
        for output in task.results:
            storages[output] = storage
        if storage >= 0:
            self.tape.references[storage] += len(task.results)

    def forget_values(self, values: Iterable[int]) -> None:
        """Drop the references that Python's variables hold."""
        for value in values:
            self.tape.drop_reference(self.storages[value])

    def release_saved(self, task: Task) -> None:
        """Drop what the task saved."""
        saved = self.saved.pop(task, None)
        if saved:
            self.tape.drop_all(saved)


def last_uses(
    tasks: list[Task], first: int, kept: set[int], until: dict[int, int] | None = None
) -> list[list[int]]:
    """The values that die with each task.

    Values below `first`, and those `kept`, outlive the tasks. `until`: values that a
    caller's frame (an enclosing block) holds until the task at that position.
    """
    dying: list[list[int]] = [[] for _ in tasks]
    for value, position in (until or {}).items():
        dying[position].append(value)
    seen = kept.union(until or ())
    for task, deaths in zip(reversed(tasks), reversed(dying), strict=True):
        for value in task.results:
            if value not in seen:
                seen.add(value)
                deaths.append(value)
        for value in (*task.operands, *task.held) if task.held else task.operands:
            if value >= first and value not in seen:
                seen.add(value)
                deaths.append(value)
    return dying
