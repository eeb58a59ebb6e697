"""What PyTorch does with the memory for each call of a traced model, as it is observed.

The traced graph runs once forward and backward on fake tensors of a CPU, at two batches. A
dispatch mode writes down every storage that is made and when it dies; hooks on autograd's nodes
say where a call's backward pass begins and ends, what gradients it is given and which it gives.
"""

import operator
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, UntypedStorage, fx, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.autograd.graph import saved_tensors_hooks
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map_only
from torch.utils.flop_counter import flop_registry

from convcalc.facts.layer_facts import BATCH_FOLDED
from convcalc.facts.operators.recorded import COPIED, NO_GRADIENT, RecordedCall, RecordedSize
from convcalc.models.importers.torch_edits import edited, shown, value_before, whole_of
from convcalc.models.importers.torch_types import LETTERS
from convcalc.text.errors import ConvcalcError

ACCUMULATE = "AccumulateGrad"
WRITTEN = "modified by an inplace operation"

Raw = tuple[Any, ...]


class Differs(Exception):
    """The logs at two batches are not of one form."""


class Observed(NamedTuple):
    """A call with its record; `takes` are the names of the tensors that it was given."""

    takes: tuple[str, ...]
    record: RecordedCall
    macs: int
    image: tuple[tuple[int, ...], int]  # its sizes; where the batch stands
    part: int = 0  # which result, where there are several


class Span:
    """The part of the log that a call has: positions, and who is who."""

    def __init__(self) -> None:
        self.forward = (0, 0)
        self.backward: tuple[int, int] = (0, 0)
        self.takes: list[str] = []
        self.storages: list[int] = []  # of the operands
        self.results: list[tuple[int, int, str]] = []  # storage, elements, type
        self.shapes: list[tuple[int, ...]] = []  # of the results
        self.saved: set[int] = set()  # storages
        self.released: list[tuple[int, int]] = []  # positions at which saved storages are let go
        self.given: dict[int, int] = {}  # storage of each result's gradient
        self.sends: list[tuple[str, int]] = []
        self.handed: list[tuple[str, int]] = []  # operands that are results, and which
        self.edges: list[str] = []  # what gradients would be sent to
        self.macs = 0
        self.alone: Raw = ([], [])  # forward without gradients: events, and the results' places


