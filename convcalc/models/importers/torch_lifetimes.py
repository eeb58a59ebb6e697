"""How long the module's own Python code holds each value: variables, lists, attributes.

The module runs once more, eagerly and without gradients, on tensors without values. A mode before
dispatch sees the operators that the trace has, in the same order; weak references tell after which
of them each storage is gone.
"""

from collections.abc import Iterator, Sequence, Set
from contextlib import ExitStack, contextmanager
from typing import Any, NoReturn

import torch
from torch import Tensor, UntypedStorage, fx, nn
from torch._dispatch.python import enable_pre_dispatch, enable_python_dispatcher
from torch._subclasses.schema_check_mode import SchemaCheckMode
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils import checkpoint
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.checkpoint import CheckpointFunction

from convcalc.models.importers.traced import NEXT, Lifetime
from convcalc.text.errors import ConvcalcError

# What a trace says where eager code runs lift_fresh: a tensor of what forward writes down.
FRESH = torch.ops.aten.lift_fresh_copy.default
EXPORTED = {torch.ops.aten.lift_fresh.default: FRESH}

Span = tuple[int, int]  # of positions, both included
Operator = tuple[Any, list[tuple[int, ...]]]  # which it is, and the sizes of its results


class _Storage:
    """One that an operator has made: positions among the operators."""

    __slots__ = ("last_use", "made", "reference", "results", "until")

    def __init__(self, reference: StorageWeakRef, made: int) -> None:
        self.reference = reference
        self.made = self.last_use = self.until = made
        self.results: list[tuple[int, int]] = []  # operators, and which of their results


class _EagerRun(SchemaCheckMode):  # type: ignore[misc]  # torch has no other mode that may stand here
    """Watches every operator before it is decomposed."""

    def __init__(self, inputs: Sequence[Tensor]) -> None:
        TorchDispatchMode.__init__(self, torch._C.DispatchKey.PreDispatch)
        self.operators: list[Operator] = []
        self.storages: list[_Storage] = []
        self._alive: dict[int, _Storage] = {}
        self._older = {StorageWeakRef(each.untyped_storage()).cdata for each in inputs}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.sweep()
        result = func(*args, **(kwargs or {}))
        position = len(self.operators)
        for each in tree_leaves((args, kwargs)):
            storage = self._known_storage(each)
            if storage is not None:
                storage.last_use = position
        results = [each for each in tree_leaves(result) if isinstance(each, Tensor)]
        for index, each in enumerate(results):
            self._storage_of(each, position).results.append((position, index))
        self.operators.append((func, [tuple(each.shape) for each in results]))
        return result

    def sweep(self) -> None:
        """Write down what is gone since the last operator."""
        for key in list(filter(UntypedStorage._expired, self._alive)):
            self._alive.pop(key).until = len(self.operators) - 1

    def finish(self) -> list[_Storage]:
        """What still lives when the results are gone: the module's attributes hold it."""
        self.sweep()
        return list(self._alive.values())

    def _known_storage(self, value: Any) -> _Storage | None:
        if not isinstance(value, Tensor):
            return None
        return self._alive.get(StorageWeakRef(value.untyped_storage()).cdata)

    def _storage_of(self, tensor: Tensor, position: int) -> _Storage:
        reference = StorageWeakRef(tensor.untyped_storage())
        if reference.cdata in self._alive:
            return self._alive[reference.cdata]
        made = _Storage(reference, position)
        if reference.cdata not in self._older:
            self._alive[reference.cdata] = made
            self.storages.append(made)
        return made


def observed_lifetimes(
    module: nn.Module,
    inputs: Sequence[Tensor],
    traced: Sequence[fx.Node],
    names: dict[tuple[int, int], str],
) -> tuple[list[Lifetime], list[Span]] | None:
    """The lifetimes of what the operators of a trace make, and what torch.utils.checkpoint
    computes again, from one operator to another; None if others run.

    Positions count the traced operators; `names` are of their results.
    """
    owned = [*module.parameters(), *module.buffers(), *inputs]
    run = _EagerRun(owned)
    regions: list[list[int]] = []
    modes = (torch.no_grad(), enable_python_dispatcher(), enable_pre_dispatch(), run)
    with ExitStack() as stack:
        for each in (_watched_checkpoints(run, regions), *modes):
            stack.enter_context(each)
        try:
            result = module(*inputs)
        except Exception:
            _refuse_unplaced(regions)
            raise
    run.sweep()
    returned = {StorageWeakRef(each.untyped_storage()).cdata
                for each in tree_leaves(result) if isinstance(each, Tensor)}  # fmt: skip
    del result
    kept = run.finish()
    places = _aligned(traced, run.operators)
    if places is None:
        _refuse_unplaced(regions)
        return None
    again = [(places[first], places[stop - 1]) for first, stop in regions if stop > first]
    return list(_lifetimes(run.storages, kept, returned, places, names)), again


