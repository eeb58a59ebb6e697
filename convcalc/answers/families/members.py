"""The members of a family: their layers bound, and those that differ told apart.

Two members are the same network when their layers are, one after the other, whatever they
are called and however they came about.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple

from convcalc.answers.families.bound import ARROW, Bound, compact_text
from convcalc.answers.families.digests import Digests
from convcalc.answers.families.dimensions import Leaf
from convcalc.answers.families.family import Assignment, Decisions, Family, Leaves
from convcalc.facts.shape import Shape
from convcalc.layers import Context, Layer
from convcalc.network.blocks import is_trainable
from convcalc.network.graph import Settings
from convcalc.network.layer_options import bind_layer, resized_input
from convcalc.network.names import own_name
from convcalc.text.errors import SpecError
from convcalc.text.syntax.tree import Choices
from convcalc.text.syntax.tree import LayerItem as LayerTree

MOST_TRIED = 1_000  # values of a range that are tried before the sweep
MOST_BOUND = 20_000  # layers that are kept; a family may have a million
TOKEN = 16  # bytes


class Member(NamedTuple):
    """A network of a family; `number` counts from 0 before duplicates are left out."""

    number: int
    values: Assignment
    decisions: Decisions
    leaves: Leaves


class Binder:
    """Binds the layers of members, each distinct one once."""

    def __init__(self, family: Family, settings: Settings) -> None:
        self.leaves = family.leaves
        self.settings = settings
        self.generation = 0  # how often everything has been forgotten
        self._types = [id(leaf.spelling.type) for leaf in family.leaves]
        self._ends = [leaf.spelling.type.ends_stage for leaf in family.leaves]
        self._bound: dict[tuple[Leaves, int, int, bool, int], Bound] = {}
        self._layers: dict[bytes, Layer] = {}
        self._context = Context(
            filters=settings.filters,
            hidden=settings.hidden,
            classes=settings.classes,
            input=settings.input or Context().input,
        )

    def bind_member(self, values: Assignment | Mapping[int, int], leaves: Leaves) -> list[Bound]:
        """The layers of a member.

        Raises:
            SpecError: a value out of its range.
        """
        if len(self._bound) > MOST_BOUND:
            self._bound.clear()
            self._layers.clear()
            self.generation += 1
        last = {self._types[leaf]: place for place, leaf in enumerate(leaves)}
        found: list[Bound] = []
        stage, axes, known = 0, self._context.axes, self._bound
        for place, leaf in enumerate(leaves):
            slots = self.leaves[leaf].slots
            chosen = tuple([values[slot[1]] for slot in slots]) if slots else ()
            is_last = last[self._types[leaf]] == place
            bound = known.get((chosen, leaf, stage, is_last, axes))
            if bound is None:
                bound = known[chosen, leaf, stage, is_last, axes] = self._bind_leaf(
                    self.leaves[leaf], chosen, stage, is_last, axes
                )
            found.append(bound)
            axes = found[0].layer.axes  # the input's
            stage += self._ends[leaf]
        return found

    def _bind_leaf(self, leaf: Leaf, chosen: Leaves, stage: int, is_last: bool, axes: int) -> Bound:
        tree = concrete_layer(leaf, chosen)
        context = self._context._replace(stage=stage, last=is_last, axes=axes)
        layer, _ = bind_layer(leaf.spelling, tree, {}, context)
        if self.settings.input and leaf.spelling.type.declares_size:
            layer = resized_input(layer, self.settings.input, tree)
            tree = _resize_input(tree, self.settings.input)
        learns = is_trainable(tree, {})
        text = f"{layer.keyword} {layer.hyperparameters()} {learns}"
        token = blake2b(text.encode(), digest_size=TOKEN).digest()
        layer = self._layers.setdefault(token, layer)
        return Bound(tree, layer, learns, token, own_name(tree), compact_text(tree))


def concrete_layer(leaf: Leaf, chosen: Leaves) -> LayerTree:
    """The layer as it would have been written with one value in place of each range."""
    if not leaf.slots:
        return leaf.tree
    tree = leaf.tree
    arguments = list(tree.arguments)
    for (position, _), value in zip(leaf.slots, chosen, strict=True):
        assert isinstance(arguments[position].value, Choices)
        arguments[position] = arguments[position]._replace(value=value)
    found = LayerTree(tree.keyword, arguments, tree.size, tree.span, tree.path, tree.notation)
    found.word, found.size_span = tree.word, tree.size_span
    return found


def _resize_input(tree: LayerTree, size: Shape) -> LayerTree:
    """An input as it would have been written with another size."""
    named = [argument for argument in tree.arguments if argument.name == "name"]
    return LayerTree(tree.keyword, named, size, tree.span, tree.path, tree.notation)


def refuse_wrong_values(family: Family, settings: Settings) -> None:
    """Bind every layer with what may stand in it, before any member is worked out.

    Layers in which several things vary at once are members' business.

    Raises:
        SpecError: an unknown option, or a value out of its range.
    """
    binder = Binder(family, settings)
    for number, leaf in enumerate(family.leaves):
        if len(leaf.slots) > 1:
            continue
        values: Iterable[int] = (0,)
        if leaf.slots:
            dimension = family.dimensions[leaf.slots[0][1]]
            values = {*dimension.values[:MOST_TRIED], dimension.values[-1], dimension.largest}
        for value in values:
            binder.bind_member(dict.fromkeys((slot for _, slot in leaf.slots), value), (number,))


def written_pattern(family: Family, member: Member) -> str:
    """A member that cannot be bound, as a pattern."""
    layers = []
    for leaf in member.leaves:
        slots = family.leaves[leaf].slots
        chosen = tuple(member.values[dimension] for _, dimension in slots)
        layers.append(compact_text(concrete_layer(family.leaves[leaf], chosen)))
    return ARROW.join(layers)


def distinct_members(family: Family, settings: Settings) -> Iterator[Member]:
    """Every network of the family once, where it occurs first; those that are none too."""
    binder, seen, number = Binder(family, settings), Digests(), 0
    for values in family.assignments():
        for leaves, decisions in family.member_sequences(values):
            try:
                tokens = [each.token for each in binder.bind_member(values, leaves)]
            except SpecError as error:  # each of them, as far as they differ
                tokens = [f"{error.message} {values} {leaves}".encode()]
            if seen.add_digest(b"".join(tokens)):
                yield Member(number, values, decisions, leaves)
            number += 1


def shard_members(family: Family, settings: Settings, part: int, parts: int) -> Iterator[Member]:
    """The members of one of several equal parts, in order; `part` counts from 1.

    The parts one after the other are the whole family. Goes through the family twice.
    """
    count = sum(1 for _ in distinct_members(family, settings))
    first, end = count * (part - 1) // parts, count * part // parts
    return islice(distinct_members(family, settings), first, end)