class StorageLog(TorchDispatchMode):  # type: ignore[misc]  # torch is not typed here
    """Every storage that is made, and its death, in order of time."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[int] = []  # n: made, ~n: gone
        self.sizes: list[tuple[int, str]] = []  # elements and type
        self.alive: dict[int, tuple[StorageWeakRef, int]] = {}
        self.flops = 0  # as FlopCounterMode counts; that would take operators apart to do so

    def number_of(self, tensor: Tensor) -> int:
        """The number of a tensor's storage, which may be new."""
        storage = tensor.untyped_storage()
        reference = StorageWeakRef(storage)
        found = self.alive.get(reference.cdata)
        if found is not None and not found[0].expired():
            return found[1]
        number = len(self.sizes)
        letter = LETTERS[tensor.dtype]
        self.sizes.append((storage.nbytes() // tensor.element_size(), letter))
        self.alive[reference.cdata] = (reference, number)
        self.events.append(number)
        return number

    def sweep(self) -> None:
        """Write down what has died."""
        for key in list(filter(UntypedStorage._expired, self.alive)):
            self.events.append(~self.alive.pop(key)[1])

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.sweep()
        kwargs = kwargs or {}
        result = func(*args, **kwargs)
        for each in tree_leaves(result):
            if isinstance(each, Tensor):
                self.number_of(each)
        if count := flop_registry.get(func._overloadpacket):
            self.flops += count(*args, **kwargs, out_val=result)
        return result


class Observer:
    """Runs a graph once."""

    def __init__(self, owned: dict[str, Tensor]) -> None:
        self.owned = owned  # parameters and buffers by the names of placeholders
        self.log = StorageLog()
        self.spans: dict[str, Span] = {}
        self.made_by: dict[tuple[Any, int], str] = {}  # values by autograd node and output
        self.hooked: set[Any] = set()
        self.learned: dict[str, int] = {}  # storages of parameters' .grad, by name

    def run(self, nodes: list[fx.Node], batch: list[Tensor]) -> None:
        """Forward, the losses' sum, and backward."""
        with self.log:
            outputs = self._run_nodes(nodes, batch, "")
            loss = _loss(outputs)
            outputs.clear()
            if loss.requires_grad:  # not where nothing learns
                _run_backward(loss)

    def _run_nodes(self, nodes: list[fx.Node], given: list[Any], prefix: str) -> list[Any]:
        """The results of a graph; a value goes after its last use."""
        values: dict[fx.Node, Any] = {}
        last = {each: node for node in nodes for each in node.all_input_nodes}
        inputs = iter(given)
        outputs: list[Any] = []
        for node in nodes:
            if node.op == "placeholder":
                known = None if prefix else self.owned.get(node.name)
                values[node] = known if known is not None else next(inputs)
            elif node.op == "get_attr":
                held = getattr(node.graph.owning_module, str(node.target), None)
                inner = isinstance(held, fx.GraphModule)
                values[node] = held if inner else self.owned[node.name]
            elif node.op == "output":
                outputs = [values[each] for each in node.all_input_nodes]
            elif inner_graph := _inner_graph(node, values):
                taken = [values[e] for e in node.args if isinstance(e, fx.Node)]
                taken = [each for each in taken if each is not inner_graph]
                grads = "set_grad_enabled" not in str(node.target) or bool(node.args[0])
                with torch.set_grad_enabled(grads and torch.is_grad_enabled()):
                    values[node] = self._run_nodes(
                        list(inner_graph.graph.nodes), taken, f"{prefix}{node.name}."
                    )
            else:
                values[node] = self._call(node, values, prefix)
            if isinstance(values.get(node), Tensor) and node.op in ("placeholder", "get_attr"):
                self.log.number_of(values[node])
            for each in node.all_input_nodes:
                if last[each] is node:
                    values.pop(each, None)
        return outputs

    def _call(self, node: fx.Node, values: dict[fx.Node, Any], prefix: str) -> Any:
        if node.target is edited:
            return values[value_before(node)]
        if node.target is shown:
            return self._show_again(node, values, prefix)
        if not isinstance(node.target, torch._ops.OpOverload):
            result = values[node.args[0]][node.args[1]]  # getitem
            if isinstance(result, Tensor) and result.grad_fn is not None:
                self.made_by[result.grad_fn, result.output_nr] = prefix + node.name
            return result
        whole = whole_of(node)
        name = prefix + (whole or node).name
        span = self.spans[name] = Span()
        taken = dict.fromkeys([*node.all_input_nodes, *([value_before(whole)] if whole else [])])
        tensors = [each for each in taken if isinstance(values[each], Tensor)]
        span.takes = [prefix + each.name for each in tensors]
        log = self.log
        log.sweep()
        span.storages = [log.number_of(values[each]) for each in tensors]
        histories = [(values[each].grad_fn, values[each].output_nr) for each in tensors]
        first = torch.autograd._get_sequence_nr()
        start = len(log.events)
        args, kwargs = _arguments_of(node, values)
        mutable = node.target._schema.is_mutable  # it may work on a view
        watched = saved_tensors_hooks(partial(self._hides, span), _itself)
        before = log.flops
        with watched if mutable else nullcontext():
            result = node.target(*args, **kwargs)
        span.macs = (log.flops - before) // 2 or _attention_macs(node, args, result)
        operands = [values[each] for each in tensors]
        del args, kwargs
        log.sweep()
        span.forward = (start, len(log.events))
        results = [each for each in tree_leaves(result) if isinstance(each, Tensor)]
        if whole:
            results = [values[value_before(whole)]]
        span.results = [(log.number_of(r), r.numel(), LETTERS[r.dtype]) for r in results]
        span.shapes = [tuple(each.shape) for each in results]
        if not mutable:
            span.alone = _run_alone(node.target, *_arguments_of(node, values), operands)
            log.sweep()
        self._hook(name, span, results, histories, first)
        return result

    def _hides(self, span: Span, tensor: Tensor) -> Tensor:
        """What an operator on a view keeps is not to be seen in autograd's node."""
        span.saved.add(self.log.number_of(tensor))
        return tensor

    def _show_again(self, node: fx.Node, values: dict[fx.Node, Any], prefix: str) -> Any:
        """A view of what was changed, with the history that autograd made for it then."""
        whole, result = node.args[0], values[value_before(node)]
        span = self.spans[prefix + node.name] = Span()
        span.takes, span.storages = [prefix + whole.name], [self.log.number_of(values[whole])]
        self.log.sweep()
        span.forward = (len(self.log.events),) * 2
        span.results = [(self.log.number_of(result), result.numel(), LETTERS[result.dtype])]
        span.shapes = [tuple(result.shape)]
        history = (values[whole].grad_fn, values[whole].output_nr)
        self._hook(prefix + node.name, span, [result], [history], 0)
        return result

    def _hook(self, name: str, span: Span, results: list[Tensor],
              histories: list[tuple[Any, int]], first: int) -> None:  # fmt: skip
        """Watch the autograd nodes that a call has made; `histories` its operands had before."""
        sinks = {each.grad_fn: k for k, each in enumerate(results) if each.grad_fn is not None}
        for taken, history in zip(span.takes, histories, strict=True):
            for k, each in enumerate(results):
                same = (each.grad_fn, each.output_nr) == history
                if same and each.grad_fn is not None:  # without a node of its own
                    span.handed.append((taken, k))
        own: set[Any] = set()
        pending = list(sinks)
        while pending:
            node = pending.pop()
            if node is None or node in own or node in self.hooked:
                continue
            if ACCUMULATE in node.name() or node._sequence_nr() < first:
                continue
            own.add(node)
            pending += [each for each, _ in node.next_functions]
            for each, number in node.next_functions:
                if each is not None and ACCUMULATE in each.name() and each not in self.hooked:
                    self.hooked.add(each)
                    learned = self._taken((each, number))
                    each.register_hook(self._learns(each.variable, learned))
        for each in results:
            if each.grad_fn in own:
                self.made_by[each.grad_fn, each.output_nr] = name
        saved = {node: self._saved_by(node) for node in own}
        keepers = Counter(storage for storages in saved.values() for storage in storages)
        span.saved.update(keepers)
        for node in own:
            self.hooked.add(node)
            edges = (edge for edge in node.next_functions if edge[0] is not None)
            span.edges += [self._taken(edge) for edge in edges if edge[0] not in own]
            node.register_prehook(self._before(span, node, sinks, results))
            node.register_hook(self._after(span, node, own, saved[node], keepers))

    def _saved_by(self, node: Any) -> set[int]:
        """The storages that a node of the graph keeps."""
        names = (n for n in dir(node) if n.startswith("_saved_") or n == "saved_tensors")
        held = tree_leaves([getattr(node, name) for name in names])
        return {self.log.number_of(each) for each in held if isinstance(each, Tensor)}

    def _before(
        self, span: Span, node: Any, sinks: dict[Any, int], results: list[Tensor]
    ) -> Callable[..., None]:
        numbers = {each.output_nr: k for k, each in enumerate(results) if each.grad_fn is node}

        def before(gradients: tuple[Tensor | None, ...]) -> None:
            self.log.sweep()
            for output, gradient in enumerate(gradients):
                if gradient is not None and output in numbers:
                    span.given[numbers[output]] = self.log.number_of(gradient)
            if not span.backward[1]:
                span.backward = (len(self.log.events), 0)

        return before

    def _after(
        self, span: Span, node: Any, own: set[Any], saved: set[int], keepers: Counter[int]
    ) -> Callable[..., None]:
        edges = node.next_functions

        def after(found: tuple[Tensor | None, ...], _: Any) -> None:
            self.log.sweep()
            for gradient, edge in zip(found, edges, strict=False):
                if gradient is not None and edge[0] is not None and edge[0] not in own:
                    span.sends.append((self._taken(edge), self.log.number_of(gradient)))
            span.backward = (span.backward[0], len(self.log.events))
            for storage in saved:  # the engine does so as soon as the hooks have run
                keepers[storage] -= 1
                if not keepers[storage]:
                    span.released.append((len(self.log.events), storage))

        return after

    def _learns(self, parameter: Tensor, name: str) -> Callable[..., None]:
        def learns(*_: Any) -> None:
            self.log.sweep()
            if parameter.grad is not None:
                self.learned[name] = self.log.number_of(parameter.grad)

        return learns

    def _taken(self, edge: tuple[Any, int]) -> str:
        """The operand that an edge leads to."""
        node, _ = edge
        if ACCUMULATE in node.name():
            return next((name for name, held in self.owned.items() if held is node.variable), "")
        return self.made_by.get(edge, "")


def _run_backward(loss: Tensor) -> None:
    try:
        loss.backward()
    except RuntimeError as error:
        if WRITTEN not in str(error):
            raise
        what = str(error).split(" is at version")[0].partition("operation: ")[2].rstrip(",")
        raise ConvcalcError(
            f"PyTorch refuses to train it: what the backward pass needs is {WRITTEN}: {what}",
            "write into a copy, as `y = y.clone()` makes one, or without `_` and `+=`",
        ) from None


def _itself(tensor: Tensor) -> Tensor:
    return tensor


def _arguments_of(node: fx.Node, values: dict[fx.Node, Any]) -> tuple[Any, Any]:
    """What a node's operator is called with, on a CPU whatever the trace says."""
    given = fx.map_arg((node.args, dict(node.kwargs)), values.__getitem__)
    args, kwargs = tree_map_only(torch.device, lambda _: torch.device("cpu"), given)
    return args, kwargs


def _run_alone(target: Any, args: Any, kwargs: Any, operands: list[Tensor]) -> Raw:
    """What an operator does in its forward pass where nothing needs a gradient."""
    with torch.no_grad(), StorageLog() as log:
        places = {log.number_of(each): f"t{k}" for k, each in reversed([*enumerate(operands)])}
        start = len(log.events)
        result = target(*args, **kwargs)
        log.sweep()
        span = (start, len(log.events))
        results = [log.number_of(each) for each in tree_leaves(result) if isinstance(each, Tensor)]
        made: dict[int, str] = {}
        events = list(_segment(log, span, places, made))
    return events, [places.get(each) or made.get(each, "?") for each in results]


def _attention_macs(node: fx.Node, args: Any, result: Any) -> int:
    """Of attention's kernel on a CPU, which torch's counter does not know: scores and values."""
    if node.target is not torch.ops.aten.scaled_dot_product_attention.default:
        return 0
    query, key, *_ = args
    return int(query.shape[:-1].numel() * key.shape[-2] * (query.shape[-1] + result.shape[-1]))


def _inner_graph(node: fx.Node, values: dict[fx.Node, Any]) -> fx.GraphModule | None:
    """The graph of what runs under torch.no_grad() or autocast inside of forward."""
    held = (values.get(each) for each in node.all_input_nodes)
    return next((each for each in held if isinstance(each, fx.GraphModule)), None)


def _loss(outputs: list[Tensor]) -> Tensor:
    """The sum of cross entropies over axis 1; the mean of an output of rank 1.

    Whole and complex numbers have neither.
    """
    losses = []
    for each in filter(Tensor.is_floating_point, outputs):
        if each.ndim > 1:
            size = (each.shape[0], *each.shape[2:])
            labels = torch.zeros(size, dtype=torch.int64)
            losses.append(nn.functional.cross_entropy(each, labels))
        else:
            losses.append(each.mean())
    total = losses[0] if losses else torch.zeros(())
    for each in losses[1:]:
        total = total + each
    return total


class Graph(NamedTuple):
    """A graph to run: its nodes, what the module owns, and the sizes of a batch of inputs."""

    nodes: list[fx.Node]
    owned: dict[str, Tensor]
    inputs: list[tuple[int, ...]]


def observe_graphs(graphs: list[Graph], batches: list[int]) -> dict[str, Any]:
    """The records of all calls, by the names of their nodes; None where a batch twice as large
    takes more or less than twice the memory, as that of scores between all images does.

    Raises:
        Differs: the logs at the two batches are not of one form.
    """
    spans = []
    for graph in graphs:
        with warnings.catch_warnings(), FakeTensorMode(allow_non_fake_inputs=True):
            warnings.simplefilter("ignore")
            owned = _fakes(graph.owned)
            observer = Observer(owned)
            batch = [torch.randn(size) for size in graph.inputs]
            observer.run(graph.nodes, batch)
        spans.append(observer)
    names = [list(each.spans) for each in spans]
    if names[0] != names[1]:
        raise Differs
    found: dict[str, Any] = {}
    unlike: list[str] = []
    images = {}
    for name in names[0]:
        raw = [_raw_record(each.spans[name], each.log, each.learned) for each in spans]
        try:
            record = _linear(raw, batches)
        except Differs:
            unlike.append(name)
            continue
        first, second = (each.spans[name] for each in spans)
        images[name] = [
            _image_sizes(a, b, batches[0]) for a, b in zip(first.shapes, second.shapes, strict=True)
        ] or [((), 0)]  # a call that only checks something
        macs = first.macs // batches[0]
        found[name] = Observed(tuple(first.takes), record, macs, images[name][0])
    for node in graphs[0].nodes:
        if node.target is operator.getitem:
            whole, index = node.args
            if isinstance(whole, fx.Node) and whole.name in found:
                part = int(str(index))
                found[node.name] = found[whole.name]._replace(
                    part=part, image=images[whole.name][part]
                )
    found.update(dict.fromkeys(unlike))
    return found


def _image_sizes(
    shape: tuple[int, ...], other: tuple[int, ...], batch: int
) -> tuple[tuple[int, ...], int]:
    """The sizes for one image, without the axis that the batch is, and which that is.

    Where the batch is a factor of an axis, the sizes have that with its share. `other` is the
    shape at another batch.
    """
    axis = next((k for k, (a, b) in enumerate(zip(shape, other, strict=True)) if a != b), None)
    if axis is None:
        return shape, 0
    before, after = shape[:axis], shape[axis + 1 :]
    if shape[axis] == batch:
        return (*before, *after), axis
    return (*before, shape[axis] // batch, *after), BATCH_FOLDED


def _fakes(owned: dict[str, Tensor]) -> dict[str, Tensor]:
    made: dict[int, Tensor] = {}
    for each in owned.values():
        if id(each) not in made:
            empty = torch.empty_strided(each.shape, each.stride(), dtype=each.dtype, device="cpu")
            parameter = isinstance(each, nn.Parameter)
            made[id(each)] = nn.Parameter(empty, each.requires_grad) if parameter else empty
    return {name: made[id(each)] for name, each in owned.items()}


def _raw_record(span: Span, log: StorageLog, learned: dict[str, int]) -> Raw:
    """A span as places and counts of elements, for its own batch."""
    places = {storage: f"t{k}" for k, storage in reversed(list(enumerate(span.storages)))}
    made: dict[int, str] = {}
    forward = list(_segment(log, span.forward, places, made))
    results = [(places.get(s) or made.get(s, "?"), count, kind) for s, count, kind in span.results]
    keeps = [places.get(s) or made.get(s, "?") for s in sorted(span.saved)]
    backward: list[Any] = []
    sends: list[tuple[str, str]] = []
    sends += [(name, f"g{k}") for name, k in span.handed]
    if span.backward[1] or span.sends:
        given = {storage: f"g{k}" for k, storage in span.given.items()}
        operands = [(position, places[e]) for position, e in span.released if e in places]
        backward = list(_segment(log, span.backward, given, made, operands))
        for name, storage in span.sends:
            kept = learned.get(name, _summed(storage, log.events[slice(*span.backward)]))
            if kept in made:  # the copy, made before the call's backward pass was over
                sends.append((name, made[kept]))
            else:
                copied = COPIED * (kept != storage)
                sends.append((name, copied + (given.get(storage) or made.get(storage, "?"))))
        sends = list(dict.fromkeys(sends))
    else:
        sends += [(name, NO_GRADIENT) for name in span.edges]
    alone: Raw = span.alone
    if _without_last_frees(alone[0]) == _without_last_frees(forward):
        alone = ([], []) if alone[1] == [place for place, *_ in results] else alone
    return forward, results, keeps, backward, sends, *alone


def _without_last_frees(events: list[Any]) -> list[Any]:
    """Events up to the last that makes something: what is freed behind it is freed at the end."""
    made = [k for k, event in enumerate(events) if not isinstance(event, str)]
    return events[: made[-1] + 1] if made else []


def _summed(storage: int, events: list[int]) -> int:
    """The sum that a gradient has become part of within a call, or the gradient itself."""
    while ~storage in events:
        before = [each for each in events[: events.index(~storage)] if each >= 0]
        if not before or before[-1] == storage:
            break
        storage = before[-1]
    return storage


def _segment(
    log: StorageLog,
    span: tuple[int, int],
    known: dict[int, str],
    made: dict[int, str],
    released: list[tuple[int, str]] | None = None,
) -> Iterator[Any]:
    """The events of a span; `released` are operands that are let go before a position."""
    waiting = released or []
    for position in range(*span):
        event = log.events[position]
        if event >= 0:
            yield from (place for before, place in waiting if before <= position)
            waiting = [each for each in waiting if each[0] > position]
            made[event] = str(len(made))
            yield log.sizes[event]
        elif ~event in made or (~event in known and known[~event][0] == "g"):
            yield made.get(~event) or known[~event]


def _linear(raw: list[Raw], batches: list[int]) -> RecordedCall:
    """One record of two: every count linear in the batch."""

    def size(one: tuple[int, str], two: tuple[int, str]) -> RecordedSize:
        per_image, rest = divmod(two[0] - one[0], batches[1] - batches[0])
        if rest or one[1] != two[1] or per_image < 0:
            raise Differs
        fixed = one[0] - per_image * batches[0]
        if fixed < 0:
            raise Differs
        return RecordedSize(per_image, fixed, one[1])

    def events(one: list[Any], two: list[Any]) -> tuple[Any, ...]:
        if len(one) != len(two):
            raise Differs
        pairs = zip(one, two, strict=True)
        if any(isinstance(a, str) != isinstance(b, str) or (isinstance(a, str) and a != b)
               for a, b in zip(one, two, strict=True)):  # fmt: skip
            raise Differs
        return tuple(a if isinstance(a, str) else size(a, b) for a, b in pairs)

    first, second = raw
    if [r[0] for r in first[1]] != [r[0] for r in second[1]]:
        raise Differs
    results = tuple((a[0], size(a[1:], b[1:])) for a, b in zip(first[1], second[1], strict=True))
    if first[2] != second[2] or first[4] != second[4] or first[6] != second[6]:
        raise Differs
    return RecordedCall(
        (), events(first[0], second[0]), results, tuple(first[2]),
        events(first[3], second[3]), tuple(first[4]), events(first[5], second[5]), tuple(first[6]),
    )  # fmt: skip
