"""Traces torch modules into the simulator's nodes, in torch's order of execution.

Modules of torch.nn are leaves, everything else is traced through. Parameters are registered
with the node that uses them, which is `model.parameters()`'s order in torchvision's networks
without auxiliary heads.
"""

import copy
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from modules import LocallyConnected
from torch import Tensor, fx, nn
from torch.fx.passes.shape_prop import ShapeProp
from torch.nn import functional as F
from torchvision_import import models

from convcalc.facts import operators as op
from convcalc.facts.layer_facts import Buffer, LayerFacts, Parameter
from convcalc.facts.shape import Shape

BATCH = 2  # while tracing: batch norm of 1 x 1 maps refuses a single image
StochasticDepth = models.efficientnet.StochasticDepth


@dataclass
class TracedNode:
    """What `convcalc.memory.lowering.Node` asks for."""

    name: str
    inputs: tuple[int, ...]
    facts: LayerFacts
    trainable: bool = True
    scope: tuple[str, ...] = ()
    shares: int | None = None


@dataclass
class TracedGraph:
    """What `convcalc.memory.lowering.Graph` asks for."""

    nodes: list[TracedNode] = field(default_factory=list)
    outputs: tuple[int, ...] = ()
    traced: bool = False  # held by the frames of blocks, as eager modules are
    held: tuple[tuple[int, int], ...] = ()  # variables of a module's forward: not observed here


@dataclass
class Call:
    """One traced operation: its arguments with nodes replaced by fake tensors."""

    module: nn.Module | None
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    before: Any  # the first argument's tensor
    after: Any  # the result

    @property
    def count(self) -> int:
        return _elements(self.after)

    def option(self, position: int, name: str, default: Any = None) -> Any:
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if len(self.args) > position else default


def _elements(tensor: Tensor) -> int:
    return tensor.numel() // BATCH


def _shape(tensor: Tensor) -> Shape:
    return Shape(tensor.shape[3], tensor.shape[2], tensor.shape[1])


def _inplace(call: Call) -> bool:
    module = call.module
    return bool(module.inplace if module is not None else call.kwargs.get("inplace", False))


def _parameters(call: Call) -> int:
    return len(list(call.module.parameters())) if call.module is not None else 0


def _adaptive_average(call: Call) -> op.Operators:
    whole = call.after.shape[2:] == (1, 1)
    return op.new_copy(call.count) if whole else op.keeps_input(call.count)


def _rows(call: Call) -> int:
    if isinstance(call.module, nn.GroupNorm):
        return call.module.num_groups
    shape = call.module.normalized_shape if call.module else call.args[1]
    return call.count // torch.Size(shape).numel()


def _dropout(call: Call) -> op.Operators:
    p = call.module.p if call.module is not None else call.option(1, "p", 0.5)
    return op.dropout(call.count, _inplace(call)) if p else ()


def _stochastic_depth(call: Call) -> op.Operators:
    return op.noise(call.count, 1) if call.module.p else ()


def _local_response(call: Call) -> op.Operators:
    _, channels, height, width = call.before.shape
    return op.local_response_norm(call.count, (channels + call.module.size - 1) * height * width)


def _join(call: Call) -> op.Operators:
    return op.concat(call.count, len(call.args[0]))


def _product(call: Call) -> op.Operators:
    if isinstance(call.args[0], nn.Parameter):
        return op.scale_by_parameter(call.count)
    return op.multiply(call.count)


def _item(call: Call) -> op.Operators:
    if isinstance(call.args[0], Tensor):  # x[:, :, rows, columns]
        return op.crop(_shape(call.before), _shape(call.after))
    return op.part(call.args[1])


def _chunks(call: Call) -> op.Operators:
    return op.split(tuple(_elements(part) for part in call.after))


def _keeps(rule: Callable[..., op.Operators]) -> Callable[[Call], op.Operators]:
    return lambda call: rule(call.count, _inplace(call))


def _max_pool(call: Call) -> op.Operators:
    return op.max_pool(call.count)


