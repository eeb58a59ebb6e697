"""A torch module as calls: the graph of operators, before anything is decomposed.

torch.export runs the module's own Python code on tensors without values, so that `if` on
shapes, functional calls and loops are followed; what it gives keeps operators that work in
place, and the module that each stands in. Where it refuses, torch.fx records the same.
"""

import logging
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext, redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

import torch
from torch import fx, nn
from torch.utils._pytree import tree_leaves

from convcalc.facts.operators import WHOLE, Layout, layout_of
from convcalc.facts.setup import OWN, TRAIN
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import (
    BUFFER,
    CONSTANT,
    INTO,
    PARAMETER,
    VALUE,
    Tensor,
    TracedCall,
)
from convcalc.models.importers.call_options import is_one_layer
from convcalc.models.importers.rewrites import DROPOUT
from convcalc.models.importers.torch_edits import (
    edited,
    name_edited_values,
    shown,
    value_before,
    whole_of,
)
from convcalc.models.importers.torch_functions import functions_as_operators
from convcalc.models.importers.torch_lifetimes import (
    FRESH,
    count_kept_in_evaluation,
    observed_lifetimes,
)
from convcalc.models.importers.torch_signature import unfold_forward
from convcalc.models.importers.torch_state import attributes_on_meta, on_meta, unchanged
from convcalc.models.importers.torch_types import LETTERS
from convcalc.models.importers.traced import COUNTER, NEXT, Traced, plain_attributes
from convcalc.text.errors import ConvcalcError

ASSERTION = "_assert"  # torch.export's own operators, which eager code does not run
MAKING = ("index", "index_put", "index_put_", "detach_")  # take constants that none has made yet
AGAIN = "as_strided"  # what autograd shows a view with once its whole was changed
FUSED_IN_EVALUATION = (nn.MultiheadAttention, nn.TransformerEncoderLayer)
FUSED = (
    "Without gradients PyTorch may run attention as one operator, which takes less memory; "
    "torch.backends.mha.set_fastpath_enabled(False) runs what is counted here."
)
OTHERWISE = "In evaluation it runs or keeps other values: `import torch --mode infer` reads those."
BATCH = 2  # batch norm of 1x1 maps refuses a single image


def trace_module(
    module: nn.Module,
    image: Shape | Sequence[Shape],
    source: str,
    whole: frozenset[str],
    mode: str = TRAIN,
) -> Traced:
    """The calls of a module in one of its modes, for a batch of images, or of several inputs.

    `whole` are names of module classes that are one call, with their attributes.

    Raises:
        Exception: whatever the module's forward raises.
    """
    shapes = [image] if isinstance(image, Shape) else list(image)
    sizes = [(BATCH, *shape.in_torch) for shape in shapes]
    module = on_meta(module).train(mode == TRAIN)
    graph = _Graph(module, whole)
    if any(isinstance(each, FUSED_IN_EVALUATION) for each in module.modules()):
        graph.assumed.append(FUSED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.ERROR)  # what torch logs, it raises too
        try:
            with torch.set_grad_enabled(mode == TRAIN):
                graph.read_graph(module, [torch.empty(size, device="meta") for size in sizes])
        finally:
            logging.disable(logging.NOTSET)
        images = [torch.empty(size, device="meta") for size in sizes]
        lifetimes, again = graph.observe_lifetimes(module, images)
        kept = sum(each.until == NEXT for each in lifetimes)
        if mode == TRAIN and not graph.runs_alike(module, images, kept):
            graph.assumed.append(OTHERWISE)
    kinds = {path: type(held).__name__ for path, held in module.named_modules()}
    counts = {name: tensor.numel() for name, tensor in module.named_parameters()}
    first, *more = graph.inputs
    buffers = frozenset(name for name, _ in module.named_buffers())
    return Traced(type(module).__name__, source, first, graph.calls, graph.outputs, kinds,
                  tuple(graph.assumed), counts, tuple(more), buffers, graph.unused_tensors(),
                  graph.positions, lifetimes, again,
                  lambda: _observe_module(module, sizes, whole, graph), mode=mode)  # fmt: skip


@contextmanager
def _with_dead_code() -> Iterator[None]:
    """Calls whose results nothing takes stay in the graph: eager Python runs them."""
    eliminate = fx.Graph.eliminate_dead_code
    fx.Graph.eliminate_dead_code = lambda *_, **__: False
    try:
        yield
    finally:
        fx.Graph.eliminate_dead_code = eliminate


