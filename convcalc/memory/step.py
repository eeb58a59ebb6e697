"""One micro-batch: forward, loss and backward as a tape."""

from convcalc.memory.autograd import Backward
from convcalc.memory.checkpoint import Checkpoints
from convcalc.memory.forward import Forward
from convcalc.memory.plan import Plan
from convcalc.memory.tape import BATCH, TEMPORARIES, Tape

SIZE_OF_LABEL = 8  # int64


class Step:
    """A tape, and the positions in it that matter."""

    __slots__ = (
        "attributes",
        "backward_start",
        "batch",
        "forward_ends",
        "forward_stop",
        "gradients",
        "held",
        "in_place",
        "keepers",
        "loss",
        "loss_stop",
        "outputs",
        "plan",
        "spans",
        "tape",
    )

    def __init__(self, plan: Plan, in_place: bool, accumulating: bool) -> None:
        self.plan = plan
        self.in_place = in_place
        self.tape = tape = Tape()
        images = list(plan.images.values())
        self.batch = [tape.number_storage(plan.values.size_of(value), BATCH) for value in images]
        for labels in plan.labels:
            self.batch.append(tape.number_storage(labels * SIZE_OF_LABEL, BATCH))
        self.gradients = [0 if accumulating else -1] * plan.values.permanent
        forward = Forward(tape, len(plan.values.counts))
        for value, storage in zip(images, self.batch, strict=False):
            forward.storages[value] = storage
        self.attributes: list[tuple[int, int]] = []  # events up to one, and its storage
        self.forward_ends = self._run_forward(forward)  # events up to the end of each node
        self.forward_stop = len(tape.events)
        self.outputs = [forward.storages[value] for value in dict.fromkeys(plan.outputs)]
        self.loss = -1
        self.spans: list[tuple[int, int]] = []  # node, events up to the end of its backward
        if plan.loss >= 0:
            self._forward_loss(forward)
        self.loss_stop = len(tape.events)
        forward.forget_values(plan.casts)  # autocast's cache is emptied
        self.held, self.keepers = _held_by_node(forward)
        if plan.loss >= 0 and plan.labels and plan.values.needs[plan.loss]:  # nll_loss saves them
            self.held[len(plan.node_ends)] += self.batch[len(images) :]
        self.backward_start = len(tape.events)
        if plan.loss >= 0:
            self._run_backward(forward)

    def _run_forward(self, forward: Forward) -> list[int]:
        plan, tape = self.plan, self.tape
        ends, position = [], 0
        segment_end, opened = 0, None
        for node, end in enumerate(plan.node_ends):
            tape.node = node
            segment = plan.segments.get(position)
            if segment and end > position:
                segment_end, opened = segment.end, segment
                segment.hold_arguments(forward)
            while position < end:
                save = position >= segment_end
                forward.run_task(plan.tasks[position], plan.dying[position], save)
                for task in plan.dead_ends.get(position, ()):
                    forward.release_saved(task)
                position += 1
                if opened and position == segment_end:
                    opened.drop_arguments(forward)
                    opened = None
            ends.append(len(tape.events))
            self._hold_attributes(forward, node)
        return ends

    def _hold_attributes(self, forward: Forward, node: int) -> None:
        """What the module itself holds until the next pass makes it anew."""
        for value, maker in self.plan.attributes.items():
            storage = forward.storages[value]
            others = (*self.batch, *(held for _, held in self.attributes))
            if maker == node and storage >= 0 and storage not in others:
                self.attributes.append((len(self.tape.events), storage))

    def _forward_loss(self, forward: Forward) -> None:
        plan = self.plan
        start = plan.node_ends[-1]
        self.tape.node = len(plan.node_ends)
        for task, dying in zip(plan.tasks[start:], plan.dying[start:], strict=True):
            forward.run_task(task, dying)
        self.loss = forward.storages[plan.loss]

    def _run_backward(self, forward: Forward) -> None:
        """`loss.backward()` holds the gradient of the loss, which is 1, until it returns."""
        plan, tape = self.plan, self.tape
        if not plan.values.needs[plan.loss]:
            return
        engine = Backward(tape, plan.values, forward, self.in_place, self.gradients)
        engine.awaited = dict(plan.shared)
        one = tape.new_storage(plan.values.size_of(plan.loss), TEMPORARIES)
        tape.references[one] += 1
        engine.buffers[plan.loss] = (one, True)
        checkpoints = Checkpoints(forward, list(plan.segments.values()))
        for position in reversed(range(len(plan.tasks))):
            task = plan.tasks[position]
            if task.node != tape.node:
                self.spans.append((tape.node, len(tape.events)))
                tape.node = task.node
            if plan.segments:
                checkpoints.enter_task(position, task)
            engine.run_task(task)
        self.spans.append((tape.node, len(tape.events)))
        tape.drop_reference(one)


def _held_by_node(forward: Forward) -> tuple[dict[int, list[int]], dict[int, list[int]]]:
    """Storages saved for backward, under the node that saved them first; and for each node those
    others that had saved what it saves too.
    """
    held: dict[int, list[int]] = {}
    keepers: dict[int, list[int]] = {}
    first: dict[int, int] = {}
    for task, saved in forward.saved.items():
        for storage in saved:
            if storage not in first:
                first[storage] = task.node
                held.setdefault(task.node, []).append(storage)
            elif first[storage] != task.node:
                keepers.setdefault(task.node, []).append(first[storage])
    return held, keepers
