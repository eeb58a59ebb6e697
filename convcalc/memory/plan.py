"""A network lowered for one setup: tasks, lifetimes, checkpointed segments."""

from collections.abc import Iterator, Sequence
from math import prod

from convcalc.facts.layer_facts import BATCH_FOLDED, LayerFacts
from convcalc.facts.operators import ConvolutionKind
from convcalc.facts.setup import BYTES
from convcalc.memory.checkpoint import Segment
from convcalc.memory.forward import last_uses
from convcalc.memory.graph import Graph, GraphNode
from convcalc.memory.loss import append_loss
from convcalc.memory.lowering import Lowering
from convcalc.memory.precision import Precision
from convcalc.memory.tape import BUFFERS, PARAMETERS, Requests
from convcalc.memory.task import Task
from convcalc.memory.workspaces import Operands, Three, Workspace, WorkspaceRule

Span = tuple[int, int]  # first and last, both included
Scopes = frozenset[tuple[str, ...]]


class Plan:
    """Everything that one training or inference step needs to know."""

    def __init__(
        self,
        graph: Graph,
        batch: int,
        precision: Precision,
        training: bool,
        on_cpu: bool,
        checkpoint: Scopes,
        release: str,
    ) -> None:
        self.lowering = Lowering(precision, batch, training, on_cpu, release)
        self.tasks = self.lowering.tasks
        self.values = self.lowering.values
        self.trainable: list[int] = []  # values of the parameters that learn
        # Bytes and kinds of parameters and buffers, as Module.to() moves them: layer by layer.
        self.registered: list[tuple[int, str]] = []
        self.node_values: list[int] = []
        self.node_ends: list[int] = []  # tasks up to and with each node
        self._lower_nodes(graph.nodes, precision)
        self.outputs = [self.node_values[k] for k in graph.outputs]
        maps = [_label_sizes(graph.nodes[k].facts, batch) for k in graph.outputs]
        self.labels = [prod(sizes) for sizes in dict.fromkeys(maps) if sizes]
        classified = [(k, sizes is not None) for k, sizes in zip(self.outputs, maps, strict=True)]
        self.loss = append_loss(self.lowering, classified, len(graph.nodes)) if training else -1
        if training:
            _mark_dead_ends(self.tasks, self.loss)
        self.shared = _used_often(self.tasks, self.values.permanent) if training else {}
        self.casts = set(self.lowering.cached.values())
        self.attributes = self._held_values(graph.held, forever=True)  # to the next pass, by node
        kept = {*self.outputs, *self.casts, self.loss, *self.attributes}
        until = {} if training or graph.traced else self._held_by_frames(graph.nodes)
        until |= self._held_values(graph.held)
        until = {value: end for value, end in until.items() if value not in kept}
        self.dying = last_uses(self.tasks, self.values.permanent, kept, until)
        self.dead_ends = _dead_ends(self.tasks, self.dying)  # by the positions at which they go
        self.segments = dict(self._checkpoint_segments(graph.nodes, checkpoint)) if training else {}

    def _lower_nodes(self, nodes: Sequence[GraphNode], precision: Precision) -> None:
        values, item, batch = self.values, precision.size, self.lowering.batch
        self.images = {
            number: values.new_value(node.facts.output.elements * batch, item, False)
            for number, node in enumerate(nodes)
            if not node.inputs
        }
        own = [self._register_parameters(node, item) for node in nodes]
        for number, node in enumerate(nodes):
            if node.shares is not None:
                own[number] = own[node.shares]
        values.permanent = len(values.counts)
        for number, node in enumerate(nodes):
            if number in self.images:
                self.node_values.append(self.images[number])
                self.node_ends.append(len(self.tasks))
                continue
            inputs = [self.node_values[k] for k in node.inputs]
            self.node_values.append(self.lowering.lower_node(number, node, inputs, own[number]))
            self.node_ends.append(len(self.tasks))

    def _register_parameters(self, node: GraphNode, item: int) -> list[int]:
        facts, numbers = node.facts, []
        for parameter in facts.parameters:
            width = BYTES.get(parameter.dtype, item)
            number = self.values.new_value(parameter.elements, width, node.trainable)
            self.registered.append((parameter.elements * width, PARAMETERS))
            if node.trainable:
                self.trainable.append(number)
            numbers.append(number)
        for buffer in facts.buffers:
            self.registered.append((buffer.bytes_at(item), BUFFERS))
            numbers.append(self.values.new_value(buffer.elements, item, False))
        return numbers

    def workspace_requests(
        self, requests: Requests, rule: WorkspaceRule
    ) -> list[tuple[int, Workspace]]:
        """What cuDNN asks for under a rule, by position on a tape."""
        found: dict[Task, Three] = {}
        known: dict[tuple[ConvolutionKind, Operands], Three] = {}  # convolutions are often alike
        for _, task, _ in requests:
            if task not in found:
                what = task.convolution, self._cudnn_operands(task)
                found[task] = known.get(what) or known.setdefault(what, rule.workspaces_of(*what))
        return [(position, found[task][which]) for position, task, which in requests]

    def _cudnn_operands(self, task: Task) -> Operands:
        values, batch = self.values, self.lowering.batch
        volume, weight, *_ = task.operands
        result = values.size_of(task.output) // batch
        item = values.items[task.output]
        return Operands(values.size_of(volume) // batch, values.size_of(weight), result, item)

    def _held_by_frames(self, nodes: Sequence[GraphNode]) -> dict[int, int]:
        """A block's inputs live until it returns: its caller's frame holds them.

        Source: docs/internals.md, Inference: `x = self.layer1(x)`.
        """
        until: dict[int, int] = {}
        for first, last in block_spans(nodes):
            position = self.node_ends[last] - 1
            for node in nodes[first : last + 1]:
                for k in node.inputs:
                    value = self.node_values[k]
                    if k < first and value >= self.values.permanent:
                        until[value] = max(position, until.get(value, -1))
        return until

    def _held_values(
        self, held: Sequence[tuple[int, int]], forever: bool = False
    ) -> dict[int, int]:
        """Values that Python's variables hold, and the positions of the last tasks meanwhile;
        those that are held to the next pass, and their nodes.
        """
        found: dict[int, int] = {}
        for node, last in held:
            value, end = self.node_values[node], self.node_ends[last] - 1
            if (last < 0) == forever and value >= self.values.permanent:
                found[value] = node if forever else max(end, found.get(value, 0))
        return found

    def _checkpoint_segments(
        self, nodes: Sequence[GraphNode], scopes: Scopes
    ) -> Iterator[tuple[int, Segment]]:
        """Segments by the position of their first task."""
        end = 0
        for first, last in block_spans(nodes, scopes) if scopes else ():
            if first >= end:
                start, stop = self.node_ends[first - 1], self.node_ends[last]
                yield (
                    start,
                    Segment(self.tasks[start:stop], start, self.values.permanent, self.casts),
                )
                end = last + 1


def _label_sizes(facts: LayerFacts, batch: int) -> tuple[int, ...] | None:
    """The sizes of an output's labels: its own without axis 1, that of the classes.

    None where it has no such axis, and adds its mean to the loss.
    """
    first, *others = facts.output.in_torch or (None,)
    if first is None:
        return None
    if facts.batch_axis == BATCH_FOLDED:
        return (batch * first, *others[1:])
    if facts.batch_axis == 1:
        return (first, *others)
    return (first, batch, *others[1:]) if facts.batch_axis else (batch, *others)


def _used_often(tasks: Sequence[Task], permanent: int) -> dict[int, int]:
    """Parameters whose gradient arises in several places, and in how many."""
    uses: dict[int, int] = {}
    for task in tasks:
        for way in task.ways:
            if way.value < permanent:
                uses[way.value] = uses.get(way.value, 0) + 1
    return {value: count for value, count in uses.items() if count > 1}


def block_spans(nodes: Sequence[GraphNode], wanted: Scopes | None = None) -> list[Span]:
    """Runs of nodes in each block, outer blocks before inner ones at the same start."""
    open_at: list[int] = []
    path: tuple[str, ...] = ()
    found: list[Span] = []
    for number, scope in enumerate([*(node.scope for node in nodes), ()]):
        common = 0
        while common < min(len(path), len(scope)) and path[common] == scope[common]:
            common += 1
        for depth in range(len(path) - 1, common - 1, -1):
            if wanted is None or path[: depth + 1] in wanted:
                found.append((open_at[depth], number - 1))
        open_at = open_at[:common] + [number] * (len(scope) - common)
        path = scope
    return sorted(found, key=lambda span: (span[0], -span[1]))


def _mark_dead_ends(tasks: list[Task], loss: int) -> None:
    """Say of what does not lead to the loss that no gradient comes back to it."""
    reached = {loss}
    for task in reversed(tasks):
        if task.output in reached or not reached.isdisjoint(task.parts):
            reached.update(way.value for way in task.ways)
        elif task.ways:
            task.ways, task.dead_end = (), True


def _dead_ends(tasks: list[Task], dying: list[list[int]]) -> dict[int, list[Task]]:
    """Tasks by the position at which the last value goes whose graph they are a part of."""
    dead = [task for task in reversed(tasks) if task.dead_end]
    if not dead:
        return {}
    ends = {value: position for position, values in enumerate(dying) for value in values}
    found: dict[int, list[Task]] = {}
    for task in dead:
        end = max(ends.get(value, 0) for value in (task.output, *task.parts))
        found.setdefault(end, []).append(task)
        for value in task.operands:
            ends[value] = max(end, ends.get(value, 0))
    return found