def _view(call: Call) -> op.Operators:
    return op.view()


Rule = Callable[[Call], op.Operators]
MODULES: dict[type, Rule] = {
    nn.Conv2d: lambda call: op.conv_like(call.count, tuple(range(_parameters(call)))),
    nn.ConvTranspose2d: lambda call: op.conv_like(call.count, tuple(range(_parameters(call)))),
    nn.Linear: lambda call: op.linear(call.count, _parameters(call)),
    nn.BatchNorm2d: lambda call: op.batch_norm(
        call.count, call.module.num_features, call.module.affine
    ),
    nn.InstanceNorm2d: lambda call: op.instance_norm(
        call.count, call.module.num_features, call.module.affine
    ),
    nn.LayerNorm: lambda call: op.layer_norm(call.count, _rows(call), _parameters(call)),
    nn.GroupNorm: lambda call: op.layer_norm(call.count, _rows(call), _parameters(call), op.SAME),
    nn.LocalResponseNorm: _local_response,
    nn.ReLU: _keeps(op.keeps_output),
    nn.Sigmoid: lambda call: op.keeps_output(call.count),
    nn.Tanh: lambda call: op.keeps_output(call.count),
    nn.LeakyReLU: lambda call: (
        op.keeps_output(call.count, True) if _inplace(call) else op.keeps_input(call.count)
    ),
    nn.ReLU6: _keeps(op.keeps_input),
    nn.Hardswish: _keeps(op.keeps_input),
    nn.Hardsigmoid: _keeps(op.keeps_input),
    nn.SiLU: _keeps(op.keeps_input),
    nn.GELU: lambda call: op.keeps_input(call.count),
    nn.Mish: _keeps(op.keeps_input),
    nn.Softplus: lambda call: op.keeps_input(call.count, autocast=op.FLOAT32),
    nn.Softmax: lambda call: op.softmax(call.count),
    nn.PReLU: lambda call: op.prelu(call.count),
    nn.MaxPool2d: _max_pool,
    nn.AvgPool2d: lambda call: op.keeps_input(call.count),
    nn.LPPool2d: lambda call: op.lp_pool(_elements(call.before), call.count),
    nn.AdaptiveAvgPool2d: _adaptive_average,
    nn.AdaptiveMaxPool2d: _max_pool,
    nn.Dropout: _dropout,
    nn.Dropout2d: lambda call: op.noise(call.count, call.before.shape[1], _inplace(call)),
    nn.Upsample: lambda call: op.upsample(call.count),
    nn.ZeroPad2d: lambda call: op.new_copy(call.count),
    nn.ReflectionPad2d: lambda call: op.keeps_input(call.count),
    nn.PixelShuffle: lambda call: op.new_copy(call.count),
    nn.ChannelShuffle: lambda call: op.new_copy(call.count),
    nn.Flatten: _view,
    nn.Identity: lambda call: (),
    StochasticDepth: _stochastic_depth,
    LocallyConnected: lambda call: op.locally_connected(
        _elements(call.before),
        call.module.size[0] * call.module.size[1],
        call.module.seen,
        call.after.shape[1],
        _parameters(call),
    ),
}
FUNCTIONS: dict[Any, Rule] = {
    F.relu: _keeps(op.keeps_output),
    F.max_pool2d: _max_pool,
    F.avg_pool2d: lambda call: op.keeps_input(call.count),
    F.adaptive_avg_pool2d: _adaptive_average,
    F.dropout: _dropout,
    F.layer_norm: lambda call: op.layer_norm(call.count, _rows(call)),
    torch.flatten: _view,
    torch.transpose: _view,
    torch.cat: _join,
    operator.add: lambda call: op.add([call.count]),
    operator.iadd: lambda call: op.add([call.count], in_place=True),
    operator.mul: _product,
    operator.getitem: _item,
    "add": lambda call: op.add([call.count]),
    "view": _view,
    "flatten": _view,
    "permute": _view,
    "chunk": _chunks,
    "contiguous": lambda call: op.new_copy(call.count),
    "mean": lambda call: op.new_copy(call.count),
}
FUNCTIONS[torch.permute] = _view


