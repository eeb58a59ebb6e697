"""Names of layers: as the source gives them, or automatic and stable.

Automatic names follow the VGG paper: conv1_1, conv1_2, pool1, conv2_1; fc1, fc2.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

from convcalc.layers import Spelling
from convcalc.network.blocks import varies_by_round
from convcalc.network.layer_options import resolve_value
from convcalc.text.errors import SpecError, nearest_hint
from convcalc.text.source import Span
from convcalc.text.syntax.tree import Argument, Block, Branch, Document, Group, Item
from convcalc.text.syntax.tree import LayerItem as LayerTree

Scope = tuple[str, ...]
LONGEST_PART, LONGEST = 200, 500  # characters of a name as it is written, and with its blocks'


class Names:
    """The names given so far, and where each stands."""

    def __init__(self, document: Document) -> None:
        self.index: dict[str, int] = {}
        self.latest: dict[str, int] = {}
        self.spans: dict[str, Span | None] = {}
        self.counts: dict[tuple[Scope, str], int] = {}
        self.scopes: dict[Scope, Span | None] = {}
        self.ends: dict[str, int] = {}  # a block's last layer so far, by the block's name
        self.children: dict[Scope, dict[str, None]] = {(): {}}
        self.enclosing: dict[Scope, list[str]] = {(): []}
        self.taken = set(_written_names(document))

    def name_layer(
        self, item: LayerTree, spelling: Spelling, frame: Any, stage: int, index: int
    ) -> str:
        """Name the layer that becomes node `index`."""
        given = next((a for a in item.arguments if a.name == "name"), None)
        if given:  # with the number of the round
            plain = _plain_name(given, frame)
            local = plain + _number_of_round(given, frame)
        else:
            local = self._automatic_name(item, spelling, frame.scope, stage)
        name = full_name(frame.scope, local)
        if name in self.index or name in self.ends:
            self._refuse_twice(name, item)
        self.index[name] = index
        self.spans[name] = item.span
        for block in self._enclosing_blocks(frame.scope):
            self.ends[block] = index
        self.children[frame.scope][local] = None
        if given:  # without that number: what stands beside it means this one
            self.latest[full_name(frame.scope, plain)] = index
        return name

    def _enclosing_blocks(self, scope: Scope) -> list[str]:
        """The full names of a scope and of those around it."""
        if scope not in self.enclosing:
            self.children[scope] = {}
            around = self._enclosing_blocks(scope[:-1])
            self.children[scope[:-1]][scope[-1]] = None
            self.enclosing[scope] = [*around, full_name(scope)]
        return self.enclosing[scope]

    def _refuse_twice(self, name: str, item: LayerTree) -> None:
        first = self.spans.get(name)
        where = f", first at {first}" if first else ""
        raise SpecError(f"the name `{name[:60]}` is given twice{where}", item.span, path=item.path)

    def _automatic_name(self, item: LayerTree, spelling: Spelling, scope: Scope, stage: int) -> str:
        layer = spelling.type
        stem = (layer.reported_as or layer.keyword).lower()
        if stem[-1].isdigit():
            stem += "_"  # relu6_1_1: the type's own digit is not the stage's
        if layer.numbered_in == "once":
            return stem
        if layer.ends_stage:
            return self._free_name(stem, scope, stage)
        prefix = stem if layer.numbered_in == "network" else f"{stem}{stage + 1}_"
        return self._free_name(prefix, scope, self.counts.get((scope, prefix), 0))

    def _free_name(self, prefix: str, scope: Scope, count: int) -> str:
        """The next number behind `prefix` that no layer of the source has for a name."""
        count += 1
        while (
            f"{prefix}{count}" in self.taken or full_name(scope, f"{prefix}{count}") in self.index
        ):
            count += 1
        self.counts[scope, prefix] = count
        return f"{prefix}{count}"

    def name_block(self, scope: Scope, block: str) -> str:
        """The automatic name of a block: its own with a number behind it."""
        count = self.counts.get((scope, block), 0) + 1
        while (*scope, f"{block}{count}") in self.scopes:
            count += 1
        self.counts[scope, block] = count
        return f"{block}{count}"

    def claim_scope(self, scope: Scope, item: LayerTree) -> None:
        """Give a block its name, which no other block may have."""
        name = full_name(scope)
        if scope in self.scopes or name in self.index:
            self._refuse_twice(name, item)
        self.scopes[scope] = self.spans[name] = item.span

    def find_nodes(
        self, arguments: Iterable[Argument], frame: Any, own: str = ""
    ) -> tuple[int, ...]:
        """The nodes that a `from` or `outputs` names, seen from a frame.

        A block's name stands for its last layer; `layer*` for every layer and block of
        the innermost scope that has names like that. `own` is the name of who asks.
        """
        found: list[int] = []
        for argument in arguments:
            wanted = short_name(str(resolve_value(argument, frame.environment)))
            found += self._matching_nodes(wanted, frame.scope) or [
                self._unknown_name(wanted, argument, own)
            ]
        return tuple(found)

    def _matching_nodes(self, wanted: str, scope: Scope) -> list[int]:
        for depth in range(len(scope), -1, -1):
            if "*" in wanted:
                found = self._starred_nodes(wanted, scope, depth)
                if found:
                    return found
            name = full_name(scope[:depth], wanted)
            for table in (self.latest, self.index, self.ends):
                if name in table:
                    return [table[name]]
        return []

    def _starred_nodes(self, wanted: str, scope: Scope, depth: int) -> list[int]:
        from fnmatch import fnmatchcase

        names = [name for name in self.children.get(scope[:depth], ()) if fnmatchcase(name, wanted)]
        if depth < len(scope) and scope[depth] in names:
            names.remove(scope[depth])  # the block that the question stands in
        full = [full_name(scope[:depth], name) for name in names]
        return [self.index.get(name, self.ends.get(name, 0)) for name in full]

    def _unknown_name(self, wanted: str, argument: Argument, own: str) -> NoReturn:
        if wanted == own:
            message, hint = f"`{wanted[:60]}` cannot take its own output", ""
        else:
            message = f"no earlier layer has the name `{wanted[:60]}`"
            hint = nearest_hint(wanted, [*self.index, *self.ends])
            if wanted in self.taken:
                hint = "it stands further down; a layer takes only what came before"
        raise SpecError(message, argument.span, hint, path=argument.path)


def own_name(item: LayerTree) -> str:
    """The name as it is written at a layer, or an empty text."""
    return short_name(next((str(a.value) for a in item.arguments if a.name == "name"), ""))


def given_name(argument: Argument, frame: Any) -> str:
    """A name as the source gives it; in a repeat numbered, unless it numbers itself."""
    return _plain_name(argument, frame) + _number_of_round(argument, frame)


def _number_of_round(argument: Argument, frame: Any) -> str:
    return "" if varies_by_round(argument) else str(frame.suffix)


def _plain_name(argument: Argument, frame: Any) -> str:
    name = str(resolve_value(argument, frame.environment))
    if not name.strip():
        raise SpecError("the name is empty", argument.span, path=argument.path)
    return short_name(name)


def full_name(scope: Scope, *local: str) -> str:
    """A name with those of the blocks that it stands in."""
    return short_name(".".join((*scope, *local)), LONGEST)


def short_name(name: str, most: int = LONGEST_PART) -> str:
    """A name that may be repeated for every layer: of a longer one the beginning and a digest."""
    if len(name) <= most:
        return name
    from hashlib import blake2b  # few networks need it

    digest = blake2b(name.encode(errors="backslashreplace"), digest_size=4).hexdigest()
    return f"{name[: most - 11]}...{digest}"


def _written_names(document: Document) -> list[str]:
    """Every name that stands in the source, so that no automatic one takes it."""
    found: list[str] = []
    _collect_names(document.items, found)
    for block in document.blocks.values():
        _collect_block(block, found)
    return found


def _collect_block(block: Block, found: list[str]) -> None:
    _collect_names(block.items, found)
    for default in block.parameters.values():
        if default and isinstance(default.value, Branch):
            _collect_names(default.value.items, found)


def _collect_names(items: list[Item], found: list[str]) -> None:
    for item in items:
        if isinstance(item, Group):
            _collect_names(item.items, found)
        elif isinstance(item, LayerTree):
            found += [short_name(str(a.value)) for a in item.arguments if a.name == "name"]
            for branch in item.branches.values():
                _collect_names(branch.items, found)
