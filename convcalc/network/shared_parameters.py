"""Layers that use the parameters of another: a module that a model calls twice, a tied weight."""

from typing import TYPE_CHECKING, Any

from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.layers import Spelling
from convcalc.network.graph import Node
from convcalc.text.errors import SpecError
from convcalc.text.syntax.tree import LayerItem as LayerTree

if TYPE_CHECKING:
    from convcalc.network.layer_options import Pending
    from convcalc.network.names import Names


def sharing_node(
    item: LayerTree,
    spelling: Spelling,
    nodes: list[Node],
    pending: "list[Pending]",
    names: "Names",
    frame: Any,
) -> int | None:
    """The node whose parameters a layer uses, by its option `share`, or None.

    Raises:
        SpecError: no earlier layer of that name, or one of another type where that matters.
    """
    argument = next((each for each in item.arguments if each.name == "share"), None)
    if argument is None:
        return None
    (found,) = names.find_nodes((argument,), frame)
    if pending[found].spelling.type is not spelling.type and not spelling.type.shares_any:
        raise SpecError(
            f"`{nodes[found].name}` is no {item.word}: its parameters are others",
            argument.span,
            path=argument.path,
        )
    owner = nodes[found].shares
    return found if owner is None else owner


def borrowed_facts(facts: LayerFacts, owner: LayerFacts) -> LayerFacts:
    """The facts of a layer that has no parameters of its own; a problem if they do not fit."""
    wanted, there = _shapes_text(facts), _shapes_text(owner)
    problems = facts.problems
    if wanted != there:
        message = f"needs parameters {wanted}, and the layer that it shares with has {there}"
        problems += (Problem("share", message, option="share"),)
    return facts._replace(parameters=(), buffers=(), shared=facts.parameters, problems=problems)


def _shapes_text(facts: LayerFacts) -> str:
    shapes = ("x".join(map(str, each.shape)) or "1" for each in facts.parameters + facts.shared)
    return " and ".join(shapes) or "none"
