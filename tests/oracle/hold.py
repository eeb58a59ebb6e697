"""Hold networks to torch: parameters, buffers, multiply-adds, every mark of live bytes.

    python tests/oracle/hold.py FILE.py [NAME ...]      # the networks of FILE's ITEMS
    python tests/oracle/hold.py --timm NAME ...         # timm's, at their own input size
    python tests/oracle/hold.py --infer ...             # a pass under no_grad instead

Each network is imported by the code of `convcalc import torch`, and then runs in torch, as it
stands, on fake tensors of a CPU: two steps with momentum at batch 2. Where forward takes tuples or
dictionaries, these are made of the inputs in their order. The loss is the sum over
the outputs, in order, of cross entropy over axis 1, or of the mean of an output of rank 1. A
line a network: `NAME exact`, `NAME differs: ...` or `NAME refused: ...`; the last one counts.
"""

import argparse
import gc
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

import torch
import torchvision_import  # noqa: F401 - before what a file imports of torchvision
from imported import counted
from live import LiveStorages, loss_of
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._pytree import tree_map_only
from torch.utils.flop_counter import FlopCounterMode

from convcalc.facts.setup import INFER, TRAIN
from convcalc.facts.shape import MOST_AXES, Shape, Vector
from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.models.importers import torch_target
from convcalc.models.importers.torch_import import spec_of
from convcalc.models.importers.torch_signature import arrangement_of, plain_tensors
from convcalc.models.importers.torch_state import REGISTERED, unchanged
from convcalc.models.importers.torch_trace import OTHERWISE
from convcalc.models.writing.spec import parse_written
from convcalc.text.errors import ConvcalcError
from convcalc.walk.propagation import propagate

# The operator that attention may be in evaluation hides what its kernel makes, which differs from
# card to card: specs say in a comment that it is not modelled, and it is switched off here.
torch.backends.mha.set_fastpath_enabled(False)

BATCH = 2
SHOWN = 3  # differences in a line
MOST_RUN = 10**9  # multiply-adds an image of what is run on real tensors: larger ones take minutes


class Held(NamedTuple):
    """A network to hold: what builds it, and the sizes of one sample of each input."""

    name: str
    build: Callable[[], nn.Module]
    inputs: list[list[int]]


class Figures(NamedTuple):
    """What is compared: counts by name, and marks."""

    counts: dict[str, int]
    marks: list[tuple[str, int, int]]


def of_file(path: str, names: list[str]) -> Iterator[Held]:
    """The networks of a file's ITEMS, all of them or those named.

    Raises:
        ConvcalcError: the file has no such network.
    """
    torch_target.find_callable(f"{path}:ITEMS.copy")  # imports it, or says why not
    items = {each["name"]: each for each in sys.modules[Path(path).stem].ITEMS}
    for name in names or items:
        if name not in items:
            raise ConvcalcError(f"{path} has no network `{name}`")
        build = partial(torch_target.build_module, f"{path}:{name}", items[name].get("args", {}))
        yield Held(name, build, items[name]["inputs"])


def of_timm(names: list[str]) -> Iterator[Held]:
    """timm's networks, each at the size that it is made for."""
    timm = import_module("timm")
    for name in names:
        size = list(timm.get_pretrained_cfg(name).input_size)
        build = partial(torch_target.build_module, "timm:create_model", {"model_name": name})
        yield Held(name, build, [size])


def by_convcalc(network: Held, mode: str, amp: bool = False) -> Figures:
    """The figures of the spec that importing writes: in that mode, where it says to."""
    sizes = list(map(_shape, network.inputs))
    text = spec_of(network.build(), sizes, network.name)
    if mode == INFER and OTHERWISE in text:
        text = spec_of(network.build(), sizes, network.name, mode=mode)
    return figures_of(text, mode, amp)


def figures_of(text: str, mode: str, amp: bool = False) -> Figures:
    """The figures of an imported spec."""
    walk = propagate(parse_written(text))
    again = frozenset(each.node.checkpoint for each in walk.nodes if each.node.checkpoint)
    setup = SimulationSetup(batch_size=BATCH, variant=CPU, in_place=False, mode=mode,
                            checkpoint=again, amp=amp)  # fmt: skip
    return Figures(counted(walk)._asdict(), [tuple(mark) for mark in simulate(walk, setup).marks])


