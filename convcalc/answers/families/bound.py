"""Layers of a member: with their options, as a pattern, and by the names that they have there."""

from typing import NamedTuple

from convcalc.layers import Layer, find_spelling, known_keywords
from convcalc.network.blocks import Frame
from convcalc.network.graph import Node
from convcalc.network.names import Names
from convcalc.text.errors import SpecError
from convcalc.text.source import Source, Span
from convcalc.text.syntax.pattern import parse_items
from convcalc.text.syntax.tree import Document
from convcalc.text.syntax.tree import LayerItem as LayerTree

ARROW = " -> "


class Bound(NamedTuple):
    """A layer with its options; `token` is the same for layers that are the same."""

    tree: LayerTree
    layer: Layer
    trainable: bool
    token: bytes
    name: str  # as it is given, or empty
    text: str  # as a pattern


def number_names(bound: list[Bound]) -> list[Bound]:
    """The layers of a member; a name that several have gets a number behind it.

    Raises:
        SpecError: a name is given twice all the same.
    """
    given = [each.name for each in bound if each.name]
    if len(given) == len(set(given)):
        return bound
    repeated = {name for name in given if given.count(name) > 1}
    counts = dict.fromkeys(repeated, 0)
    found = []
    for each in bound:
        if each.name in repeated:
            counts[each.name] += 1
            each = _rename_layer(each, f"{each.name}_{counts[each.name]}")
        found.append(each)
    _refuse_twice(found)
    return found


def _rename_layer(bound: Bound, name: str) -> Bound:
    tree = bound.tree
    arguments = [a._replace(value=name) if a.name == "name" else a for a in tree.arguments]
    renamed = LayerTree(tree.keyword, arguments, tree.size, tree.span, tree.path, tree.notation)
    return bound._replace(tree=renamed, name=name, text=compact_text(renamed))


def _refuse_twice(bound: list[Bound]) -> None:
    seen = set()
    for each in bound:
        if each.name and each.name in seen:
            raise SpecError(f"the name `{each.name[:60]}` is given twice", each.tree.span)
        seen.add(each.name)


def compact_text(tree: LayerTree) -> str:
    """A layer in the shortest notation, `CONV3-64/2(P=1)`."""
    arguments = {argument.name: argument for argument in tree.arguments}
    text = tree.keyword
    for letter, mark in (("F", ""), ("K", "-"), ("S", "/")):
        if letter in arguments and type(arguments[letter].value) is int:
            text += f"{mark}{arguments.pop(letter).value}"
    rest = ", ".join(map(str, arguments.values()))
    return text + (f"({rest})" if rest else "") + (f"[{tree.size}]" if tree.size else "")


def pattern_of(bound: list[Bound]) -> str:
    """A member as a pattern, its layers one by one."""
    return ARROW.join([each.text for each in bound])


def layer_names(bound: list[Bound]) -> list[str]:
    """What the layers of a member are called in its pattern."""
    given = Names(Document([each.tree for each in bound], ""))
    found, stage = [], 0
    for index, each in enumerate(bound):
        spelling = find_spelling(each.tree.keyword)
        assert spelling is not None
        found.append(given.name_layer(each.tree, spelling, Frame(), stage, index))
        stage += spelling.type.ends_stage
    return found


class Places:
    """The layers of a member by name, where they stand in its pattern."""

    def __init__(self, bound: list[Bound]) -> None:
        self.bound = bound
        self.names = layer_names(bound)
        self.source = Source(pattern_of(bound))

    def node_at(self, place: int) -> Node:
        """A layer as `analyze` of the pattern has it."""
        each = self.bound[place]
        start = sum(len(before.text) + len(ARROW) for before in self.bound[:place])
        span = Span(self.source, start, start + len(each.text))
        (tree,) = parse_items(self.source, known_keywords(), span)
        assert isinstance(tree, LayerTree)
        return node_behind(each, place, tree, self.names[place])


def node_behind(bound: Bound, place: int, tree: LayerTree | None = None, name: str = "") -> Node:
    """A layer behind the one before it; `tree` has the places of its options."""
    tree = tree or bound.tree
    found = Node(name, bound.layer, (place - 1,) if place else (), (), tree.span)
    found.trainable = bound.trainable
    found.arguments = tree.arguments
    if tree.size and not bound.layer.declares_size:
        found.size, found.size_span = tree.size, tree.size_span
    return found
