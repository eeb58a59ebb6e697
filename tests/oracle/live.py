"""Live bytes of real PyTorch steps on CPU tensors, phase by phase.

A dispatch mode keeps a weak reference to every storage that an operator returns. While it
is active, autograd adds the gradients of branches out of place (docs/internals.md, Observing it).
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import torch
from torch import Tensor, UntypedStorage, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn import functional as F
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class Mark(NamedTuple):
    """A phase: bytes alive at its end, and the most that were alive in it."""

    phase: str
    live: int
    phase_peak: int


class LiveStorages(TorchDispatchMode):
    """Counts the bytes of all storages that are alive, after every operator."""

    def __init__(self) -> None:
        super().__init__()
        self.storages: dict[int, tuple[StorageWeakRef, int]] = {}
        self.live = 0
        self.peak = 0  # since the last mark
        self.marks: list[Mark] = []

    def watch(self, tensors: Iterable[Any]) -> None:
        """Count the storages of these tensors too."""
        for tensor in tensors:
            if isinstance(tensor, Tensor):
                storage = tensor.untyped_storage()
                reference = StorageWeakRef(storage)
                if reference.cdata not in self.storages:
                    self.storages[reference.cdata] = (reference, storage.nbytes())
                    self.live += storage.nbytes()
        self.peak = max(self.peak, self.live)

    def sweep(self) -> None:
        """Forget the storages that have died."""
        for key in list(filter(UntypedStorage._expired, self.storages)):
            self.live -= self.storages.pop(key)[1]

    def mark(self, phase: str) -> None:
        """End a phase."""
        self.sweep()
        self.marks.append(Mark(phase, self.live, max(self.peak, self.live)))
        self.peak = self.live

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.sweep()
        result = func(*args, **(kwargs or {}))
        self.watch(tree_leaves(result))
        return result


Optimizer = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


class Loop(NamedTuple):
    """The reference training loop's setup."""

    batch: int
    images: tuple[tuple[int, ...], ...]  # sizes of each input of one sample
    optimizer: Optimizer
    accumulate: int = 1
    autocast: torch.dtype | None = None
    dtype: torch.dtype = torch.float32
    infer: bool = False


def loss_of(outputs: Any, labels: list[Tensor]) -> Tensor:
    """The sum of cross entropies over the outputs, in order, each with labels of its size.

    An output without an axis of classes (rank 1) adds its mean.
    """
    by_size = {label.shape[1:]: label for label in labels}
    several = (outputs,) if isinstance(outputs, Tensor) else outputs
    total = _one_loss(several[0], by_size)
    for output in several[1:]:
        total = total + _one_loss(output, by_size)
    return total


def _one_loss(output: Tensor, labels: dict[torch.Size, Tensor]) -> Tensor:
    return F.cross_entropy(output, labels[output.shape[2:]]) if output.ndim > 1 else output.mean()


def observe(model: nn.Module, loop: Loop, labels: tuple[int, ...] = ()) -> list[Mark]:
    """Marks of two steps; `labels`: the size of one image's label map, or of several."""
    tracker = LiveStorages()
    step = _infer if loop.infer else _train
    with tracker:
        tracker.watch([*model.parameters(), *model.buffers()])
        step(model, loop, labels, tracker)
    return tracker.marks


def _sizes(labels: Any) -> list[tuple[int, ...]]:
    """One size or several, each once."""
    several = bool(labels) and isinstance(labels[0], tuple)
    return list(dict.fromkeys(labels)) if several else [labels]


def _label_map(batch: int, size: tuple[int, ...]) -> Tensor:
    """Labels of class 0, which every output has; what class it is takes no memory."""
    return torch.zeros(batch, *size, dtype=torch.int64)


def _train(model: nn.Module, loop: Loop, size: tuple[int, ...], tracker: LiveStorages) -> None:
    optimizer = loop.optimizer([p for p in model.parameters() if p.requires_grad])
    tracker.mark("model")
    x: list[Any] = [None] * len(loop.images)  # a variable for each input
    for step in range(2):
        for micro in range(loop.accumulate):
            name = f"{step}.{micro}" if micro else str(step)
            for k, sides in enumerate(loop.images):
                x[k] = torch.randn(loop.batch, *sides, dtype=loop.dtype)
            y = [_label_map(loop.batch, each) for each in _sizes(size)]
            tracker.mark(f"batch{name}")
            if not micro:
                optimizer.zero_grad()
                tracker.mark(f"zero{step}")
            with torch.autocast("cpu", loop.autocast, enabled=loop.autocast is not None):
                out = model(*x)
                loss = loss_of(out, y)
            tracker.mark(f"fwd{name}")
            loss.backward()
            tracker.mark(f"bwd{name}")
        optimizer.step()
        tracker.mark(f"opt{step}" + (f".{micro}" if micro else ""))


def _infer(model: nn.Module, loop: Loop, size: tuple[int, ...], tracker: LiveStorages) -> None:
    tracker.mark("model")
    x: list[Any] = [None] * len(loop.images)
    for step in range(2):
        for k, sides in enumerate(loop.images):
            x[k] = torch.randn(loop.batch, *sides, dtype=loop.dtype)
        y = [_label_map(loop.batch, each) for each in _sizes(size)]
        tracker.mark(f"batch{step}")
        with (
            torch.no_grad(),
            torch.autocast("cpu", loop.autocast, enabled=loop.autocast is not None),
        ):
            out = model(*x)
        tracker.mark(f"fwd{step}")
    del x, y, out