def _shape(sizes: list[int]) -> Shape:
    """An input of one sample, channels first."""
    if len(sizes) == 1:
        return Vector(1, 1, *sizes)
    if len(sizes) > MOST_AXES + 1:
        raise ConvcalcError("an input that is no volume")
    return Shape(*reversed(sizes))


def by_torch(network: Held, mode: str, amp: bool = False) -> Figures:
    """The figures of the module itself, run eagerly.

    On real tensors under autocast, as of a batch norm's statistics torch's fakes have other types,
    and where something works in place on a view: the view is then made anew, of fakes by the
    function that made it, of others as strided, whose gradient is a tensor more. A large network
    stays on fakes all the same: a difference of its peaks may be that tensor.
    """
    figures = (
        None if amp else _run(network, mode, False, FakeTensorMode(allow_non_fake_inputs=True))
    )
    return figures or _run(network, mode, amp, nullcontext())


def _run(
    network: Held, mode: str, amp: bool, tensors: AbstractContextManager[Any]
) -> Figures | None:
    """The figures on such tensors, or None where fakes would not do."""
    model = network.build()
    with warnings.catch_warnings(), tensors as fakes:
        warnings.simplefilter("ignore")
        _to_fakes(model)
        model.train(mode == TRAIN)
        try:
            counts = _counts(model, network.inputs)
        except Exception:
            _take_in_order(model, network.inputs)
            counts = _counts(model, network.inputs)
        small = counts["macs"] <= MOST_RUN
        if fakes and mode == TRAIN and small and _works_on_views(model, network.inputs):
            return None
        labels = _labels(model, network.inputs)
        tracker = LiveStorages()
        with tracker:
            tracker.watch([*model.parameters(), *model.buffers()])
            run = _train if mode == TRAIN else _infer
            run(model, network.inputs, labels, tracker, torch.autocast("cpu", enabled=amp))
    return Figures(counts, [tuple(mark) for mark in tracker.marks])


def _take_in_order(model: nn.Module, inputs: list[list[int]]) -> None:
    """Tuples and dictionaries that forward takes are made of the inputs, in their order."""
    arrange = arrangement_of(model, _batch(inputs))
    if arrange is not None and arrange is not list:
        forward = model.forward
        vars(model)["forward"] = lambda *given: forward(*arrange(given))


def _to_fakes(model: nn.Module) -> None:
    """Parameters and buffers without values, but on a CPU; tensors that were one stay one."""
    moved: dict[int, Tensor] = {}
    for module in model.modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    held[name] = moved.setdefault(id(tensor), _fake(tensor))
        for name, value in list(vars(module).items()):
            if isinstance(value, Tensor | list | tuple | dict) and name not in REGISTERED:
                held = tree_map_only(Tensor, lambda each: moved.setdefault(id(each), _fake(each)),
                                     value)  # fmt: skip
                setattr(module, name, held)


def _fake(tensor: Tensor) -> Tensor:
    empty = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="cpu")
    empty.zero_()  # on real tensors too there is an index
    if isinstance(tensor, nn.Parameter):
        return nn.Parameter(empty, tensor.requires_grad)
    return empty


def _batch(inputs: list[list[int]]) -> list[Tensor]:
    return [torch.randn(BATCH, *size) for size in inputs]


def _counts(model: nn.Module, inputs: list[list[int]]) -> dict[str, int]:
    batch = _batch(inputs)
    # The counter knows attention as the products that it is, not a CPU's kernel of its own.
    # Under no_grad it stumbles over views of parameters that are given to modules.
    math = sdpa_kernel(SDPBackend.MATH)
    with FlopCounterMode(display=False) as counter, math, unchanged(model):
        model(*batch)
    return {
        "parameters": sum(p.numel() for p in model.parameters()),
        "buffers": sum(b.numel() for b in model.buffers()),
        "macs": counter.get_total_flops() // 2 // BATCH,
    }


def _labels(model: nn.Module, inputs: list[list[int]]) -> list[tuple[int, ...]]:
    """The sizes of the labels, each once: an output without its axis 1."""
    with torch.no_grad(), unchanged(model):
        outputs = [each.shape for each in plain_tensors(model(*_batch(inputs)))]
    sizes = [(size[0], *size[2:]) for size in outputs if len(size) > 1]
    return list(dict.fromkeys(sizes))


