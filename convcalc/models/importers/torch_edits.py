"""Values that an operator changes by writing into a part of them: `x[:, 0] = y`.

In a trace the operator takes the part and gives the part. That what the part was taken of, and
every other view of that, is another value from then on, autograd knows and the graph does not
say. Here it does: the operator gives the whole, and what is used later is shown anew out of it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import fx

OF = "of"  # the argument that has the value before


def edited(operator: torch.Tensor, *, of: torch.Tensor) -> torch.Tensor:
    """The whole as an operator has left it that wrote into a view of it."""
    return of


def shown(whole: torch.Tensor, *, of: torch.Tensor) -> torch.Tensor:
    """A view as it is once what it shows was changed."""
    return of


def name_edited_values(graph: fx.Graph) -> None:
    """Let later operators take what an operator has left, not what was there before.

    A chain in which each operator takes what the one before gives tells that by itself.
    """
    order = {node: k for k, node in enumerate(graph.nodes)}
    sharing: dict[int, list[fx.Node]] = {}  # values by their storage
    for node in graph.nodes:
        if storage := _storage_of(node):
            sharing.setdefault(storage, []).append(node)
    for whole, *others in sharing.values():
        written = [node for node in others if _is_written(node)]
        if whole.op == "call_function" and any(
            _users_behind(each, node, order)
            for node in written
            for each in [whole, *others]
            if order[each] < order[node]
        ):
            _name_edited(whole, others, order)


def _name_edited(whole: fx.Node, others: list[fx.Node], order: dict[fx.Node, int]) -> None:
    """Go through the values of one storage, of which the first one is the whole."""
    views: list[fx.Node] = []
    for node in others:
        if not _is_written(node):
            views.append(node)
            continue
        before, whole = whole, node
        if node.args[0] is not before:
            whole = _insert_behind(node, edited, before, order)
        used = [e for e in (node, *views) if e is not whole and _users_behind(e, whole, order)]
        views = [_insert_behind(whole, shown, each, order) for each in used]


def whole_of(node: fx.Node) -> fx.Node | None:
    """What is given in an operator's place, where that writes into a view."""
    return next((e for e in node.users if e.target is edited and e.args[0] is node), None)


def value_before(node: fx.Node) -> fx.Node:
    """What is the same tensor, before an operator wrote into it."""
    before = node.kwargs[OF]
    assert isinstance(before, fx.Node)
    return before


def _insert_behind(
    place: fx.Node, function: Callable[..., Any], before: fx.Node, order: dict[fx.Node, int]
) -> fx.Node:
    """Say what a value is behind an operator, for all that take it there."""
    users = _users_behind(before, place, order)
    with place.graph.inserting_after(place):
        made = place.graph.call_function(function, (place,), {OF: before})
    made.meta = {**place.meta, "val": before.meta["val"]}
    order[made] = order[place]
    for user in users:
        user.replace_input_with(before, made)
    return made


def _users_behind(node: fx.Node, place: fx.Node, order: dict[fx.Node, int]) -> list[fx.Node]:
    return [user for user in node.users if order[user] > order[place]]


def _storage_of(node: fx.Node) -> int:
    """A number for where the result lies; 0 of what is no tensor."""
    made = node.meta.get("val")
    return int(made.untyped_storage()._cdata) if isinstance(made, torch.Tensor) else 0


def _is_written(node: fx.Node) -> bool:
    """Whether an operator writes into its first argument, and gives it."""
    if not isinstance(node.target, torch._ops.OpOverload) or not node.args:
        return False
    first = node.target._schema.arguments[0]
    return first.alias_info is not None and first.alias_info.is_write