def _observe_module(
    module: nn.Module, sizes: list[tuple[int, ...]], whole: frozenset[str], first: "_Graph"
) -> dict[str, Any]:
    """What each call does with the memory, or nothing where that cannot be observed."""
    from convcalc.models.importers.torch_record import Differs, Graph, observe_graphs

    others = [(BATCH + 1, *size[1:]) for size in sizes]
    second = _Graph(module, whole)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with torch.set_grad_enabled(module.training):
                images = [torch.empty(size, device="meta") for size in others]
                second.read_graph(module, images)
            graphs = [
                Graph(first.nodes, first.held, list(sizes)),
                Graph(second.nodes, second.held, others),
            ]
            return observe_graphs(graphs, [BATCH, BATCH + 1])
    except Differs:
        return {}


class _Graph:
    """The nodes of either tracer as calls."""

    def __init__(self, module: nn.Module, whole: frozenset[str]) -> None:
        self.module = module
        self.whole = whole
        self.owned = {id(p): (name, PARAMETER) for name, p in module.named_parameters()}
        self.owned |= {id(b): (name, BUFFER) for name, b in module.named_buffers()}
        self.values: dict[fx.Node, Any] = {}  # tensors, and tuples of them
        self.inputs: list[Tensor] = []
        self.several = False
        self.calls: list[TracedCall] = []
        self.outputs: list[str] = []
        self.assumed: list[str] = []  # in sentences
        self.prefix = ""  # of the names of values
        self.grouped: dict[str, int] = {}  # calls of modules that are read as a whole
        self.nodes: list[fx.Node] = []
        self.order: list[fx.Node] = []  # the operators, those of inner graphs in their places
        self.positions: dict[str, int] = {}  # of the operators that values come from
        self.results: dict[tuple[int, int], str] = {}  # names of what operators give
        self.held: dict[str, torch.Tensor] = {}  # what the module owns, by the nodes' names
        self.constants: dict[str, Any] = {}  # what forward itself makes of numbers
        self.unseen: set[str] = set()  # autograd functions of the model that are no operators
        self.beside: set[str] = set()  # those that keep tensors otherwise than autograd
        self.inner: set[str] = set()  # values inside of these
        self.training_only: set[int] = set()  # positions of what evaluation may leave out
        self.place: torch.device | None = None  # where forward makes tensors, if that must be said

    def read_graph(self, module: nn.Module, images: list[torch.Tensor]) -> None:
        """Trace by torch.export, or else by torch.fx."""
        self.several = len(images) > 1
        try:
            nodes, names = self._traced_nodes(module, images)
        except Exception as error:
            nodes, names = self._nodes_otherwise(module, images, error)
        self.nodes = list(nodes)
        for node in nodes:
            self._visit_node(node, names)

    def _nodes_otherwise(
        self, module: nn.Module, images: list[torch.Tensor], error: Exception
    ) -> tuple[Any, dict[str, str]]:
        """Once more: on plain tensors, then with what forward makes itself beside the weights."""
        raised = error
        if unfold_forward(module, images):
            try:
                return self._traced_nodes(module, images)
            except Exception as another:
                raised = another
        if "meta" not in str(raised):
            raise error
        attributes_on_meta(module)
        self.place = torch.device("meta")
        try:
            with self.place:
                return self._traced_nodes(module, images)
        except Exception:
            raise error from None

    def _traced_nodes(
        self, module: nn.Module, images: list[torch.Tensor]
    ) -> tuple[Any, dict[str, str]]:
        """The nodes, and what of the module the placeholders are."""
        try:
            printed = StringIO()  # it prints the graph of what it refuses
            talk = redirect_stdout(printed), redirect_stderr(printed)
            with talk[0], talk[1], _with_dead_code(), self._pass_of(module):
                exported = torch.export.export(module, tuple(images), strict=False)
        except Exception as error:
            with self._pass_of(module):
                return _by_fx(module, images, error), {}
        signature = exported.graph_signature
        names = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        lifted = signature.inputs_to_lifted_tensor_constants
        self.constants = dict(exported.constants)
        held = {id(each) for each in tree_leaves([*map(vars, module.modules())])}
        written = [n for n, target in lifted.items() if id(self.constants[target]) not in held]
        _make_constants_fresh(exported.graph, written)
        for inner in exported.graph_module.modules():
            if isinstance(inner, fx.GraphModule):
                name_edited_values(inner.graph)
        return exported.graph.nodes, {**names, **lifted}

    def _visit_node(self, node: fx.Node, names: dict[str, str]) -> None:
        if node.op == "output":
            self.outputs = [self.values[each].name for each in _leaf_nodes(node.args)]
        elif node.op == "placeholder" and node.name in names:
            self.values[node] = self._owned_tensor(self._held_tensor(names[node.name]), node)
        elif node.op == "placeholder":
            name = node.name if self.several else "input"
            self.inputs.append(Tensor(name, tuple(node.meta["val"].shape)))
            self.values[node] = self.inputs[-1]
        elif node.op == "get_attr":
            held = getattr(node.graph.owning_module, str(node.target), None)
            self.values[node] = (
                held if isinstance(held, fx.GraphModule) else self._owned_tensor(held, node)
            )
        elif isinstance(inner := self._inner_graph(node), fx.GraphModule):
            self._enter_graph(inner, node)
        elif not str(getattr(node.target, "_opname", "")).startswith(ASSERTION):
            self._add_call(node)

    def _inner_graph(self, node: fx.Node) -> Any:
        """The graph of what runs under torch.no_grad() or autocast inside of forward."""
        held = [self.values.get(each) for each in node.all_input_nodes]
        return next((graph for graph in held if isinstance(graph, fx.GraphModule)), None)

    def _enter_graph(self, inner: fx.GraphModule, outer: fx.Node) -> None:
        """Its nodes as if they stood here; without gradients its parameters do not learn."""
        values = [self.values[each] for each in outer.args if isinstance(each, fx.Node)]
        given = [value for value in values if value is not inner]
        frozen = "set_grad_enabled" in str(outer.target) and outer.args[0] is False
        what = "without gradients" if frozen else "under autocast of its own"
        self.assumed.append(f"{outer.name} runs {what}: memory may differ there.")
        before, self.prefix = self.prefix, f"{self.prefix}{outer.name}."
        for node in inner.graph.nodes:
            if node.op == "placeholder":
                value = given.pop(0)
                self.values[node] = value._replace(trainable=value.trainable and not frozen)
            elif node.op == "output":
                self.values[outer] = [self.values[each] for each in _leaf_nodes(node.args)]
            else:
                self._visit_node(node, {})
        self.prefix = before

    def unused_tensors(self) -> tuple[Tensor, ...]:
        """All parameters, and the buffers that nothing takes, as the module owns them."""
        idle = {each.name for each in self.nodes if not each.users}
        held = {id(tensor) for name, tensor in self.held.items() if name not in idle}
        found = []
        for path, module in self.module.named_modules():
            own = {n: b for n, b in module._buffers.items() if b is not None}
            if any(id(buffer) in held for buffer in own.values()):
                own = {n: b for n, b in own.items() if n != COUNTER}  # batch norm's, of its steps
            for name, tensor in {**module._parameters, **own}.items():
                kind = PARAMETER if isinstance(tensor, nn.Parameter) else BUFFER
                if tensor is not None and (kind == PARAMETER or id(tensor) not in held):
                    found.append(Tensor(f"{path}.{name}" if path else name, tuple(tensor.shape),
                                        kind, trainable=tensor.requires_grad,
                                        dtype=LETTERS.get(tensor.dtype, OWN)))  # fmt: skip
        return tuple(found)

    def _held_tensor(self, name: str) -> Any:
        """What the module has by that name, or a number that its forward makes a tensor of."""
        try:
            return _attribute_at(self.module, name)
        except AttributeError:
            return self.constants[name]

    def _owned_tensor(self, held: Any, node: fx.Node) -> Tensor:
        """A parameter, a buffer, or what the model only holds."""
        name, kind = self.owned.get(id(held), (node.name, CONSTANT))
        self.held[node.name] = held
        trainable = bool(getattr(held, "requires_grad", False))
        shape, dtype = tuple(held.shape), LETTERS.get(held.dtype, OWN)
        return Tensor(name, shape, kind, trainable=trainable, dtype=dtype)

    def _add_call(self, node: fx.Node) -> None:
        whole = self.values.get(node.args[0]) if isinstance(node.args[0], fx.Node) else None
        self._number_operator(node)
        if isinstance(whole, list):
            self.values[node] = whole[int(str(node.args[1]))]
            return
        if whole_of(node) or not isinstance(node.meta.get("val"), torch.Tensor):
            self.values[node] = node  # taken as a whole; several results: apart by getitem
            return
        made = node.meta["val"]
        shape, dtype = tuple(made.shape), LETTERS.get(made.dtype, OWN)
        self.values[node] = Tensor(self.prefix + node.name, shape, VALUE, dtype=dtype,
                                   layout=_layout_of(made))  # fmt: skip
        operator, arguments = self._operator_of(node)
        if operator == "add_" and arguments["self"].kind == BUFFER:
            self.values[node] = arguments["self"]  # the counter of a batch norm
            self.training_only.add(len(self.order) - 1)
            return
        place, group, attributes = self._place_of(node)
        output = self.values[node]
        if group or operator in DROPOUT:
            self.training_only.add(len(self.order) - 1)
        if group:
            self._group_call(group, attributes, arguments, output, place)
        else:
            self.calls.append(TracedCall(operator, arguments, output, place))

    def _number_operator(self, node: fx.Node) -> None:
        """Where an operator stands among all, and what its results are called."""
        name = self.prefix + node.name
        if isinstance(node.target, torch._ops.OpOverload):
            self.positions[name] = len(self.order)
            self.results[len(self.order), 0] = name
            self.order.append(node)
        elif isinstance(node.args[0], fx.Node):  # one of several results, or what was changed
            position = self.positions.get(self.prefix + node.args[0].name, -1)
            self.positions[name] = position
            if node.target is not shown:
                index = 0 if node.target is edited else int(str(node.args[1]))
                self.results[position, index] = name

    def observe_lifetimes(self, module: nn.Module, images: list[torch.Tensor]) -> Any:
        """How long the module's own code holds what it makes, and what runs again in backward."""
        try:
            with self.place or nullcontext(), self._pass_of(module):
                found = observed_lifetimes(module, images, self.order, self.results)
        except ConvcalcError:
            raise
        except Exception:
            found = None  # a model whose second pass is not as its first one
        if found is None:
            self.assumed.append("How long Python holds each value is not known: to its last use.")
        if self.unseen:
            names = ", ".join(sorted(self.unseen))
            self.assumed.append(f"{names}: what an autograd.Function of the model's own keeps is "
                                "not seen; what its operators would keep counts.")  # fmt: skip
        if self.beside:
            names = ", ".join(sorted(self.beside))
            self.assumed.append(f"{names}: what an autograd.Function keeps in attributes of "
                                "its context lives as long as the loss; not counted.")  # fmt: skip
        lifetimes, again = found or ([], [])
        return tuple(lifetimes), tuple(again)

    @contextmanager
    def _pass_of(self, module: nn.Module) -> Iterator[None]:
        """What a pass leaves is taken back; the model's own functions are operators."""
        with unchanged(module), functions_as_operators(self.unseen, self.beside):
            yield

    def runs_alike(self, module: nn.Module, images: list[torch.Tensor], kept: int) -> bool:
        """Whether evaluation, where it runs at all, has the same operators and attributes."""
        only = self.training_only
        try:
            with self.place or nullcontext(), self._pass_of(module):
                found = count_kept_in_evaluation(module, images, self.order, only)
                return found == kept
        except Exception:
            return True

    def _operator_of(self, node: fx.Node) -> tuple[str, dict[str, Any]]:
        if node.target is edited:
            operator, arguments = self._operator_of(node.args[0])
            return operator, {**arguments, INTO: self.values[value_before(node)]}
        if node.target is shown:
            return AGAIN, {"self": self._argument_value(node.args[0])}
        if not isinstance(node.target, torch._ops.OpOverload):
            whole, index = node.args  # getitem
            operator, arguments = self._operator_of(whole)
            return operator, {**arguments, "index": index, "parts": _sizes_of(whole)}
        schema = node.target._schema.arguments
        given = dict(zip([argument.name for argument in schema], node.args, strict=False))
        given = {**given, **node.kwargs}
        arguments = {
            each.name: self._argument_value(given.get(each.name, each.default_value))
            for each in schema
        }
        return _word_of(node), arguments

    def _argument_value(self, argument: Any) -> Any:
        if isinstance(argument, fx.Node):
            return self.values[argument]
        if isinstance(argument, (list, tuple)):
            return [self._argument_value(each) for each in argument]
        return argument

    def _place_of(self, node: fx.Node) -> tuple[str, str, dict[str, Any]]:
        """The name that its module gives it; the call and the attributes of a whole module."""
        stack = list((node.meta.get("nn_module_stack") or {}).items())
        for key, (path, kind) in stack:
            name = str(getattr(kind, "__name__", kind)).rpartition(".")[2]
            if name in self.whole:
                held = self.module.get_submodule(path) if path else self.module
                attributes = plain_attributes(vars(held))
                if is_one_layer(name, attributes, self.values[node]):
                    return path, key, {"class": name, **attributes}
        path = stack[-1][1][0] if stack else self._owner_module(node)
        if path and not list(_attribute_at(self.module, path).children()):
            return path, "", {}
        operator = _word_of(node).strip("_")
        return f"{path}.{operator}" if path else operator, "", {}

    def _owner_module(self, node: fx.Node) -> str:
        """The module of the first parameter that the node takes."""
        for each in node.all_input_nodes:
            tensor = self.values[each]
            if isinstance(tensor, Tensor) and tensor.kind == PARAMETER:
                return tensor.name.rpartition(".")[0]
        return ""

    def _group_call(
        self,
        key: str,
        attributes: dict[str, Any],
        arguments: dict[str, Any],
        output: Tensor,
        place: str,
    ) -> None:
        """One of the operators of a module that is one call: the last one's result is its."""
        values = [v for v in TracedCall("", arguments, output).values if v.name not in self.inner]
        if key in self.grouped:
            before = self.calls[self.grouped[key]]
            self.inner.add(before.output.name)
            self.calls[self.grouped[key]] = before._replace(output=output)
        elif values:
            operator = str(attributes.pop("class"))
            self.grouped[key] = len(self.calls)
            self.calls.append(
                TracedCall(operator, {"input": values[0], **attributes}, output, place)
            )
        else:
            self.inner.add(output.name)  # noise that it makes first


