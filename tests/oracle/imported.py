"""An imported model beside torch: counts, and every mark of two training steps."""

import copy
import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from compare import observed, on_cpu
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from convcalc.facts.setup import INFER
from convcalc.facts.shape import Shape
from convcalc.memory.simulate import simulate
from convcalc.models.importers.call_options import module_names
from convcalc.models.importers.spec import spec_text
from convcalc.models.importers.torch_state import on_meta
from convcalc.models.importers.torch_trace import trace_module
from convcalc.models.writing.spec import parse_written
from convcalc.walk.propagation import Propagation, propagate

BATCH = 2


class Counts(NamedTuple):
    """Elements, and multiply-adds for one image."""

    parameters: int
    buffers: int
    macs: int


class Flat(nn.Module):
    """The traced graph: each value is freed after its last use; outputs as a tuple."""

    def __init__(self, model: nn.Module, image: Tensor) -> None:
        super().__init__()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.graph = torch.export.export(model, (image,), strict=False).module(False)

    def forward(self, x: Tensor) -> Any:
        return flat(self.graph(x))


class Eager(nn.Module):
    """A model as it stands; outputs as a tuple."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Any:
        return flat(self.model(x))


def flat(out: Any) -> Any:
    """One tensor, or all of them in order."""
    tensors = torch.utils._pytree.tree_leaves(out)
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def imported(model: nn.Module, size: int) -> Propagation:
    """The walk over the spec that is written for a model on the meta device."""
    traced = trace_module(model, Shape(size, size, 3), "torch:a model", module_names())
    return propagate(parse_written(spec_text(traced)))


def counted(walk: Propagation) -> Counts:
    """What convcalc counts."""
    facts = [node.facts for node in walk.nodes]
    return Counts(
        sum(p.elements for each in facts for p in each.parameters),
        sum(b.elements for each in facts for b in each.buffers),
        sum(each.macs for each in facts),
    )


def counted_by_torch(model: nn.Module, size: int) -> Counts:
    """What torch counts, on the meta device."""
    images = torch.empty(BATCH, 3, size, size, device="meta")
    model = on_meta(copy.deepcopy(model))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(images)
    return Counts(
        sum(p.numel() for p in model.parameters()),
        sum(b.numel() for b in model.buffers()),
        counter.get_total_flops() // 2 // BATCH,
    )


def marks(build: Callable[[], nn.Module], size: int, **options: Any) -> tuple[list[Any], list[Any]]:
    """Phases with live bytes and peaks: of the model run eagerly, and of the imported spec."""
    setup = on_cpu(BATCH, **options)
    walk = imported(build(), size)
    model = build()
    if any(parameter.is_meta for parameter in model.parameters()):
        model = model.to_empty(device="cpu")
    model.train(setup.mode != INFER)
    run = Eager(model)
    out = [walk.nodes[k].facts.output for k in walk.outputs]
    labels: Any = tuple((shape.height, shape.width) for shape in out)
    if out[0].width == 1:
        labels = ()
    real = observed(run, (3, size, size), setup, labels)
    return [tuple(mark) for mark in real], [tuple(mark) for mark in simulate(walk, setup).marks]