def _works_on_views(model: nn.Module, inputs: list[list[int]]) -> bool:
    """Whether autograd has a node for what works in place on a view."""
    pending = [each.grad_fn for each in plain_tensors(model(*_batch(inputs)))]
    seen = set()
    while pending:
        node = pending.pop()
        if node is not None and node not in seen:
            seen.add(node)
            pending += [each for each, _ in node.next_functions]
    return any("CopySlices" in node.name() for node in seen)


def _of_class_0(labels: list[tuple[int, ...]]) -> list[Tensor]:
    return [torch.zeros(size, dtype=torch.int64) for size in labels]


def _train(
    model: nn.Module,
    inputs: list[list[int]],
    labels: list[tuple[int, ...]],
    tracker: LiveStorages,
    autocast: torch.autocast,
) -> None:
    learned = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.SGD(learned or [torch.empty(0)], lr=0.01, momentum=0.9, foreach=True)
    tracker.mark("model")
    x: list[Any] = [None] * len(inputs)
    for step in range(2):
        for k, size in enumerate(inputs):  # a variable for each input
            x[k] = torch.randn(BATCH, *size)
        y = _of_class_0(labels)
        tracker.mark(f"batch{step}")
        optimizer.zero_grad()
        tracker.mark(f"zero{step}")
        with autocast:
            out = list(plain_tensors(model(*x)))
            loss = loss_of(out, y)
        tracker.mark(f"fwd{step}")
        if loss.requires_grad:  # not where nothing learns
            loss.backward()
        tracker.mark(f"bwd{step}")
        optimizer.step()
        tracker.mark(f"opt{step}")


def _infer(
    model: nn.Module,
    inputs: list[list[int]],
    labels: list[tuple[int, ...]],
    tracker: LiveStorages,
    autocast: torch.autocast,
) -> None:
    tracker.mark("model")
    x: list[Any] = [None] * len(inputs)
    for step in range(2):
        for k, size in enumerate(inputs):  # a variable for each input
            x[k] = torch.randn(BATCH, *size)
        y = _of_class_0(labels)
        tracker.mark(f"batch{step}")
        with torch.no_grad(), autocast:
            out = model(*x)
        tracker.mark(f"fwd{step}")
    del x, y, out


def differences(network: Held, mode: str, amp: bool = False) -> list[str]:
    """What is not equal, in words."""
    ours, torchs = by_convcalc(network, mode, amp), by_torch(network, mode, amp)
    found = [
        f"{what} {ours.counts[what]:,} for {count:,}"
        for what, count in torchs.counts.items()
        if ours.counts[what] != count
    ]
    for (phase, live, peak), (_, real, highest) in zip(ours.marks, torchs.marks, strict=True):
        if live != real:
            found.append(f"{phase} live {live:,} for {real:,}")
        if peak != highest:
            found.append(f"{phase} peak {peak:,} for {highest:,}")
    return found


def line(network: Held, mode: str, amp: bool = False) -> str:
    """`NAME exact`, or what is not; `amp`: under a CPU's autocast."""
    try:
        found = differences(network, mode, amp)
    except ConvcalcError as error:
        lines = [each.strip() for each in getattr(error, "lines", ())]
        said = str(error).partition("\n")[0] + f": {', '.join(lines)}" * bool(lines)
        return f"{network.name} refused: {said}"
    except Exception as error:  # nothing may crash: the next network is held all the same
        return f"{network.name} differs: raises {type(error).__name__}: {error}".split("\n")[0]
    if not found:
        return f"{network.name} exact"
    more = f"; and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return f"{network.name} differs: {'; '.join(found[:SHOWN])}{more}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--timm", action="store_true", help="names are timm's")
    parser.add_argument("--infer", action="store_true", help="one pass under no_grad")
    parser.add_argument("names", nargs="+", metavar="FILE.py NAME ...")
    given = parser.parse_args()
    mode = INFER if given.infer else TRAIN
    try:
        networks = list(of_timm(given.names) if given.timm else
                        of_file(given.names[0], given.names[1:]))  # fmt: skip
    except ConvcalcError as error:
        print(f"hold.py: {error}", file=sys.stderr)
        return 2
    exact = 0
    for network in networks:
        said = line(network, mode)
        exact += said == f"{network.name} exact"
        print(said, flush=True)
        gc.collect()
    print(f"{exact} of {len(networks)} exact")
    return int(exact != len(networks))


if __name__ == "__main__":
    sys.exit(main())
