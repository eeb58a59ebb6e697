"""What varies in a family: names of repeats, ranges in the text, optional layers.

A dimension has one value in a whole member, wherever it is used. Whether an optional layer
is there is decided anew each time that the expansion comes to it: for every stage.
"""

from collections.abc import Mapping
from typing import NamedTuple

from convcalc.layers import Spelling, find_spelling
from convcalc.network.layer_errors import refuse_number, unknown_layer
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.syntax.tree import Choices, Document, Group, Item
from convcalc.text.syntax.tree import LayerItem as LayerTree

FIXED = -1  # in place of a dimension: the value stands in the text
Values = Mapping[str, tuple[int, ...] | range]  # of names: 0 and 1 for optional layers


class Dimension(NamedTuple):
    """Something with several values; `counts` when the number of layers depends on it."""

    name: str
    values: tuple[int, ...] | range
    counts: bool

    @property
    def largest(self) -> int:
        """The largest value."""
        return self.values[-1] if isinstance(self.values, range) else max(self.values)


class Leaf(NamedTuple):
    """A layer as written; `slots` are its arguments with a range: position and dimension."""

    tree: LayerTree
    spelling: Spelling
    slots: tuple[tuple[int, int], ...]


class Part(NamedTuple):
    """A leaf or a group of parts, how often it stands there, and whether that is decided."""

    leaf: int  # -1: a group
    parts: tuple["Part", ...]
    times: int
    dimension: int  # that the number of times is, or FIXED
    optional: str  # the keyword that decisions go by; "" where there is nothing to decide


class Reader:
    """Reads a document's dimensions; `names` are the values that the user gives."""

    def __init__(self, document: Document, names: Values) -> None:
        self.names = names
        self.dimensions: list[Dimension] = []
        self.leaves: list[Leaf] = []
        self.asked: set[str] = set()
        self._index: dict[str, int] = {}
        _refuse_graphs(document)
        self._declare_names(document.items)
        self.parts = self._read_parts(document.items)
        self._refuse_unused()

    def _declare_names(self, items: list[Item]) -> None:
        """Dimensions that have names come first, in the order in which the user gives them."""
        used = _repeat_names(items)
        for name, values in self.names.items():
            if name in used:
                self._index[name] = self._new_dimension(name, values, True)

    def _new_dimension(self, name: str, values: tuple[int, ...] | range, counts: bool) -> int:
        taken = {dimension.name for dimension in self.dimensions}
        unique, number = name, 2
        while unique in taken:
            unique, number = f"{name}_{number}", number + 1
        distinct = values if isinstance(values, range) else tuple(dict.fromkeys(values))
        self.dimensions.append(Dimension(unique, distinct, counts))
        return len(self.dimensions) - 1

    def _read_parts(self, items: list[Item]) -> tuple[Part, ...]:
        found = (self._read_part(item) for item in items)
        return tuple(part for part in found if part is not None)

    def _read_part(self, item: Item) -> Part | None:
        """The part that an item is; None for one that the user leaves out."""
        optional = self._optional_keyword(item)
        if optional is None:
            return None
        count, dimension = self._read_count(item)
        if isinstance(item, Group):
            return Part(-1, self._read_parts(item.items), count, dimension, optional)
        assert isinstance(item, LayerTree)
        return Part(self._add_leaf(item), (), count, dimension, optional)

    def _optional_keyword(self, item: Item) -> str | None:
        """The keyword to decide by, "" where the item is there, None where it is left out."""
        if not item.optional:
            return ""
        keyword = _first_keyword(item)
        self.asked.add(keyword)
        for name, values in self.names.items():
            if name.upper() == keyword and len(set(values)) == 1:
                return "" if values[0] else None
        return keyword

    def _read_count(self, item: Item) -> tuple[int, int]:
        if isinstance(item.count, int):
            return item.count, FIXED
        if isinstance(item.count, Choices):
            return 0, self._new_dimension("repeat", item.count.values, True)
        self.asked.add(item.count)
        if item.count not in self._index:
            hint = f"--set {item.count}=1..3 goes through 1, 2 and 3"
            raise SpecError(f"`{item.count}` has no value", item.count_span, hint)
        return 0, self._index[item.count]

    def _add_leaf(self, tree: LayerTree) -> int:
        spelling = find_spelling(tree.keyword)
        if spelling is None:
            raise unknown_layer(tree, [])
        self._refuse_inputs(tree, spelling)
        slots = [
            (
                position,
                self._new_dimension(
                    f"{tree.keyword}.{argument.name}", argument.value.values, False
                ),
            )
            for position, argument in enumerate(tree.arguments)
            if isinstance(argument.value, Choices)
        ]
        self.leaves.append(Leaf(tree, spelling, tuple(slots)))
        return len(self.leaves) - 1

    def _refuse_inputs(self, tree: LayerTree, spelling: Spelling) -> None:
        least, most = spelling.type.inputs
        if most == 0 and self.leaves:
            raise SpecError(f"{tree.word} stands once, at the beginning", tree.span)
        if most != 0 and not self.leaves:
            hint = f"write INPUT -> {tree.word} ..."
            raise SpecError("a network starts with INPUT", tree.span, hint)
        if least > 1:
            refuse_number(tree, spelling, 1, "...")

    def _refuse_unused(self) -> None:
        for name in self.names:
            if name not in self.asked and name.upper() not in self.asked:
                known = f"; it has {', '.join(sorted(self.asked))}" if self.asked else ""
                raise ConvcalcError(
                    f"--set {name}: no repeat and no optional layer of that name{known}"
                )


def _repeat_names(items: list[Item]) -> set[str]:
    """The names of all repeats."""
    found = set()
    for item in items:
        if isinstance(item.count, str):
            found.add(item.count)
        if isinstance(item, Group):
            found |= _repeat_names(item.items)
    return found


def _first_keyword(item: Item) -> str:
    """`[POOL -> RELU]?` goes by POOL, as in --set POOL=no."""
    while isinstance(item, Group) and item.items:
        item = item.items[0]
    return item.keyword if isinstance(item, LayerTree) else ""


def _refuse_graphs(document: Document) -> None:
    """A family is written as a pattern: what only YAML can say has no notation for a range."""
    hint = "write it as a pattern, or in YAML under `pattern:`"
    for item in document.items[1:]:
        if not _is_pattern(item):
            raise SpecError("a family is written as a pattern", item.span, hint, path=item.path)
    if document.outputs:
        raise SpecError("a family has one output, its last layer", document.outputs[0].span)


def _is_pattern(item: Item) -> bool:
    if isinstance(item, Group):
        return not item.options and all(map(_is_pattern, item.items))
    return isinstance(item, LayerTree) and item.notation == "pattern"
