"""Why a model's own code fails: the module, the sizes that came and those that it takes.

It runs once more, eagerly, on tensors without values. Hooks tell which module was running when it
failed, a mode of torch's functions which call that was, and with which tensors.
"""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from math import prod
from typing import Any, NamedTuple

import torch
from torch import nn
from torch.nn.modules.module import register_module_forward_hook, register_module_forward_pre_hook
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

from convcalc.facts.shape import Shape, shape_of_sizes
from convcalc.models.importers.torch_trace import BATCH
from convcalc.text.errors import Hint

# What a module of torch.nn says of the size that it takes, and the axis of it.
TAKEN = {"in_features": -1, "in_channels": 1, "num_features": 1, "num_channels": 1}
VALUES = {"item", "tolist", "numpy", "bool", "int", "float", "index"}  # they read a tensor's values
JOINING = {"cat", "concat", "concatenate", "stack"}
USUAL_SIDES = (224, 32, 28, 64, 96, 128, 256, 299, 227, 48, 84, 112, 160, 192, 240, 300, 320, 331,
               384, 448, 480, 512)  # fmt: skip
SECONDS = 2.0  # for the search of an input that runs through


class Failure(NamedTuple):
    """What is wrong in our words, what would mend it, and the error whose traceback has the line.

    `message` is empty where it is not a matter of sizes or values.
    """

    message: str
    hint: str
    error: BaseException


def explained_failure(
    module: nn.Module, shapes: list[Shape], given: bool, error: BaseException
) -> Failure:
    """Why the module's forward raises on inputs of these sizes, as `error` says in torch's words.

    `given` is whether somebody has said the sizes.
    """
    watch, raised = _run(module, shapes)
    if type(error).__name__.endswith(("DataDependentSymNode", "DataDependentOutputException")) or (
        raised is not None and _called(watch) in VALUES
    ):
        what = "what it computes depends on the values of a tensor, which only a real run has"
        return Failure(_at(watch, what), "let sizes or constants decide", raised or error)
    if raised is None or watch.call is None or "device" in str(raised):
        return Failure("", "", raised if type(raised) is type(error) and raised else error)
    return Failure(_at(watch, _mismatch(watch, raised, len(shapes[0]) - 1)),
                   _remedy(module, watch, shapes, given), raised)  # fmt: skip


class _Watch(TorchFunctionMode):  # type: ignore[misc]  # torch gives it no type
    """The modules that run, innermost last, and the call that fails."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.names = {id(each): path for path, each in module.named_modules()}
        self.running: list[tuple[nn.Module, list[torch.Tensor]]] = []
        self.call: tuple[Any, Any, Any] | None = None
        self.batches: set[torch.Size] = set()  # of the results
        self.flattened: dict[int, tuple[torch.Tensor, torch.Size]] = {}  # what each row was

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            result = func(*args, **(kwargs or {}))
        except Exception:
            self.call = func, args, kwargs or {}
            raise
        first = args[0] if args else None
        if isinstance(result, torch.Tensor) and isinstance(first, torch.Tensor):
            if result.ndim == 2 < first.ndim:
                self.flattened[id(result)] = result, first.shape
            elif id(first) in self.flattened and result.shape == first.shape:
                self.flattened[id(result)] = result, self.flattened[id(first)][1]
        return result

    def enter(self, module: nn.Module, args: Any) -> None:
        """A module begins."""
        tensors = [each for each in tree_leaves(args) if isinstance(each, torch.Tensor)]
        self.running.append((module, tensors))

    def leave(self, module: nn.Module, args: Any, result: Any) -> None:
        """It ends, and with it what failed inside of it and was caught."""
        while self.running and self.running.pop()[0] is not module:
            pass

    @property
    def layer(self) -> tuple[nn.Module, list[torch.Tensor]] | None:
        """The module whose forward fails, if that is torch's own."""
        if not self.running:
            return None
        forward = next(
            kind for kind in type(self.running[-1][0]).__mro__ if "forward" in vars(kind)
        )
        return self.running[-1] if forward.__module__.startswith("torch.nn.modules.") else None


def _run(module: nn.Module, shapes: list[Shape]) -> tuple[_Watch, Exception | None]:
    watch = _Watch(module)
    images = [torch.empty((BATCH, *shape.in_torch), device="meta") for shape in shapes]
    with ExitStack() as stack:
        for handle in (register_module_forward_pre_hook(watch.enter),
                       register_module_forward_hook(watch.leave)):  # fmt: skip
            stack.callback(handle.remove)
        try:
            with watch:
                results = module(*images)
        except Exception as error:
            return watch, error
    watch.batches = {each.shape[:1] for each in tree_leaves(results) if torch.is_tensor(each)}
    return watch, None


def _called(watch: _Watch) -> str:
    return str(getattr(watch.call[0], "__name__", "")).strip("_") if watch.call else ""


def _at(watch: _Watch, what: str) -> str:
    """What is wrong, behind the name of the module where it is."""
    path = watch.names.get(id(watch.running[-1][0]), "") if watch.running else ""
    return f"{path}: {what}" if path else what