def _by_fx(module: nn.Module, images: list[torch.Tensor], refusal: Exception) -> Any:
    """The nodes as torch.fx records them; if that fails too, the first refusal counts."""
    from torch.fx.experimental.proxy_tensor import make_fx

    try:
        graph = make_fx(module, tracing_mode="real", pre_dispatch=True)(*images).graph
        name_edited_values(graph)
        nodes = graph.nodes
    except Exception:
        raise refusal from None
    given = any(node.op == "output" and node.all_input_nodes for node in nodes)
    if not given or any(isinstance(node.target, type) for node in nodes):
        raise refusal  # what it gives are no plain tensors
    return nodes


def _word_of(node: fx.Node) -> str:
    """The operator's name; a part, where the node takes one of several results."""
    if node.target is edited:
        return _word_of(node.args[0])
    if node.target is shown:
        return AGAIN
    return "tensor" if node.target is FRESH else str(getattr(node.target, "_opname", "part"))


def _make_constants_fresh(graph: fx.Graph, written: Collection[str]) -> None:
    """Say that forward makes its constants, too, where the trace takes them as they are.

    It does so for what stands in brackets, `x[:, [0, 2]]`, and for `x.new_tensor([1])`; what
    lies in an attribute or a global is there already.
    """
    for node in graph.find_nodes(op="placeholder"):
        for user in list(node.users) if node.name in written else ():
            if getattr(user.target, "_opname", "") in MAKING:
                with graph.inserting_before(user):
                    made = graph.call_function(FRESH, (node,))
                made.meta = {**user.meta, "val": node.meta["val"]}
                user.replace_input_with(node, made)


def _layout_of(value: torch.Tensor) -> Layout:
    """How a value lies; its first axis is taken for the batch."""
    return WHOLE if value.is_contiguous() else layout_of(value.shape[1:], value.stride()[1:])


def _attribute_at(module: nn.Module, path: str) -> Any:
    held: Any = module
    for part in path.split("."):
        held = getattr(held, part)
    return held


def _sizes_of(node: Any) -> list[int]:
    """The depths of a split's parts."""
    return [part.shape[1] if part.ndim > 1 else 0 for part in node.meta["val"]]


def _leaf_nodes(argument: Any) -> list[fx.Node]:
    found: list[fx.Node] = []
    fx.map_arg(argument, found.append)
    return found