class _Tracer(fx.Tracer):
    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return type(m) in MODULES or super().is_leaf_module(m, module_qualified_name)


def _holds_tensor(node: fx.Node) -> bool:
    if isinstance(node.target, type):  # a named tuple of outputs
        return False
    value = node.meta.get("value")
    if isinstance(value, tuple):
        return bool(value) and all(isinstance(part, Tensor) for part in value)
    return isinstance(value, Tensor)


class _Shapes(ShapeProp):
    """Keeps every node's (meta) result."""

    def run_node(self, n: fx.Node) -> Any:
        result = fx.Interpreter.run_node(self, n)
        n.meta["value"] = result
        return result


def flat(model: nn.Module) -> fx.GraphModule:
    """The same computation, with every value released at its last use."""
    return fx.GraphModule(model, _Tracer().trace(model))


def trace(model: nn.Module, image: Any) -> TracedGraph:
    """The nodes of a model (on any device) for images of channels x height x width."""
    model = copy.deepcopy(model).to("meta", torch.float32)
    module = flat(model)
    with torch.no_grad():
        _Shapes(module).propagate(torch.empty(BATCH, *image, device="meta"))
    traced = TracedGraph()
    numbers: dict[fx.Node, int] = {}
    for node in module.graph.nodes:
        if node.op == "output":
            traced.outputs = tuple(numbers[n] for n in _outputs(node.args[0]))
        elif node.op == "placeholder" or (node.op.startswith("call") and _holds_tensor(node)):
            numbers[node] = len(traced.nodes)
            traced.nodes.append(_node(node, model, numbers))
    return traced


def _leaves(argument: Any) -> Iterator[fx.Node]:
    nodes: list[fx.Node] = []
    fx.map_arg(argument, nodes.append)
    yield from nodes


def _outputs(argument: Any) -> Iterator[fx.Node]:
    for node in _leaves(argument):
        if isinstance(node.target, type):
            yield from _leaves((node.args, node.kwargs))
        else:
            yield node


def _node(node: fx.Node, model: nn.Module, numbers: dict[fx.Node, int]) -> TracedNode:
    value = node.meta["value"]
    first = value[0] if isinstance(value, tuple) else value
    shape = (
        (first.shape[3], first.shape[2], first.shape[1])
        if first.dim() == 4
        else (1, 1, _elements(first))
    )
    if node.op == "placeholder":
        return TracedNode("input", (), LayerFacts(Shape(*shape), 0))
    module = model.get_submodule(str(node.target)) if node.op == "call_module" else None
    args = fx.map_arg(node.args, lambda n: n.meta["value"])
    call = Call(module, args, dict(node.kwargs), args[0], value)
    owners = [module] if module else []
    parameters = [p for owner in owners for p in owner.parameters()]
    attributes = [n for n in _leaves((node.args, node.kwargs)) if n.op == "get_attr"]
    parameters += [n.meta["value"] for n in attributes]
    rule = MODULES[type(module)] if module else FUNCTIONS[node.target]
    facts = LayerFacts(
        Shape(*shape),
        0,
        parameters=tuple(Parameter(str(k), tuple(p.shape)) for k, p in enumerate(parameters)),
        buffers=tuple(
            Buffer(name, b.numel(), "f" if b.is_floating_point() else "l")
            for owner in owners
            for name, b in owner.named_buffers()
        ),
        operators=rule(call),
    )
    trainable = all(p.requires_grad for p in parameters) if parameters else True
    inputs = tuple(numbers[n] for n in _leaves(node.args) if n in numbers)
    return TracedNode(node.name, inputs, facts, trainable, _scope(node))


def _scope(node: fx.Node) -> tuple[str, ...]:
    names = [str(name) for name in node.meta.get("nn_module_stack", {}) if name]
    return tuple(name for name in names if name != node.target)
