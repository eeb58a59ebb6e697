"""The items of a spec's lists: layers with their options, patterns, repeats, blocks."""

from collections.abc import Callable, Container
from typing import TypeVar

from convcalc.facts.kinds import ENDS, padding_of_ends
from convcalc.facts.shape import AXES, join_words
from convcalc.text.errors import SpecError, joined_error, nearest_hint
from convcalc.text.source import Source, Span
from convcalc.text.syntax import values
from convcalc.text.syntax.nodes import Mapping, Scalar, Sequence, YamlNode
from convcalc.text.syntax.tree import NAMELESS, Argument, Branch, Group, Item, LayerItem, Size

T = TypeVar("T")
MOST_PROBLEMS = 20  # mistakes of a file that are looked for
SIDES = list(dict.fromkeys(name for names in AXES.values() for name in names))
REPEAT_KEYS = ["repeat", "layers", "name", "checkpoint", "trainable"]


class ItemReader:
    """Turns nodes into items; `block_names` are the words that mean a block here."""

    def __init__(self, source: Source, keywords: Container[str]) -> None:
        self.source = source
        self.keywords = keywords
        self.block_names: set[str] = set()
        self.problems: list[SpecError] = []

    def attempt(self, read: Callable[[], T], instead: T) -> T:
        """What is read; or, where that is a mistake, another value and a note of it."""
        try:
            return read()
        except SpecError as error:
            self.problems.append(error)
            if len(self.problems) >= MOST_PROBLEMS:
                raise joined_error(self.problems) from None
            return instead

    def refuse_unknown(self, node: Mapping, known: list[str], path: str, **foreign: str) -> None:
        """Refuse keys that are not known; `foreign` has the hints for some."""
        if all(key.text in known for key, _ in node.pairs.values()):
            return
        from convcalc.text.syntax.misread import missing_space

        found = [
            SpecError(
                f"unknown key `{key.text[:60]}`",
                key.span,
                foreign.get(key.text) or missing_space(key.text) or nearest_hint(key.text, known),
                path=path,
            )
            for key, _ in node.pairs.values()
            if key.text not in known
        ]
        raise joined_error(found[:MOST_PROBLEMS])

    def read_argument(self, key: Scalar, node: YamlNode, path: str) -> Argument:
        """A named value: a scalar, a size as a mapping, or a list of layers."""
        if isinstance(node, Sequence):
            return Argument(
                key.text, Branch(self.read_layers(node, path), node.span, path), node.span, path
            )
        if isinstance(node, Mapping):
            return Argument(key.text, self._read_size(node, path), node.span, path)
        assert isinstance(node, Scalar)
        if node.is_null:
            from convcalc.text.syntax.misread import missing_space

            raise SpecError("has no value", key.span, missing_space(key.text), path=path)
        return Argument(key.text, values.scalar_value(node, path), node.span, path)

    def _read_size(self, node: Mapping, path: str) -> Size:
        if set(node.pairs) & {*ENDS}:
            self.refuse_unknown(node, list(ENDS), path)
            ends = {name: _read_side(node, name, path) for name in node.pairs}
            return Size(*padding_of_ends(ends))
        self.refuse_unknown(node, SIDES, path, depth="the third axis is called `frames`")
        wanted = [names for names in AXES.values() if node.pairs.keys() <= {*names}]
        if not wanted:
            names = join_words([f"`{name}`" for name in node.pairs])
            hint = "write length, or width and height, with frames for a third axis"
            raise SpecError(f"a size has no {names} together", node.span, hint, path=path)
        axes = wanted[0] if node.pairs else AXES[2]
        return Size(*[_read_side(node, name, path) for name in axes])

    def read_layers(self, node: YamlNode, path: str) -> list[Item]:
        """A list of items: keywords, patterns, layers, blocks, repeats."""
        if not isinstance(node, Sequence):
            from convcalc.text.syntax.mistakes import list_hint

            raise SpecError(f"must be a list of layers, not {node.what}", node.span,
                            list_hint(node), path=path)  # fmt: skip
        items: list[Item] = []
        for index, item in enumerate(node.items):
            where = f"{path}[{index}]"
            items += self.attempt(lambda: self._read_item(item, where), [])  # noqa: B023  # now
        return items

    def _read_item(self, node: YamlNode, path: str) -> list[Item]:
        if isinstance(node, Scalar):
            return self._read_word(node, path)
        if not isinstance(node, Mapping):
            from convcalc.text.syntax.misread import unquoted_hint

            hint = unquoted_hint(node.span.text)
            raise SpecError(
                "a list of layers inside a list has no meaning here",
                node.span,
                hint or "a branch stands below concat, add or residual",
                path=path,
            )
        if "repeat" in node.pairs:
            return [self._read_repeat(node, path)]
        if len(node.pairs) != 1:
            from convcalc.text.syntax.mistakes import beside_layer

            raise beside_layer(node, path)
        ((key, body),) = node.pairs.values()
        if ":" in key.text:
            from convcalc.text.syntax.misread import missing_space

            if hint := missing_space(key.text):
                raise SpecError(f"`{key.text[:60]}` is no layer", key.span, hint, path=path)
        return [self.read_layer(key.text, body, key.span, f"{path}.{key.text}")]

    def _read_word(self, node: Scalar, path: str) -> list[Item]:
        if node.is_null:
            raise SpecError("an item of the list is empty", node.span, path=path)
        text = node.text.strip()
        if text in self.block_names or text.startswith("$") or self._is_bare(text):
            return [self.read_layer(text, None, node.span, path)]
        return self.read_pattern(node, path)

    def _is_bare(self, text: str) -> bool:
        """Whether a word is a keyword alone: RELU6, but not CONV3, which is a pattern."""
        return text.lower() in self.keywords or (text.isidentifier() and not text[-1].isdigit())

    def read_pattern(self, node: YamlNode, path: str) -> list[Item]:
        """The items of a pattern that stands in YAML, with their places in the file."""
        if not isinstance(node, Scalar) or node.is_null:
            raise SpecError(
                f"must be a pattern such as INPUT -> FC, not {node.what}", node.span, path=path
            )
        if not node.text.strip():
            raise SpecError("the pattern is empty", node.span, path=path)
        inner = node.span.text.find(node.text)
        start = node.span.start + inner
        span = Span(self.source, start, start + len(node.text))
        if inner < 0:  # a folded or escaped text: parse it by itself
            span = Span(Source(node.text, self.source.name), 0, len(node.text))
        from convcalc.text.syntax.pattern import parse_items

        try:
            items = parse_items(span.source, self.keywords, span)
        except SpecError as error:
            place, at_end = (node.span, False) if inner < 0 else (error.span, error.points_at_end)
            raise SpecError(
                error.message, place, error.remedy or error.hint, path=path, points_at_end=at_end
            ) from None
        _place_items(items, path, node.span if inner < 0 else None)
        return items

    def _read_repeat(self, node: Mapping, path: str) -> Group:
        self.refuse_unknown(node, REPEAT_KEYS, path)
        if "layers" not in node.pairs:
            raise SpecError("`repeat` needs `layers`", node.span, path=path)
        group = Group(self.read_layers(node.pairs["layers"][1], f"{path}.layers"), node.span, path)
        count = node.pairs["repeat"][1]
        group.count = self._read_count(count, f"{path}.repeat")
        group.count_span = count.span
        group.options = {
            name: self.read_argument(key, body, f"{path}.{name}")
            for name, (key, body) in node.pairs.items()
            if name not in ("repeat", "layers")
        }
        if "checkpoint" in group.options and "name" not in group.options:
            place = group.options["checkpoint"]
            message = "`checkpoint` needs a `name` beside it"
            raise SpecError(message, place.span, "write for example name: stage", path=place.path)
        return group

    def _read_count(self, node: YamlNode, path: str) -> int | str:
        found = values.scalar_value(node, path) if isinstance(node, Scalar) else None
        if isinstance(found, values.Expression):
            return found.text
        if isinstance(found, str) and found.isidentifier():
            return found
        if isinstance(found, bool) or not isinstance(found, int):
            raise SpecError(f"must be a number or a name, not {node.what}", node.span, path=path)
        if found < 0:
            raise SpecError(f"must be at least 0, not {found}", node.span, path=path)
        return found

    def read_layer(self, keyword: str, body: YamlNode | None, span: Span, path: str) -> LayerItem:
        """A layer or a block: its word, and options as a mapping or branches as a list.

        A value by itself is an option without a name: which one was meant the layer knows.
        """
        bare = body is None or (isinstance(body, Scalar) and body.is_null)
        layer = LayerItem(keyword, span=span, path=path, notation="yaml")
        layer.word = keyword
        if bare:
            return layer
        if isinstance(body, Sequence):
            self._read_branches(layer, body, path)
            return layer
        if not isinstance(body, Mapping):
            assert body is not None
            if "{" in keyword:
                word = keyword.partition("{")[0].strip()
                said = f"there is no colon behind `{word}`"
                raise SpecError(said, span, f"write `{word}: {{...}}`")
            assert isinstance(body, Scalar)
            value = values.scalar_value(body, path)
            layer.arguments = (Argument(NAMELESS, value, body.span, path),)
            return layer
        self._read_options(layer, body, path)
        return layer

    def _read_options(self, layer: LayerItem, body: Mapping, path: str) -> None:
        arguments: list[Argument] = []
        wrong: list[SpecError] = []
        for name, (key, node) in body.pairs.items():
            try:
                arguments += self._read_option(layer, key, node, f"{path}.{name}")
            except SpecError as error:
                wrong.append(error)
        if wrong:
            raise joined_error(wrong[:MOST_PROBLEMS])
        layer.arguments = tuple(arguments)

    def _read_option(
        self, layer: LayerItem, key: Scalar, node: YamlNode, where: str
    ) -> list[Argument]:
        """An argument, or none where the layer takes it as its branches or its inputs."""
        if key.text == "from":
            layer.sources = self.read_names(node, where)
        elif key.text == "branches" and isinstance(node, Sequence):
            self._read_branches(layer, node, where)
        elif isinstance(node, Sequence):
            from convcalc.text.syntax.mistakes import refuse_numbers

            refuse_numbers(node, where)
            layer.branches[key.text] = self._read_branch(node, where)
            layer.branches[key.text].key_span = key.span
        else:
            return [self.read_argument(key, node, where)._replace(key_span=key.span)]
        return []

    def _read_branches(self, layer: LayerItem, node: Sequence, path: str) -> None:
        for index, branch in enumerate(node.items):
            layer.branches[str(index)] = self._read_branch(branch, f"{path}[{index}]")

    def _read_branch(self, node: YamlNode, path: str) -> Branch:
        if isinstance(node, Scalar) and node.text.strip().startswith("$"):
            return Branch([], node.span, path, node.text.strip()[1:])
        if isinstance(node, Scalar):
            return Branch(self._read_word(node, path), node.span, path)
        return Branch(self.read_layers(node, path), node.span, path)

    def read_names(self, node: YamlNode, path: str) -> tuple[Argument, ...]:
        """Names of layers, one or a list."""
        found = []
        for item in node.items if isinstance(node, Sequence) else [node]:
            if not isinstance(item, Scalar) or item.is_null:
                raise SpecError(f"must be a layer's name, not {item.what}", item.span, path=path)
            name = values.Expression(item.text) if "$" in item.text else item.text
            found.append(Argument("from", name, item.span, path))
        return tuple(found)


def _read_side(node: Mapping, name: str, path: str) -> int:
    inner = node.pairs[name][1] if name in node.pairs else None
    side = values.scalar_value(inner, path) if isinstance(inner, Scalar) else None
    if not isinstance(side, int):
        raise SpecError(f"a size needs a `{name}`, an integer", node.span, path=path)
    return side


def _place_items(items: list[Item], path: str, span: Span | None) -> None:
    """Say where items stand: their path, and their span where the parser's is another text's."""
    for item in items:
        item.path = path
        if span:
            item.span = item.count_span = span
        if isinstance(item, Group):
            _place_items(item.items, path, span)
        elif isinstance(item, LayerItem):
            item.size_span = span or item.size_span
            item.arguments = tuple(
                a._replace(span=span or a.span, path=path) for a in item.arguments
            )
