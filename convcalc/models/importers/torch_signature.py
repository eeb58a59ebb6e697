"""A model's forward as a function of plain tensors that gives plain tensors.

Tuples and dictionaries that it takes are made of the inputs in their order; data classes, named
tuples and whatever else it gives are taken apart.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from itertools import combinations, islice, product
from typing import Any

import torch
from torch import Tensor, nn

Arrangement = Callable[[Sequence[Tensor]], list[Any]]  # from inputs to arguments
MOST = 64  # arrangements that are tried


class _Asked(dict[Any, Any]):
    """A dictionary whose values come in the order in which its keys are asked for."""

    def __init__(self, values: Sequence[Tensor]) -> None:
        super().__init__()
        self._left = list(values)

    def __missing__(self, key: Any) -> Tensor:
        if not self._left:
            raise KeyError(key)
        self[key] = self._left.pop(0)
        return self[key]


def unfold_forward(module: nn.Module, inputs: Sequence[Tensor]) -> bool:
    """Let forward take the inputs one by one and give a list; False where it does or fails."""
    arrange = arrangement_of(module, inputs)
    if arrange is None:
        return False
    folded = module.forward

    def forward(*given: Tensor) -> list[Tensor]:
        return list(plain_tensors(folded(*arrange(given))))

    vars(module)["forward"] = forward
    return True


def arrangement_of(module: nn.Module, inputs: Sequence[Tensor]) -> Arrangement | None:
    """How forward takes the inputs, as far as it runs on one; inputs one by one come first."""
    for arrange in islice(_arrangements(module.forward, len(inputs)), MOST):
        try:
            with torch.no_grad(), inputs[0].device:
                module(*arrange(inputs))
        except Exception:
            continue
        return arrange
    return None


def plain_tensors(value: Any) -> Iterator[Tensor]:
    """The tensors in a value, in the order in which it holds them."""
    if isinstance(value, Tensor):
        yield value
        return
    held: Any = ()
    if isinstance(value, Mapping):
        held = value.values()
    elif isinstance(value, list | tuple):
        held = value
    elif is_dataclass(value) and not isinstance(value, type):
        held = [getattr(value, each.name) for each in fields(value)]
    elif hasattr(value, "__dict__") and not callable(value):
        held = vars(value).values()
    for each in list(held):
        yield from plain_tensors(each)


def _arrangements(forward: Callable[..., Any], count: int) -> Iterator[Arrangement]:
    """Ways to hand over so many inputs, the likeliest first."""
    signature = inspect.signature(forward)
    try:
        signature.bind(*[None] * count)
    except TypeError:
        pass
    else:
        yield list
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    taken = [each for each in signature.parameters.values() if each.kind in positional]
    least = sum(each.default is inspect.Parameter.empty for each in taken)
    for arguments in range(max(least, 1), min(len(taken), count) + 1):
        for ends in combinations(range(1, count), arguments - 1):
            spans = list(zip((0, *ends), (*ends, count), strict=True))
            for folds in product((tuple, _Asked), repeat=arguments):
                yield _fold(spans, folds, alone=True)
    for fold in (tuple, _Asked):
        yield _fold([(0, count)], (fold,), alone=False)


def _fold(spans: list[tuple[int, int]], folds: Sequence[Any], alone: bool) -> Arrangement:
    """Each span one argument; `alone`: what has one input is that."""

    def arrange(inputs: Sequence[Tensor]) -> list[Any]:
        return [
            inputs[first] if alone and stop == first + 1 else fold(inputs[first:stop])
            for (first, stop), fold in zip(spans, folds, strict=True)
        ]

    return arrange
