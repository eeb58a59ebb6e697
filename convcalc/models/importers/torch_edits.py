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
    """Let later operators take what an operator has left, not what was there before."""
    sharing: dict[int, list[fx.Node]] = {}  # values by their storage; the first one is the whole
    order = {node: k for k, node in enumerate(graph.nodes)}
    for node in list(graph.nodes):
        storage = _storage_of(node)
        if not storage:
            continue
        before = sharing.get(storage, [])
        if not before or before[0].op != "call_function" or not _is_written(node):
            sharing.setdefault(storage, []).append(node)
            continue
        whole = node
        if node.args[0] is not before[0]:
            whole = _insert_behind(node, edited, before[0], order)
        views = [each for each in [node, *before[1:]] if each is not whole]
        used = [each for each in views if _users_behind(each, whole, order)]
        made = [_insert_behind(whole, shown, each, order) for each in used]
        sharing[storage] = [whole, *made]


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
