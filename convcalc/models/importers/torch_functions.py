"""A model's own autograd functions as one operator each: what they keep is what they say.

A trace would run through their forward passes, and know nothing of `save_for_backward` and of
their backward passes. While one of these runs, each call of a function is an operator of a library
of ours, which applies the function.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function
from torch.utils._python_dispatch import _disable_current_modes
from torch.utils._pytree import TreeSpec, tree_flatten, tree_leaves, tree_unflatten

LIBRARY = "convcalc"
APPLIED = "_apply"  # behind the function's name


class _Call(NamedTuple):
    """A function with what it is given beside tensors, in whose places None stands."""

    name: str
    apply: Callable[..., Any]
    leaves: list[Any]
    spec: TreeSpec

    def run(self, *tensors: Tensor) -> Any:
        """Apply it to other tensors."""
        given = iter(tensors)
        leaves = [next(given) if each is None else each for each in self.leaves]
        args, kwargs = tree_unflatten(leaves, self.spec)
        return self.apply(*args, **kwargs)


_library = torch.library.Library(LIBRARY, "FRAGMENT")
_calls: dict[str, _Call] = {}  # the last of that name: traces of a model make the same ones
_operators: dict[str, tuple[str, Any]] = {}  # with their schemas


@contextmanager
def functions_as_operators(unseen: set[str], beside: set[str]) -> Iterator[None]:
    """Let calls be operators.

    `unseen` gets the names of functions of which none can be made, `beside` those of functions
    that keep tensors in attributes of their context.
    """
    plain = Function.__dict__["apply"]
    made: Counter[str] = Counter()
    inside: list[str] = []

    def apply(cls: Any, *args: Any, **kwargs: Any) -> Any:
        applied = plain.__get__(None, cls)
        if inside or cls.__module__.startswith("torch."):
            return applied(*args, **kwargs)
        inside.append(cls.__name__)
        try:
            leaves, spec = tree_flatten((args, kwargs))
            tensors = [each for each in leaves if isinstance(each, Tensor)]
            others = [None if isinstance(each, Tensor) else each for each in leaves]
            call = _Call(cls.__name__, applied, others, spec)
            schema = None if None in leaves else _schema_of(call, tensors, beside)
            if schema is None:
                unseen.add(cls.__name__)
                return applied(*args, **kwargs)
            made[cls.__name__] += 1
            name = f"{cls.__name__}{APPLIED}.c{made[cls.__name__]}"
            return _operator(name, schema, call)(*tensors)
        finally:
            inside.pop()

    Function.apply = classmethod(apply)
    try:
        yield
    finally:
        Function.apply = plain


def _schema_of(call: _Call, tensors: list[Tensor], beside: set[str]) -> str | None:
    """What it takes and gives, as torch.library writes that.

    None where it changes what it is given, or gives what no operator may: nothing, a list, some
    of several results that are views.
    """
    with _disable_current_modes():
        empty = [torch.empty(each.shape, dtype=each.dtype, device="meta") for each in tensors]
        for each in filter(Tensor.is_floating_point, empty):
            each.requires_grad_()
        try:
            result = call.run(*empty)
        except Exception:  # it changes a leaf that learns, or raises where it is run, too
            return None
    results = (result,) if isinstance(result, Tensor) else result
    if (
        not isinstance(results, tuple)
        or not results
        or not all(isinstance(e, Tensor) for e in results)
    ):
        return None
    node = results[0].grad_fn  # none without gradients
    if node is not None and any(isinstance(each, Tensor) for each in tree_leaves(vars(node))):
        beside.add(call.name)
    given = [each.untyped_storage()._cdata for each in empty]
    shown = [given.index(e.untyped_storage()._cdata) for e in results
             if e.untyped_storage()._cdata in given]  # fmt: skip
    if shown and len(results) > 1:
        return None
    takes = ", ".join(f"Tensor{'(a)' * (k in shown)} t{k}" for k in range(len(tensors)))
    gives = ", ".join([f"Tensor{'(a)' * bool(shown)}"] * len(results))
    return f"({takes}) -> {gives if isinstance(result, Tensor) else f'({gives})'}"


def _operator(name: str, schema: str, call: _Call) -> Any:
    """The operator of such a name, suited to the schema."""
    known = [each for each in _operators if each.startswith(f"{name}_")]
    full = next((e for e in known if _operators[e][0] == schema), f"{name}_{len(known)}")
    _calls[full] = call
    if full not in _operators:
        _library.define(full + schema)
        for key in ("Autograd", "Meta", "CPU"):
            _library.impl(full, lambda *tensors: _calls[full].run(*tensors), key)
        packet, overload = full.split(".")
        made = getattr(getattr(getattr(torch.ops, LIBRARY), packet), overload)
        _operators[full] = schema, made
    return _operators[full][1]
