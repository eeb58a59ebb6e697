"""Runs tasks backward: gradients, their sums, and the release of what was saved.

Order and lifetimes are those of torch/csrc/autograd/engine.cpp: nodes in reverse order of
creation; a node's gradients are all made, then the gradient of its output goes, then what
it saved, then each gradient is sent to its producer, and parameters' gradients become
`.grad`.
"""

from convcalc.memory.forward import Forward
from convcalc.memory.recording import Replay
from convcalc.memory.replay import replay_backward
from convcalc.memory.tape import GRADIENTS, TEMPORARIES, Tape
from convcalc.memory.task import Task, Values, Way
from convcalc.memory.workspaces import OF_INPUT, OF_WEIGHT

Gradient = tuple[int, bool]  # storage; whether it is dense, so that it can be added to


class Backward:
    """The engine's input buffers, and the gradients of the parameters."""

    __slots__ = (
        "awaited",
        "buffers",
        "forward",
        "gradients",
        "in_place",
        "permanent",
        "tape",
        "values",
    )

    def __init__(
        self, tape: Tape, values: Values, forward: Forward, in_place: bool, gradients: list[int]
    ) -> None:
        self.tape = tape
        self.values = values
        self.forward = forward
        self.in_place = in_place  # branch gradients are summed in place where possible
        self.gradients = gradients  # storage of each parameter's .grad by value; -1: none
        self.permanent = len(gradients)
        self.buffers: dict[int, Gradient] = {}
        self.awaited: dict[int, int] = {}  # gradients to come, of parameters used often

    def run_task(self, task: Task) -> None:
        """One node of the graph, if a gradient has reached it."""
        if task.replay is not None:
            self._run_recorded(task, task.replay)
            return
        storage, dense = self._output_gradient(task)
        if storage < 0:
            self.forward.release_saved(task)
            self.tape.drop_all(self.forward.unpacked.pop(task, []))
            return
        if task.product and len(self.tape.products) == 1:
            self.tape.products.append(len(self.tape.events))
        made = [(way, self._make_gradient(way, storage, task)) for way in task.ways]
        self.tape.drop_all(self.forward.unpacked.pop(task, []))
        if task.last_first:
            made.reverse()
        finals = [(way, self._finish_gradient(way, gradient)) for way, gradient in made]
        self.tape.drop_reference(storage)
        self.forward.release_saved(task)
        leaves = []
        for way, gradient in finals:
            if way.value < self.permanent:
                leaves.append((way, gradient))
            else:
                self.send_gradient(
                    way.value, gradient, way.dense and (dense or gradient != storage)
                )
        if task.product:
            leaves.reverse()  # a product's weight comes by way of its transpose: the bias is first
        for way, gradient in leaves:
            self._accumulate_gradient(way, gradient)

    def _run_recorded(self, task: Task, replay: Replay) -> None:
        """The backward pass of a call as it was observed."""
        arrived = [self.buffers.pop(value, (-1, True))[0] for value in task.results]
        saved = self.forward.saved.pop(task, []) + self.forward.unpacked.pop(task, [])
        made = self.forward.made.pop(task, [])
        if all(storage < 0 for storage in arrived):
            self.tape.drop_all(saved)
            return
        held = [storage for storage in saved if storage not in made]
        kept = {}  # operands that it lets go of while it runs
        for place in task.taken.keys() & set(replay.backward):
            storage = self.forward.storages[task.taken[place]]
            if storage in held:
                held.remove(storage)
                kept[place] = storage
        finals = [way.final for way in task.ways]
        sent = replay_backward(self.tape, made, arrived, replay, finals, kept)
        self.tape.drop_all(held)
        leaves = []
        for way, storage in zip(task.ways, sent, strict=True):
            if way.value < self.permanent:
                leaves.append((way, storage))
            else:
                self.send_gradient(way.value, storage, True)
        for way, storage in leaves:
            if not way.copied:
                self.tape.kinds[storage] = GRADIENTS
            self._accumulate_gradient(way, storage)

    def _output_gradient(self, task: Task) -> Gradient:
        if not task.parts:
            return self.buffers.pop(task.output, (-1, True))
        arrived = [part for part in task.parts if part in self.buffers]
        if not arrived:
            return -1, True
        pieces = [self._part_gradient(part) for part in task.parts]
        whole = self.tape.new_storage(self.values.size_of(task.operands[0]), TEMPORARIES)
        self.tape.drop_all(pieces)
        return whole, True

    def _part_gradient(self, part: int) -> int:
        """The gradient of a part of a split; zeros are made for one that was not used."""
        if part in self.buffers:
            return self.buffers.pop(part)[0]
        return self.tape.new_storage(self.values.size_of(part), TEMPORARIES)

    def _make_gradient(self, way: Way, storage: int, task: Task) -> int:
        tape = self.tape
        if not way.made or task.parts:
            tape.references[storage] += 1
            return storage
        leaf = way.value < self.permanent and not way.final
        kind = GRADIENTS if leaf else TEMPORARIES
        if not way.scratch:
            gradient = tape.new_storage(way.made, kind)
            if task.convolution and way.value in task.operands[:2]:
                which = OF_INPUT if way.value == task.operands[0] else OF_WEIGHT
                tape.workspaces.append((len(tape.events), task, which))
            return gradient
        scratch = [tape.new_storage(size, TEMPORARIES) for size in way.scratch]
        gradient = tape.new_storage(way.made, kind)
        tape.drop_all(scratch[::-1])
        return gradient

    def _finish_gradient(self, way: Way, gradient: int) -> int:
        if not way.final:
            return gradient
        if way.between:
            summed = self.tape.new_storage(way.between, TEMPORARIES)
            self.tape.drop_reference(gradient)
            gradient = summed
        kind = GRADIENTS if way.value < self.permanent else TEMPORARIES
        final = self.tape.new_storage(way.final, kind)
        self.tape.drop_reference(gradient)
        return final

    def send_gradient(self, value: int, storage: int, dense: bool) -> None:
        """Add a gradient to what has arrived for a value.

        Source: InputBuffer::accumulate: in place if nobody else holds the older one and
        it is no strided slice, else a new tensor.
        """
        older = self.buffers.get(value)
        if older is None:
            self.buffers[value] = (storage, dense)
            return
        if self.in_place and older[1] and self.tape.references[older[0]] == 1:
            self.tape.drop_reference(storage)
            return
        total = self.tape.new_storage(self.values.size_of(value), TEMPORARIES)
        self.tape.drop_reference(older[0])
        self.tape.drop_reference(storage)
        self.buffers[value] = (total, True)

    def _accumulate_gradient(self, way: Way, gradient: int) -> None:
        """The first gradient becomes .grad; later ones are added to it.

        What is used in several places waits until all of their gradients are summed.
        """
        parameter = way.value
        if parameter in self.awaited:
            self.awaited[parameter] -= 1
            self.send_gradient(parameter, gradient, True)
            if self.awaited[parameter]:
                return
            gradient = self.buffers.pop(parameter)[0]
        if self.gradients[parameter] < 0:
            if way.copied:
                copy = self.tape.new_storage(way.made, GRADIENTS)
                self.tape.drop_reference(gradient)
                gradient = copy
            self.gradients[parameter] = gradient
        else:
            self.tape.drop_reference(gradient)
