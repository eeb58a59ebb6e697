"""A network's operators as tasks over numbered values, with sizes in bytes.

Everything that batch, precision and mode decide is decided here: what is cast, what is
saved, how each gradient arises, and which task uses a value last.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from convcalc import operators as op
from convcalc.facts import LayerFacts
from convcalc.memory.precision import FLOAT_SIZE, Precision

SIZE_OF_INT64 = 8


class Node(Protocol):
    """A layer in its place: what the simulator reads of it."""

    @property
    def name(self) -> str: ...
    @property
    def inputs(self) -> tuple[int, ...]: ...
    @property
    def facts(self) -> LayerFacts: ...
    @property
    def trainable(self) -> bool: ...
    @property
    def scope(self) -> tuple[str, ...]: ...


class Graph(Protocol):
    """A network whose shapes are known; node 0 is the input image."""

    @property
    def nodes(self) -> Sequence[Node]: ...
    @property
    def outputs(self) -> tuple[int, ...]: ...


class Way(NamedTuple):
    """How the gradient of an operand arises, in bytes.

    `made` is the tensor that backward makes (0: the output's gradient is handed on, or
    sliced), `final` what it becomes by a sum or a cast (0: it stays).
    """

    value: int
    made: int
    final: int = 0
    dense: bool = True
    scratch: int = 0


class Task:
    """One operator, ready to run: operands and results are numbers of values."""

    __slots__ = ("extras", "node", "operands", "output", "parts", "result", "saves", "size",
                 "ways")

    def __init__(self, node: int, operands: tuple[int, ...], output: int, size: int) -> None:
        self.node = node
        self.operands = operands
        self.output = output
        self.size = size  # bytes of the result
        self.result = op.NEW
        self.parts: tuple[int, ...] = ()
        self.extras: tuple[tuple[int, str, bool, bool], ...] = ()  # bytes, kind, saved, first
        self.saves: tuple[int, ...] = ()  # values
        self.ways: tuple[Way, ...] = ()  # in the order of computation; none: no backward

    @property
    def saves_what_it_makes(self) -> bool:
        """Whether the operator must run before everything that it saves exists."""
        return self.output in self.saves or any(
            kept and not first for _, _, kept, first in self.extras
        )


class Values:
    """Elements, bytes of each, and need of a gradient, by number of the value."""

    __slots__ = ("counts", "items", "needs", "permanent")

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.items: list[int] = []
        self.needs: list[bool] = []
        self.permanent = 0  # the first values are the images and parameters

    def new(self, count: int, item: int, needs: bool) -> int:
        """Number a value of `count` elements for the whole batch, `item` bytes each."""
        self.counts.append(count)
        self.items.append(item)
        self.needs.append(needs)
        return len(self.counts) - 1

    def size(self, value: int) -> int:
        """Bytes of a value."""
        return self.counts[value] * self.items[value]


class Lowering:
    """Turns nodes into tasks, one after the other."""

    def __init__(self, precision: Precision, batch: int, training: bool, masks_are_noise: bool):
        self.precision = precision
        self.batch = batch
        self.training = training
        self.masks_are_noise = masks_are_noise
        self.values = Values()
        self.tasks: list[Task] = []
        self.parts: dict[int, tuple[int, ...]] = {}  # of a value that is a split
        self.cached: dict[int, int] = {}  # a parameter's cast, kept until autocast ends
        self._node = 0

    def node(self, number: int, node: Node, inputs: list[int], parameters: list[int]) -> int:
        """Append a node's tasks; gives the value that is its output."""
        results: list[int] = []
        for operator in node.facts.operators:
            operands = [inputs[k] if k >= 0 else results[k] for k in operator.inputs]
            operands += [parameters[k] for k in operator.parameters]
            results.append(self.operator(operator, operands, number))
        return results[-1] if results else inputs[0]

    def operator(self, operator: op.Operator, operands: list[int], node: int) -> int:
        """Append an operator's tasks; gives the value that is its result."""
        self._node = node
        if operator.result == op.PART:
            return self.parts[operands[0]][operator.parts[0]]
        if operator.training_only and not self.training:
            return operands[0]
        values = self.values
        if self.precision.half:
            item = self._autocast(operator.autocast, operands)
        else:
            item = values.items[operands[0]]
        needs = self.training and any([values.needs[v] for v in operands])
        if operator.result == op.NEW:
            count = operator.elements * self.batch
        else:
            count = values.counts[operands[0]]
        output = values.new(count, item, needs)
        task = Task(self._node, tuple(operands), output, count * item)
        task.result = operator.result
        if operator.parts:
            self._split(operator, task, item, needs)
        if operator.extras:
            task.extras = self._extras(operator, item, needs)
        if needs:
            task.saves = self._saves(operator, task)
            task.ways = self._ways(operator, task)
        self.tasks.append(task)
        return output

    def _split(self, operator: op.Operator, task: Task, item: int, needs: bool) -> None:
        counts = [part * self.batch for part in operator.parts]
        task.parts = tuple(self.values.new(count, item, needs) for count in counts)
        self.parts[task.output] = task.parts

    def _extras(
        self, operator: op.Operator, item: int, needs: bool
    ) -> tuple[tuple[int, str, bool, bool], ...]:
        mask = item if self.masks_are_noise else 1
        sizes = (item, self.precision.statistic, SIZE_OF_INT64, mask)
        return tuple(
            ((extra.per_image * self.batch + extra.per_batch) * sizes[extra.dtype], extra.kind,
             extra.saved, extra.first)
            for extra in operator.extras
            if (needs or not extra.for_gradient) and (self.training or not extra.training_only)
        )

    def _saves(self, operator: op.Operator, task: Task) -> tuple[int, ...]:
        needs, operands = self.values.needs, task.operands
        return tuple(
            [operands[operand] if operand >= 0 else task.output
             for operand, wanted_by in operator.saves
             if wanted_by < 0 or needs[operands[wanted_by]]]
        )

    def _ways(self, operator: op.Operator, task: Task) -> tuple[Way, ...]:
        needs, gradients = self.values.needs, operator.gradients
        ways = []
        for k, operand in enumerate(task.operands):
            if needs[operand]:
                how = gradients[k] if k < len(gradients) else op.FULL
                scratch = operator.scratch[k] if k < len(operator.scratch) else 0
                if how != op.NOTHING:
                    ways.append(self._way(how, operand, task, scratch))
        return tuple(reversed(ways)) if operator.last_first else tuple(ways)

    def _way(self, how: int, operand: int, task: Task, scratch: int) -> Way:
        values = self.values
        size, item = values.size(operand), values.items[operand]
        if how == op.FULL:
            return Way(operand, size, scratch=scratch)
        if how == op.SLICED or task.result in (op.VIEW, op.PARTS):
            return Way(operand, 0 if how == op.SLICED or task.result == op.VIEW else size,
                       dense=how != op.SLICED)
        same = values.counts[operand] == values.counts[task.output]
        changed = 0 if same and item == values.items[task.output] else size
        return Way(operand, task.size if how == op.PRODUCT else 0, changed, scratch=scratch)

    def _autocast(self, rule: int, operands: list[int]) -> int:
        """Cast the operands as autocast does; gives the bytes of a value of the result."""
        items = self.values.items
        if rule == op.FOLLOW:
            return items[operands[0]]
        if rule == op.MIXED:
            return max(items[v] for v in operands)
        if rule == op.WIDEST:
            item = max(items[v] for v in operands)
        else:
            item = self.precision.half if rule == op.HALF else FLOAT_SIZE
        for k in reversed(range(len(operands))):  # arguments are evaluated from the last
            if items[operands[k]] != item:
                operands[k] = self._cast(operands[k], item)
        return item

    def _cast(self, value: int, item: int) -> int:
        if value in self.cached:
            return self.cached[value]
        values = self.values
        output = values.new(values.counts[value], item, values.needs[value])
        task = Task(self._node, (value,), output, values.size(output))
        if self.training and values.needs[value]:
            task.ways = (Way(value, values.size(value)),)
        self.tasks.append(task)
        if 0 < value < values.permanent and values.needs[value]:
            self.cached[value] = output
        return output