def count_kept_in_evaluation(
    module: nn.Module,
    inputs: Sequence[Tensor],
    traced: Sequence[fx.Node],
    training_only: Set[int],
) -> int | None:
    """How many values evaluation leaves in the module's attributes.

    None where it runs other operators than the traced ones, but for those that only training
    may have, by their positions.
    """
    run = _EagerRun([*module.parameters(), *module.buffers(), *inputs])
    module.eval()
    try:
        with torch.no_grad(), enable_python_dispatcher(), enable_pre_dispatch(), run:
            module(*inputs)
        kept = run.finish()
    finally:
        module.train()
    places = _aligned(traced, run.operators, training_only)
    alike = places is not None and len({-1, *places}) > len(places)  # each at a place of its own
    return len(kept) if alike else None


def _refuse_unplaced(regions: list[list[int]]) -> None:
    if regions:
        raise ConvcalcError(
            "torch.utils.checkpoint in a model whose second pass is not as its first one: "
            "what it computes again is not known",
            "trace it with checkpointing switched off",
        )


@contextmanager
def _watched_checkpoints(run: _EagerRun, regions: list[list[int]]) -> Iterator[None]:
    """Write down between which operators torch.utils.checkpoint works; refuse it reentrant."""
    plain, reentrant = checkpoint._checkpoint_without_reentrant_generator, CheckpointFunction.apply

    def watched(*_: Any, **__: Any) -> Iterator[None]:
        region = [len(run.operators), 0]
        regions.append(region)
        yield
        region[1] = len(run.operators)

    def apply(*_: Any) -> NoReturn:
        raise ConvcalcError(
            "torch.utils.checkpoint with use_reentrant=True, which runs without gradients: "
            "what it holds is not modelled",
            "call it with use_reentrant=False, as PyTorch recommends",
        )

    checkpoint._checkpoint_without_reentrant_generator = watched
    CheckpointFunction.apply = apply
    try:
        yield
    finally:
        checkpoint._checkpoint_without_reentrant_generator = plain
        CheckpointFunction.apply = reentrant


def _aligned(
    traced: Sequence[fx.Node], run: list[Operator], left_out: Set[int] = frozenset()
) -> list[int] | None:
    """For each operator that has run the position of the last traced one up to it.

    None where a traced one has not run, but for those at the positions `left_out`.
    """

    def may_miss(place: int) -> bool:  # a mode before dispatch misses what stands in brackets
        return place in left_out or traced[place].target is FRESH

    places: list[int] = []
    position = -1
    for operator, sizes in run:
        for following in range(position + 1, len(traced)):
            if _is_call(traced[following], operator, sizes):
                position = following
            if position == following or not may_miss(following):
                break
        places.append(position)
    return places if all(map(may_miss, range(position + 1, len(traced)))) else None


def _is_call(node: fx.Node, operator: Any, sizes: list[tuple[int, ...]]) -> bool:
    if node.target is not EXPORTED.get(operator, operator):
        return False
    results = [each for each in tree_leaves(node.meta.get("val")) if isinstance(each, Tensor)]
    return [tuple(each.shape) for each in results] == sizes


def _lifetimes(
    storages: list[_Storage],
    kept: list[_Storage],
    returned: set[int],
    places: list[int],
    names: dict[tuple[int, int], str],
) -> Iterator[Lifetime]:
    for storage in storages:
        if storage.reference.cdata in returned:
            continue
        values = tuple(
            names[places[position], index]
            for position, index in storage.results
            if (places[position], index) in names
            and (not position or places[position - 1] < places[position])
        )
        until = NEXT if storage in kept else places[storage.until]
        last = places[storage.last_use]
        nothing = storage.results[-1][0] == storage.last_use  # takes what was made last
        if values and (until == NEXT or until > last or nothing):
            yield Lifetime(values, places[storage.made], last, until)
