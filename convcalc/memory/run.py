"""Two steps of the reference training loop (or inference) as one tape with phases.

Source: docs/internals.md, The loop: the loop's variables x, y, out and loss hold the older
tensor until the newer one exists.
"""

from typing import NamedTuple

from convcalc.memory.optimizers import Update
from convcalc.memory.plan import Plan
from convcalc.memory.step import Step
from convcalc.memory.tape import BUCKETS, EXTRA, Tape

STEPS = 2  # the second has the optimizer's state from the start: the steady state
MODEL, BATCH, ZERO_GRAD = "model", "batch", "zero_grad"
FORWARD, BACKWARD, OPTIMIZER = "forward", "backward", "optimizer"


class Phase(NamedTuple):
    """A part of a step: events [start, end)."""

    name: str
    step: int
    micro_batch: int
    start: int
    end: int


class Besides(NamedTuple):
    """What is allocated with the model besides it: DDP's buckets, and bytes of the user's own."""

    buckets: bool = False
    extra: int = 0


NOTHING = Besides()


class Run:
    """The whole tape, its phases, and where the last micro-batch lies in it."""

    __slots__ = (
        "_besides",
        "_older",
        "_update",
        "offset",
        "phases",
        "plan",
        "starts",
        "step",
        "tape",
    )

    def __init__(
        self,
        plan: Plan,
        update: Update,
        in_place: bool,
        accumulate: int,
        besides: Besides = NOTHING,
    ) -> None:
        self.plan = plan
        self._besides = besides
        self._update = update
        self.tape = Tape()
        self.phases: list[Phase] = []
        self._older = -1  # offset of the micro-batch before
        self.offset = 0  # of the last micro-batch's storages
        self.starts = (0, 0)  # of its forward and its backward pass, in events
        first = self.step = Step(plan, in_place, accumulating=False)
        later = Step(plan, in_place, accumulating=True) if accumulate > 1 else first
        gradients = [value for value in plan.trainable if first.gradients[value] >= 0]
        sizes = [plan.values.size_of(value) for value in gradients]
        self._allocate_model(sizes)
        kept: list[int] = []  # the gradients' storages
        for number in range(STEPS):
            for micro in range(accumulate):
                step = later if micro else first
                self._fetch_batch(step, number, micro)
                if not micro and plan.loss >= 0:
                    self._zero_grad(kept, number)
                    kept = [first.gradients[value] + self.offset for value in gradients]
                self._run_micro_batch(step, number, micro)
            if plan.loss >= 0:
                start = len(self.tape.events)
                update.update_parameters(self.tape, sizes, first=not number)
                self._mark_phase(OPTIMIZER, number, accumulate - 1, start)

    def _allocate_model(self, sizes: list[int]) -> None:
        tape, plan = self.tape, self.plan
        for size, kind in plan.registered:
            tape.new_storage(size, kind)
        if self._besides.buckets and plan.loss >= 0:
            from convcalc.memory.buckets import ddp_buckets

            for size in ddp_buckets(sizes[::-1]):  # about as gradients become ready
                tape.new_storage(size, BUCKETS)
        if self._besides.extra:
            tape.new_storage(self._besides.extra, EXTRA)
        if plan.loss >= 0 and self._update.optimizer.eager:
            self._update.make_states(tape, sizes)
        self._mark_phase(MODEL, 0, 0, 0)

    def _fetch_batch(self, step: Step, number: int, micro: int) -> None:
        """The next batch, one variable after the other."""
        tape, start = self.tape, len(self.tape.events)
        self.offset = len(tape.sizes)
        tape.sizes += step.tape.sizes
        tape.kinds += step.tape.kinds
        tape.owners += step.tape.owners
        tape.references += step.tape.references
        for storage in step.batch:
            tape.events.append(storage + self.offset)
            self._release_storages([storage])
        self._mark_phase(BATCH, number, micro, start)

    def _zero_grad(self, gradients: list[int], number: int) -> None:
        start = len(self.tape.events)
        self.tape.events += [~storage for storage in dict.fromkeys(gradients)]  # may be shared
        self._mark_phase(ZERO_GRAD, number, 0, start)

    def _run_micro_batch(self, step: Step, number: int, micro: int) -> None:
        """Forward and backward; `out` and `loss` let go of the older tensors."""
        start = len(self.tape.events)
        done = 0
        for position, storage in step.attributes:
            self._copy_events(step, done, position)
            self._release_storages([storage])
            done = position
        self._copy_events(step, done, step.forward_stop)
        held = {*step.batch, *(storage for _, storage in step.attributes)}
        self._release_storages([storage for storage in step.outputs if storage not in held])
        self._copy_events(step, step.forward_stop, step.loss_stop)
        if step.loss >= 0:
            self._release_storages([step.loss])
        self._copy_events(step, step.loss_stop, step.backward_start)
        self._mark_phase(FORWARD, number, micro, start)
        middle = len(self.tape.events)
        if step.loss >= 0:
            self._copy_events(step, step.backward_start, len(step.tape.events))
            self._mark_phase(BACKWARD, number, micro, middle)
        self.step, self.starts = step, (start, middle)
        self._older = self.offset

    def _copy_events(self, step: Step, start: int, end: int) -> None:
        offset, tape, shift = self.offset, self.tape, len(self.tape.events) - start
        tape.workspaces += [
            (position + shift, task, which)
            for position, task, which in step.tape.workspaces
            if start < position <= end
        ]
        if self._older < 0:
            tape.products += [p + shift for p in step.tape.products if start <= p < end]
        tape.events += [
            event + offset if event >= 0 else event - offset
            for event in step.tape.events[start:end]
        ]

    def _release_storages(self, storages: list[int]) -> None:
        """Free what the micro-batch before has left in these variables."""
        if self._older >= 0:
            self.tape.events += [~(storage + self._older) for storage in storages]

    def _mark_phase(self, name: str, step: int, micro: int, start: int) -> None:
        self.phases.append(Phase(name, step, micro, start, len(self.tape.events)))
