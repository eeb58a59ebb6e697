"""A network's operators as tasks over numbered values, with sizes in bytes.

Everything that batch, precision and mode decide is decided here: what is cast, what is
saved, how each gradient arises, and which task uses a value last.
"""

from convcalc.facts import operators as op
from convcalc.facts.operators.recorded import (
    COPIED,
    INTEGERS,
    NO_GRADIENT,
    RecordedCall,
    RecordedSize,
)
from convcalc.facts.setup import OWN, PRESENT_RELEASE
from convcalc.memory.graph import GraphNode
from convcalc.memory.precision import FLOAT_SIZE, Precision
from convcalc.memory.recording import Replay
from convcalc.memory.task import Task, Values, Way

SIZE_OF_INT64 = 8
NUMBER = RecordedSize(0, 1, OWN)


class Lowering:
    """Turns nodes into tasks, one after the other."""

    def __init__(
        self,
        precision: Precision,
        batch: int,
        training: bool,
        on_cpu: bool,
        release: str = PRESENT_RELEASE,
    ):
        self.precision = precision
        self.batch = batch
        self.training = training
        self.on_cpu = on_cpu
        self.release = release  # of PyTorch
        self.values = Values()
        self.tasks: list[Task] = []
        self.parts: dict[int, tuple[int, ...]] = {}  # of a value that is a split
        self.splits: dict[tuple[int, tuple[int, ...]], int] = {}  # of a value, into sizes
        self.cached: dict[int, int] = {}  # a parameter's cast, kept until autocast ends
        self.typed: set[int] = set()  # values of a type that is not the network's
        self.numbers: set[int] = set()  # values without an axis, which widen nothing
        self.recorded: dict[object, tuple[int, ...]] = {}  # results of a call with several
        self._node = 0

    def lower_node(
        self, number: int, node: GraphNode, inputs: list[int], parameters: list[int]
    ) -> int:
        """Append a node's tasks; gives the value that is its output."""
        results: list[int] = []
        start = len(self.tasks)
        for operator in node.facts.operators:
            operands = [inputs[k] if k >= 0 else results[k] for k in operator.inputs]
            own = [parameters[k] for k in operator.parameters]
            operands = own + operands if operator.parameters_first else operands + own
            held = tuple([results[k] for k in operator.holds])
            results.append(self.lower_operator(operator, operands, number, held))
        if len(self.tasks) > start + 1:  # the layer's frame holds its arguments
            self.tasks[-1].held += tuple(inputs)
        return results[-1] if results else inputs[0]

    def lower_operator(
        self, operator: op.Operator, operands: list[int], node: int, held: tuple[int, ...] = ()
    ) -> int:
        """Append an operator's tasks; gives the value that is its result."""
        self._node = node
        if operator.recorded is not None:
            return self._lower_recorded(operator, operator.recorded, operands, held)
        if operator.result is op.PART:
            return self.parts[operands[0]][operator.parts[0]]
        if (operands[0], operator.parts) in self.splits:
            return self.splits[operands[0], operator.parts]
        if operator.training_only and not self.training:
            return operands[0]
        if operator.takes_positions:
            operands[1] = self._positions_of(operands[1])
        values = self.values
        if self.precision.half:
            item = self._cast_operands(operator.autocast, operands)
        else:
            item = values.items[operands[0]]
        given = operands[0]
        if operator.asks and given in values.layouts:
            self._make_contiguous(operator.asks, operands)
        needs = self.training and any(values.needs[v] for v in operands)
        if operator.result is op.NEW or (operator.result is op.VIEW and operator.elements):
            count = operator.elements * self.batch
        else:
            count = values.counts[operands[0]]
        output = values.new_value(count, item, needs)
        size = max(count, operator.storage * self.batch) * item
        task = Task(self._node, tuple(operands), output, size)
        task.result = operator.result
        lasts = values.channels_last
        if operator.channels_last or (lasts and operands[0] in lasts):
            lasts.add(output)
        if operator.result is not op.NEW:
            self._lay_out(operator.layout, operands[0], (output,))
        if operator.parts:
            self._lower_split(operator, task, item, needs)
        if operator.extras:
            task.extras = self._extra_tensors(operator, item, needs)
        if needs:
            task.saves = self._saved_values(operator, task)
            task.ways = self._gradient_ways(operator, task, item)
        task.held = held
        task.product = operator.product
        if operator.convolution and not self.on_cpu:
            self._use_cudnn(operator.convolution, task, item)
        self.tasks.append(task)
        if operands[0] == given:  # what is copied for reshape is no view
            return self._followed_view(task)
        return output

    def _positions_of(self, pooled: int) -> int:
        """The value of the positions of the maxima that a pooling has kept."""
        task = next(task for task in self.tasks if task.output == pooled)
        if task.positions < 0:
            count = self.values.counts[pooled]
            task.positions = self.values.new_value(count, SIZE_OF_INT64, False)
            task.results += (task.positions,)
        return task.positions

    def _followed_view(self, task: Task) -> int:
        """The result of a task, where that is a view: what works in place on one is written to
        its base, and the view made anew.

        Source: CopySlices of torch/csrc/autograd/functions/tensor.cpp, and the AsStrided node that
        VariableHooks::grad_fn makes. Backward scatters the view's gradient into one of the base's
        size, copies that, and clones the part that the operator itself is given.
        """
        values, shown, output = self.values, task.operands[0], task.output
        base, whole = values.bases.get(shown) or (shown, values.size_of(shown))
        if task.result is op.VIEW or task.parts:
            values.bases.update(dict.fromkeys((output, *task.parts), (base, whole)))
        if task.result is not op.IN_PLACE or shown not in values.bases:
            return output
        if not task.ways:
            values.bases[output] = (base, whole)
            return output
        part = values.size_of(output)
        ways: list[Way] = []
        copies: tuple[int, ...] = (part,)
        for way in task.ways:
            if way.value != shown and not way.made:
                way, copies = way._replace(made=part), ()  # it is handed the clone
            ways.append(way)
        for k, way in enumerate(ways):
            if way.value == shown:
                scratch = (*copies, *way.scratch, *((part,) if way.made else ()))
                ways[k] = Way(base, whole, scratch=scratch)
        task.ways = tuple(ways)
        again = values.new_value(values.counts[output], values.items[output], True)
        values.bases[again] = (output, whole)  # what works on it next comes before this task
        strided = Task(self._node, (output,), again, part)
        strided.result = op.VIEW
        strided.ways = (Way(output, whole),)
        self.tasks.append(strided)
        return again

    def _lower_recorded(
        self,
        operator: op.Operator,
        recorded: RecordedCall,
        operands: list[int],
        held: tuple[int, ...],
    ) -> int:
        """A call as it was observed; calls for its other results take it as it is."""
        (index,) = operator.parts
        known = (tuple(operands), recorded) if len(recorded.results) > 1 else None
        if known in self.recorded:
            return self._place_recorded(operator, self.recorded[known][index])
        values = self.values
        item = self._cast_recorded(operator.autocast, operands)
        if operator.autocast is op.TO_FLOAT32:
            recorded = self._without_cast(recorded, operands, item)
        taken = dict(zip(recorded.takes, _taken_values(recorded, operands), strict=True))
        sent = [(taken[operand], place) for operand, place in recorded.sends]
        wanted = [(v, place) for v, place in sent if v >= 0 and values.needs[v]]
        needs = self.training and bool(wanted)
        if not needs:
            recorded = recorded.without_gradients
        results = tuple(
            values.new_value(
                size.count_at(self.batch),
                size.item_bytes(values.items[taken[place]] if taken.get(place, -1) >= 0 else item),
                needs and size.dtype not in INTEGERS,
            )
            for place, size in recorded.results
        )
        for value, (_, size) in zip(results, recorded.results, strict=True):
            if size.dtype != OWN:
                self.typed.add(value)
            if size == NUMBER:
                self.numbers.add(value)
        task = Task(self._node, tuple(operands), results[0], values.size_of(results[0]))
        task.held = held
        task.taken = taken
        sends: list[str] = []
        if known:
            task.parts = task.results = results
        if needs:
            task.saves = tuple(taken[p] for p in recorded.keeps if taken.get(p, -1) >= 0)
            wanted = [(value, place) for value, place in wanted if place != NO_GRADIENT]
            task.dead_end = not wanted
            sends = [place.removeprefix(COPIED) for _, place in wanted]
            half = self.precision.half  # else what is cast was recorded
            task.ways = tuple(
                Way(
                    value,
                    values.size_of(value),
                    final=values.size_of(value) if half and sent != values.items[value] else 0,
                    copied=place.startswith(COPIED),
                )
                for (value, place), sent in zip(
                    wanted, self._gradient_items(recorded, sends, results, item), strict=True
                )
            )
        task.replay = Replay.of_call(recorded, sends, self.batch, item)
        self.tasks.append(task)
        if not operator.name.endswith("_"):  # what works in place shows no base of its own
            self._show_bases(recorded, operands, results)
        if known:
            self.recorded[known] = results
        return self._place_recorded(operator, results[index])

    def _place_recorded(self, operator: op.Operator, result: int) -> int:
        """The result of a recorded call, which lies as it was seen to."""
        if operator.channels_last:
            self.values.channels_last.add(result)
        if operator.layout:
            self.values.layouts[result] = operator.layout
        return result

    def _cast_recorded(self, rule: op.AutocastRule, operands: list[int]) -> int:
        """Cast a call's operands as autocast does; gives the bytes of a value that it makes."""
        items = self.values.items
        places = [k for k, value in enumerate(operands) if value not in self.typed]
        if not places:
            return self.precision.size
        if not self.precision.half or rule is op.FOLLOW:
            return items[operands[places[0]]]
        if rule is op.MIXED:
            wide = [operands[k] for k in places if operands[k] not in self.numbers]
            return max(items[value] for value in wide or [operands[places[0]]])
        if rule is op.INTO_FLOAT32 or (rule is op.TO_FLOAT32 and self.precision.half_to_float):
            return FLOAT_SIZE
        item = FLOAT_SIZE
        if rule is op.HALF:
            item = self.precision.half
        elif rule is op.PROMOTED:
            item = max(items[operands[k]] for k in places)
        for k in reversed(places):  # arguments are evaluated from the last
            if items[operands[k]] != item:
                operands[k] = self.cast_value(operands[k], item)
        return item

    def _without_cast(self, recorded: RecordedCall, operands: list[int], item: int) -> RecordedCall:
        """A softmax that reads 16 bits and makes float32 makes its gradient of 16 bits, too."""
        if self.values.items[operands[0]] == item:
            return recorded
        events = recorded.backward
        halves = [e._replace(dtype="h") if isinstance(e, RecordedSize) else e for e in events]
        return recorded._replace(backward=tuple(halves))

    def _gradient_items(
        self, recorded: RecordedCall, sends: list[str], results: tuple[int, ...], item: int
    ) -> list[int]:
        """Bytes of a value of each gradient as it is sent, by its place."""
        made = recorded.storages
        return [
            self.values.items[results[int(place[1:])]]
            if place.startswith("g")
            else made[int(place)].item_bytes(item)
            for place in sends
        ]

    def _show_bases(
        self, recorded: RecordedCall, operands: list[int], results: tuple[int, ...]
    ) -> None:
        """Results that live where an operand does are views of it."""
        values = self.values
        taken = dict(zip(recorded.takes, _taken_values(recorded, operands), strict=True))
        for (place, _), result in zip(recorded.results, results, strict=True):
            shown = taken.get(place, -1)
            if shown >= values.permanent:
                values.bases[result] = values.bases.get(shown) or (shown, values.size_of(shown))

    def _use_cudnn(self, kind: op.ConvolutionKind, task: Task, item: int) -> None:
        """PyTorch has kernels of its own for a filter a channel, but for half precision without
        a stride; they make the weight's gradient before the input's
        (ATen/native/Convolution.cpp, ATen/native/cuda/DepthwiseConv2d.cu).
        """
        task.convolution = kind
        if kind is op.DEPTHWISE_STRIDED or (kind is op.DEPTHWISE and item >= FLOAT_SIZE):
            rank = {task.operands[1]: 0, task.operands[0]: 1}
            task.ways = tuple(sorted(task.ways, key=lambda way: rank.get(way.value, 2)))

    def _lay_out(self, layout: op.Layout, of: int, views: tuple[int, ...]) -> None:
        """Views lie as they were cut, or as what they were cut out of."""
        layouts = self.values.layouts
        lies = max(layout, layouts.get(of, op.WHOLE))
        if lies:
            layouts.update(dict.fromkeys(views, lies))

    def _make_contiguous(self, asks: op.LayoutNeed, operands: list[int]) -> None:
        """Copy the first operand where it lies otherwise than is asked for."""
        if asks is op.CONTIGUOUS_ONCE and self.release != PRESENT_RELEASE:
            return
        lies = self.values.layouts[operands[0]]
        in_rows = lies is not op.SCATTERED
        whole = lies is op.PER_IMAGE and self.batch == 1
        if not (in_rows if asks is op.ROWS else whole):
            operands[0] = self._copy_value(operands[0])

    def _copy_value(self, value: int) -> int:
        values = self.values
        output = values.new_value(values.counts[value], values.items[value], values.needs[value])
        task = Task(self._node, (value,), output, values.size_of(output))
        if self.training and values.needs[value]:
            task.ways = (Way(value, 0),)
        self.tasks.append(task)
        return output

    def _lower_split(self, operator: op.Operator, task: Task, item: int, needs: bool) -> None:
        counts = [part * self.batch for part in operator.parts]
        task.parts = tuple(self.values.new_value(count, item, needs) for count in counts)
        task.results = task.parts
        self._lay_out(operator.layout, task.output, task.parts)
        self.parts[task.output] = task.parts
        self.splits[task.operands[0], operator.parts] = task.output

    def _extra_tensors(
        self, operator: op.Operator, item: int, needs: bool
    ) -> tuple[tuple[int, str, bool, bool], ...]:
        return tuple(
            (
                self._extra_bytes(extra, item),
                extra.kind,
                extra.saved,
                extra.first or extra.dtype is op.MASK,
            )
            for extra in operator.extras
            if (needs or not extra.for_gradient) and (self.training or not extra.training_only)
        )

    def _extra_bytes(self, extra: op.Extra, item: int) -> int:
        mask = item if self.on_cpu else 1
        sizes = (item, self.precision.statistic, SIZE_OF_INT64, mask, 1)
        return (extra.per_image * self.batch + extra.per_batch) * sizes[extra.dtype]

    def _saved_values(self, operator: op.Operator, task: Task) -> tuple[int, ...]:
        needs, operands = self.values.needs, task.operands
        return tuple(
            [
                operands[operand] if operand >= 0 else self._saved_value(operand, task)
                for operand, wanted_by in operator.saves
                if wanted_by < 0 or needs[operands[wanted_by]]
            ]
        )

    def _saved_value(self, what: int, task: Task) -> int:
        return task.output if what == op.RESULT else self.values.new_value(0, 0, False)

    def _gradient_ways(self, operator: op.Operator, task: Task, item: int) -> tuple[Way, ...]:
        needs, gradients = self.values.needs, operator.gradients
        ways = []
        reorders = operator.reorders and task.operands[0] in self.values.channels_last
        between = tuple([self._extra_bytes(extra, item) for extra in operator.between])
        widens = operator.autocast is op.INTO_FLOAT32
        idle = sum([not needs[v] for v in task.operands]) if operator.joint else 0
        for k, operand in enumerate(task.operands):
            if needs[operand]:
                how = gradients[k] if k < len(gradients) else op.FULL
                count = operator.scratch[k] if k < len(operator.scratch) else operator.joint * idle
                scratch = between + (task.size,) * count
                if how is not op.NOTHING:
                    reordered = k == 1 and reorders
                    ways.append(self._gradient_way(how, operand, task, scratch, reordered, widens))
        if operator.last_first:
            task.last_first = True
            ways.reverse()
        return tuple(ways)

    def _gradient_way(
        self,
        how: op.GradientKind,
        operand: int,
        task: Task,
        scratch: tuple[int, ...],
        reordered: bool,
        widens: bool,
    ) -> Way:
        values = self.values
        size, item = values.size_of(operand), values.items[operand]
        if how is op.FULL:
            copied = reordered and operand < values.permanent
            made = values.counts[operand] * values.items[task.output] if widens else size
            final = size if made != size else 0
            return Way(operand, made, final, scratch=scratch, copied=copied)
        if how is op.RESIZED:
            return Way(operand, max(size, task.size))
        always = how in (op.SUMMED, op.SUMMED_PRODUCT)  # over a batch of 1 too
        same = values.counts[operand] == values.counts[task.output] and not always
        if task.result is op.PARTS or (task.result is op.VIEW and same):
            return Way(operand, 0)
        if how is op.SLICED:
            same = True
        of_result = values.items[task.output]
        changed = 0 if same and item == of_result else size
        between = 0 if same or item == of_result else values.counts[operand] * of_result
        made = task.size if how in (op.PRODUCT, op.SUMMED_PRODUCT) else 0
        return Way(operand, made, changed, between, how is not op.SLICED or changed > 0, scratch)

    def _cast_operands(self, rule: op.AutocastRule, operands: list[int]) -> int:
        """Cast the operands as autocast does; gives the bytes of a value of the result."""
        items = self.values.items
        if rule is op.FOLLOW:
            made = [v for v in operands if v >= self.values.permanent]
            return items[(made or operands)[0]]
        if rule is op.MIXED:
            return max(items[v] for v in operands)
        if rule is op.WIDENED:
            return max(items[operands[0]], self.precision.size)
        if rule is op.INTO_FLOAT32 or (rule is op.TO_FLOAT32 and self.precision.half_to_float):
            return FLOAT_SIZE
        item = self.precision.half if rule is op.HALF else FLOAT_SIZE
        for k in reversed(range(len(operands))):  # arguments are evaluated from the last
            if items[operands[k]] != item:
                operands[k] = self.cast_value(operands[k], item)
        return item

    def cast_value(self, value: int, item: int) -> int:
        """Append a cast to `item` bytes a value; gives what it makes, or made before."""
        if value in self.cached:
            return self.cached[value]
        values = self.values
        output = values.new_value(values.counts[value], item, values.needs[value])
        task = Task(self._node, (value,), output, values.size_of(output))
        if self.training and values.needs[value]:
            task.ways = (Way(value, values.size_of(value)),)
        self.tasks.append(task)
        if 0 < value < values.permanent and values.needs[value]:
            self.cached[value] = output
        return output


def _taken_values(recorded: RecordedCall, operands: list[int]) -> list[int]:
    """The values that a record's operands are, -1 for what is fixed."""
    inputs = sum(place.startswith("i") for place in recorded.takes)
    first = {"i": 0, "p": inputs}
    return [
        operands[first[place[0]] + int(place[1:])] if place != "b" else -1
        for place in recorded.takes
    ]
