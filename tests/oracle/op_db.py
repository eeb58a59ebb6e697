"""torch's own list of operators, each called by a small module: `op_db` of torch.testing.

A module has the tensors of one of torch's samples: real ones as parameters, others as buffers. Each
parameter is multiplied by the network's input, so that the operator works on values, of the whole
batch where it takes them; otherwise by a positive number that the input gives. What comes out is
summed and added to a linear layer's result.
"""

import sys
import types
import unittest
from collections.abc import Iterator
from functools import cache
from itertools import chain, islice
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

try:
    import expecttest  # noqa: F401
except ModuleNotFoundError:  # torch.testing's own tests take a class of it, and no more
    stand_in = types.ModuleType("expecttest")
    stand_in.TestCase = unittest.TestCase  # type: ignore[attr-defined]
    sys.modules["expecttest"] = stand_in

from torch.testing._internal import common_utils
from torch.testing._internal.common_methods_invocations import op_db
from torch.testing._internal.opinfo import core

for module in (common_utils, core):  # it looks through all frames for a test of torch's own
    module.extract_test_fn = lambda: None

REAL = torch.float32
MOST_AXES = 3  # of a sample that becomes a batch


@cache
def dense_operators() -> dict[str, Any]:
    """What `op_db` has for dense float32 values on a CPU, by name and variant."""
    return {
        each.full_name: each
        for each in op_db
        if REAL in each.supported_dtypes("cpu")
        and not each.full_name.startswith(("jiterator", "sparse.", "to_sparse"))
    }


def sample_of(operator: Any, number: int | None = None) -> Any:
    """The sample of that number, or the first of its samples that has values everywhere."""
    wanted = operator.supports_autograd
    samples = operator.sample_inputs("cpu", REAL, requires_grad=wanted)
    if number is not None:
        return next(islice(samples, number, None))
    first = next(samples)
    return next(filter(_has_values, chain([first], samples)), first)


def _has_values(sample: Any) -> bool:
    return all(each.numel() for each in _tensors((sample.input, sample.args, sample.kwargs)))


def _tensors(held: Any) -> list[Tensor]:
    return [each for each in tree_leaves(held) if isinstance(each, Tensor)]


class Called(nn.Module):
    """A call of an operator; its input has the sample's size, or three values."""

    def __init__(self, operator: Any, batched: bool, number: int | None = None) -> None:
        super().__init__()
        sample = sample_of(operator, number)
        self.operator, self.batched = operator.op, batched
        self.leaves, self.form = tree_flatten((sample.input, sample.args, sample.kwargs))
        self.places = [k for k, each in enumerate(self.leaves) if isinstance(each, Tensor)]
        for k in self.places:
            tensor, self.leaves[k] = self.leaves[k], None
            if tensor.requires_grad:
                self.register_parameter(f"t{k}", nn.Parameter(tensor.detach().clone()))
            elif k or not batched:
                self.register_buffer(f"t{k}", tensor.detach().clone())
        self.size = tuple(sample.input.shape) if batched else (3,)
        self.head = nn.Linear(torch.Size(self.size).numel(), 2)

    def forward(self, x: Tensor) -> Tensor:
        """A row of two for each sample."""
        leaves = list(self.leaves)
        for k in self.places:
            held = getattr(self, f"t{k}", None)
            if k == 0 and self.batched:
                leaves[k] = x if held is None else x * held
            else:
                leaves[k] = held * x.mean().exp() if isinstance(held, nn.Parameter) else held
        given, arguments, named = tree_unflatten(leaves, self.form)
        results = self.operator(given, *arguments, **named)
        total = self.head(x.flatten(1))
        for each in _tensors(results):
            real = each.abs() if each.is_complex() else each
            total = total + (real if real.is_floating_point() else real.float()).sum()
        return total


def module_of(operator: Any, number: int | None = None) -> Called:
    """The call on a batch where the operator takes one, each sample by itself."""
    sample = sample_of(operator, number).input
    if isinstance(sample, Tensor) and sample.is_floating_point() and 0 < sample.ndim <= MOST_AXES:
        made = Called(operator, True, number)
        if len(set(_forms(made))) == 1:
            return made
    return Called(operator, False, number)


def _forms(module: Called) -> Iterator[Any]:
    """How many results of how many axes there are for two batches."""
    for batch in (2, 3):
        found: list[Any] = []
        called = module.operator

        def operator(*given: Any, called: Any = called, found: Any = found, **named: Any) -> Any:
            results = called(*given, **named)
            found.extend(each.ndim for each in _tensors(results))
            return results

        module.operator = operator
        try:
            module(torch.randn(batch, *module.size))
        except Exception:
            found = [batch]  # it takes none
        module.operator = called
        yield tuple(found)