def _mismatch(watch: _Watch, error: Exception, axes: int) -> str:
    """The call or the layer that fails, and what it gets."""
    torchs = str(error).split("\n")[0]
    if watch.layer is not None:
        layer, tensors = watch.layer
        return _of_layer(layer, tensors, watch, axes) or (
            f"{type(layer).__name__} gets {_sizes(tensors, axes)}: {torchs}"
        )
    assert watch.call is not None
    _, *given = watch.call
    tensors = [each for each in tree_leaves(given) if isinstance(each, torch.Tensor)]
    name, sizes = _called(watch), _sizes(tensors, axes)
    if name in JOINING:
        return f"{name} gets {sizes}, which differ along more than the axis that it joins"
    if name in ("view", "reshape"):
        wanted = ", ".join(str(each) for each in tree_leaves(given[0][1:]))
        values = prod(tensors[0].shape[1:])
        return f"{name}({wanted}) gets {sizes}, which is {values} values for each image"
    if len(tensors) == 2 and not _go_together(*tensors) and "mat" not in name and name != "bmm":
        return f"{name} gets {sizes}, which do not go together"
    return f"{name} gets {sizes}: {torchs}"


def _of_layer(module: nn.Module, tensors: list[torch.Tensor], watch: _Watch, axes: int) -> str:
    """What the layer takes and what it gets, where these differ in channels or axes."""
    kind, (tensor, *_) = type(module).__name__, tensors
    counted = re.search(r"([123])d$", kind)
    if counted and tensor.ndim != int(counted[1]) + 2 and (tensor.ndim, counted[1]) != (2, "1"):
        took = {"1": "length x channels", "2": "width x height x channels"}
        wanted = took.get(counted[1], "width x height x frames x channels")
        return f"{kind} takes {wanted}, and gets {_size(tensor, axes)}"
    for name, axis in TAKEN.items():
        taken = getattr(module, name, None)
        if not isinstance(taken, int) or tensor.shape[axis] == taken:
            continue
        size, came = _size(tensor, axes), tensor.shape[axis]
        if axis != -1:
            return f"{kind}({name}={taken}) gets {came} channels ({size})"
        if tensor.ndim > 2 and prod(tensor.shape[1:]) == taken:
            return f"{kind}({name}={taken}) gets {size}, which nothing flattens"
        _, before = watch.flattened.get(id(tensor), (None, None))
        was = f" ({shape_of_sizes(tuple(before[1:]), axes)})" if before else ""
        return f"{kind}({name}={taken}) gets {size}{was}"
    return ""


def _size(tensor: torch.Tensor, axes: int) -> str:
    """One image's part, in the order in which convcalc writes it; all where it has no batch."""
    batch, *sizes = tensor.shape or (0,)
    if batch != BATCH or not sizes:
        return f"a tensor of {list(tensor.shape)}"
    return str(sizes[0]) if len(sizes) == 1 else str(shape_of_sizes(tuple(sizes), axes))


def _sizes(tensors: list[torch.Tensor], axes: int) -> str:
    return " and ".join(_size(each, axes) for each in tensors) or "no tensor"


def _go_together(one: torch.Tensor, other: torch.Tensor) -> bool:
    try:
        torch.broadcast_shapes(one.shape, other.shape)
    except RuntimeError:
        return False
    return True


def _remedy(module: nn.Module, watch: _Watch, shapes: list[Shape], given: bool) -> str:
    """An input that was found to run through, else what the layer would have to say."""
    found = _fitting_input(module, watch, shapes[0]) if len(shapes) == 1 else None
    own, taken = _own_remedy(watch), f"the model does not say its size, {shapes[0]} was taken: "
    before = "" if given else taken
    if found is None:
        return own if given else f"{before}give --input"
    if found in _reordered(shapes[0]):
        order = f"PyTorch writes channels first; here it is --input {found}"
        return Hint(order, plain=f"input={found.in_torch} runs through")
    plain = f"input={found.in_torch} runs through"
    options = [f"{before}--input {found} runs through", *([own] if own and given else [])]
    return Hint(", or ".join(options), plain=", or ".join([plain, *options[1:]]))


def _own_remedy(watch: _Watch) -> str:
    if watch.layer is None:
        return ""
    module, (tensor, *_) = watch.layer
    for name, axis in TAKEN.items():
        taken = getattr(module, name, None)
        if isinstance(taken, int) and tensor.ndim > 1 and tensor.shape[axis] != taken:
            if axis == -1 and tensor.ndim > 2 and prod(tensor.shape[1:]) == taken:
                return "write x.flatten(1) in front of it"
            return f"{name}={tensor.shape[axis]} takes what comes"
    return ""


def _reordered(shape: Shape) -> list[Shape]:
    """The same sizes, read as PyTorch writes them: 3x64x64, 1x3x224x224, 12x100."""
    without_batch = shape[shape[0] == 1 and len(shape) > 2 :]
    return [Shape(*shape[::-1]), Shape(*without_batch[::-1])]


def _fitting_input(module: nn.Module, watch: _Watch, shape: Shape) -> Shape | None:
    """A usual size that the whole model runs on."""
    until = time.monotonic() + SECONDS
    tried = {shape}
    for size in _candidates(watch, shape):
        if time.monotonic() > until:
            return None
        if size not in tried:
            tried.add(size)
            run, error = _run(module, [size])
            whole = run.batches == {torch.Size([BATCH])}  # view(-1, 100) takes more than is meant
            if error is None and whole:
                return size
    return None


def _candidates(watch: _Watch, shape: Shape) -> Iterator[Shape]:
    yield from _reordered(shape)
    depths = [shape.channels, 3, 1]
    if watch.layer is not None and watch.layer[1][0].shape[1:] == shape.in_torch:
        wanted = getattr(watch.layer[0], "in_channels", None)
        depths = [wanted] if isinstance(wanted, int) else depths  # the first layer says it
    yield from (shape.with_channels(depth) for depth in depths)
    if len(shape) == 3:
        for side, depth in product(USUAL_SIDES, dict.fromkeys(depths)):
            yield Shape(side, side, depth)
