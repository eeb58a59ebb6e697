"""How often items repeat, and how many layers that makes, before anything is expanded."""

from collections.abc import Iterable

from convcalc.facts.units import as_written
from convcalc.network.graph import Settings
from convcalc.network.layer_options import Environment
from convcalc.text.errors import Hint, SpecError
from convcalc.text.syntax.tree import Branch, Choices, Document, Group, Item
from convcalc.text.syntax.tree import LayerItem as LayerTree


def repeat_count(item: Item, settings: Settings, environment: Environment) -> int:
    """How often an item stands in the network: 0 where it is optional and left out.

    Raises:
        SpecError: a name that nothing sets, or a range, which only a sweep goes through.
    """
    if item.optional and not _is_wanted(item, settings):
        return 0
    count = item.count
    if isinstance(count, Choices):
        raise SpecError(
            f"`*{count}` stands for several networks",
            item.count_span,
            "convcalc sweep goes through all of them",
            path=item.path,
        )
    return count if isinstance(count, int) else _named_count(count, item, settings, environment)


def _named_count(count: str, item: Item, settings: Settings, environment: Environment) -> int:
    if "$" not in count:
        settings.asked.add(count)
    if "$" in count:
        from convcalc.text.expressions import evaluate_expression

        try:
            value = evaluate_expression(count, environment)
        except ValueError as error:
            raise SpecError(str(error), item.count_span, path=item.path) from None
    elif count in settings.names:
        settings.used.add(count)
        value = settings.names[count]
    else:
        raise SpecError(
            f"`{count}` has no value",
            item.count_span,
            Hint(f"--set {count}=2 gives it one", word=count, instead="2", plain="write a number"),
            path=item.path,
        )
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SpecError(
            f"`{count}` must be an integer of at least 0 here, not `{as_written(value)}`",
            item.count_span,
            path=item.path,
        )
    return value


def _is_wanted(item: Item, settings: Settings) -> bool:
    """`POOL?` is there unless `--set POOL=no`; a group goes by its first layer."""
    first: Item = item
    while isinstance(first, Group) and first.items:
        first = first.items[0]
    keyword = first.keyword if isinstance(first, LayerTree) else ""
    settings.asked.add(keyword)
    for name, value in settings.names.items():
        if name.upper() == keyword:
            settings.used.add(name)
            if value not in (0, 1):  # no and yes, as in a sweep
                raise SpecError(f"`{name}` must be yes or no here, not `{value}`", item.span)
            return bool(value)
    return True


def count_layers(
    document: Document, settings: Settings, items: Iterable[Item] | None = None
) -> int:
    """Layers that some items stand for; what depends on a block's parameters counts once."""
    return _Counter(document, settings).count_items(document.items if items is None else items)


class _Counter:
    def __init__(self, document: Document, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self.blocks: dict[str, int] = {}

    def count_items(self, items: Iterable[Item]) -> int:
        return sum(map(self._count_item, items))

    def _count_item(self, item: Item) -> int:
        one = self.count_items(item.items) if isinstance(item, Group) else self._count_layer(item)
        if not one:
            return 0
        if isinstance(item.count, str) and "$" in item.count:
            return one
        return one * repeat_count(item, self.settings, {})

    def _count_layer(self, item: Item) -> int:
        assert isinstance(item, LayerTree)
        inside = sum(self.count_items(branch.items) for branch in item.branches.values())
        if item.word in self.document.blocks:
            return inside + self._count_block(item.word)
        return inside + 1

    def _count_block(self, name: str) -> int:
        if name not in self.blocks:
            self.blocks[name] = 0  # a block that contains itself is refused when expanded
            block = self.document.blocks[name]
            defaults = [d.value for d in block.parameters.values() if d]
            self.blocks[name] = self.count_items(block.items) + sum(
                self.count_items(value.items) for value in defaults if isinstance(value, Branch)
            )
        return self.blocks[name]
