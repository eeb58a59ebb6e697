"""The loss: the sum of the outputs' cross entropies, in order.

`F.cross_entropy(out[0], y) + F.cross_entropy(out[1], y) + ...`, each log_softmax and
nll_loss; an output of a number an image adds its mean.
Source: docs/internals.md, Saved for backward and The step.
"""

from convcalc.facts.operators import FOLLOW, RESULT, STATISTICS, TO_FLOAT32, Operator, Save
from convcalc.memory.lowering import Lowering
from convcalc.memory.precision import FLOAT_SIZE
from convcalc.memory.task import Task, Way

LOG_SOFTMAX = Operator("log_softmax", saves=(Save(RESULT),))


def append_loss(lowering: Lowering, outputs: list[tuple[int, bool]], node: int) -> int:
    """Append the loss's tasks; gives the value of the loss.

    `outputs` are values, and whether they have an axis of classes.
    """
    total = -1
    for output, classified in outputs:
        one = _cross_entropy if classified else _mean
        loss = one(lowering, output, node)
        total = loss if total < 0 else _sum_losses(lowering, total, loss, node)
    return total


def _mean(lowering: Lowering, output: int, node: int) -> int:
    values = lowering.values
    item, needs = values.items[output], values.needs[output]
    mean = Task(node, (output,), values.new_value(1, item, needs), item)
    if needs:
        mean.ways = (Way(output, values.size_of(output)),)
    lowering.tasks.append(mean)
    return mean.output


def _cross_entropy(lowering: Lowering, output: int, node: int) -> int:
    values = lowering.values
    log_softmax = LOG_SOFTMAX._replace(
        elements=values.counts[output] // lowering.batch,
        autocast=TO_FLOAT32 if lowering.on_cpu else FOLLOW,
    )
    probabilities = lowering.lower_operator(log_softmax, [output], node)
    if lowering.precision.half and values.items[probabilities] < FLOAT_SIZE:
        probabilities = lowering.cast_value(probabilities, FLOAT_SIZE)
    item, needs = values.items[probabilities], values.needs[probabilities]
    loss = Task(node, (probabilities,), values.new_value(1, item, needs), item)
    loss.extras = ((item, STATISTICS, True, False),)  # the sum of the weights
    if needs:
        loss.saves = (probabilities,)
        loss.ways = (Way(probabilities, values.size_of(probabilities)),)
    if lowering.on_cpu:  # there autocast casts for cross_entropy as a whole
        loss.held = lowering.tasks[-1].operands
    lowering.tasks.append(loss)
    return loss.output


def _sum_losses(lowering: Lowering, left: int, right: int, node: int) -> int:
    values = lowering.values
    item = values.items[left]
    task = Task(node, (left, right), values.new_value(1, item, values.needs[left]), item)
    task.ways = tuple(Way(value, 0) for value in (left, right) if values.needs[value])
    lowering.tasks.append(task)
    return task.output
