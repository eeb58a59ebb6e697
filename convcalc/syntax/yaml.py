"""YAML specs: nodes to the tree that patterns are read into."""

from collections.abc import Callable, Container, Iterator

from convcalc.errors import SpecError, nearest
from convcalc.shape import Shape
from convcalc.source import Source, Span
from convcalc.syntax import pattern, values
from convcalc.syntax.nodes import Mapping, Node, Scalar, Sequence, documents
from convcalc.syntax.tree import Argument, Block, Branch, Document, Group, Item, Layer, Size

ROUNDINGS = ("exact", "floor", "ceil")
REQUIRED = "required"
TOP_KEYS = [
    "name",
    "reference",
    "include",
    "input",
    "rounding",
    "blocks",
    "layers",
    "pattern",
    "outputs",
    "budget",
]
INPUT_KEYS = ["width", "height", "channels", "depth", "W", "H", "D"]
REPEAT_KEYS = ["repeat", "layers", "name", "checkpoint", "trainable"]

Include = Callable[[str, Span], "dict[str, Block]"]


def parse_documents(
    source: Source, keywords: Container[str], include: Include
) -> Iterator[Document]:
    """Each network of a YAML stream.

    `include` reads the blocks of another file, given the name as written.

    Raises:
        SpecError: not YAML, or not a spec.
    """
    found = False
    for root in documents(source):
        found = True
        yield _Reader(source, keywords, include).document(root)
    if not found:
        raise SpecError(
            "the document is empty",
            Span(source, 0, 1),
            "a spec has at least `layers:` or `pattern:`",
        )


def parse_blocks(source: Source, keywords: Container[str], include: Include) -> dict[str, Block]:
    """The blocks of a file that another one includes."""
    blocks: dict[str, Block] = {}
    for root in documents(source):
        reader = _Reader(source, keywords, include)
        blocks |= reader.blocks_of(_expect_mapping(root, source, "a spec"))
    return blocks


def _expect_mapping(root: Node | None, source: Source, what: str) -> Mapping:
    if root is None:
        raise SpecError(
            "the document is empty",
            Span(source, 0, 1),
            "a spec has at least `layers:` or `pattern:`",
        )
    if not isinstance(root, Mapping):
        raise SpecError(
            f"{what} must be a mapping such as `layers: [...]`, not {root.what}", root.span
        )
    return root


class _Reader:
    def __init__(self, source: Source, keywords: Container[str], include: Include) -> None:
        self.source = source
        self.keywords = keywords
        self.include = include
        self.blocks: dict[str, Block] = {}
        self.block_names: set[str] = set()

    def document(self, root: Node | None) -> Document:
        top = _expect_mapping(root, self.source, "a spec")
        self._known(top, TOP_KEYS, "")
        document = Document([], self.source.name, top.span)
        document.blocks = self.blocks_of(top)
        document.name = self._text(top, "name")
        document.reference = self._text(top, "reference")
        document.rounding = self._rounding(top)
        document.items = self._network(top)
        document.outputs = (
            self._names(top.pairs["outputs"][1], "outputs") if "outputs" in top.pairs else ()
        )
        document.budget = self._budget(top)
        return document

    def _known(self, node: Mapping, known: list[str], path: str) -> None:
        for key, _ in node.pairs.values():
            if key.text not in known:
                raise SpecError(
                    f"unknown key `{key.text[:60]}`", key.span, nearest(key.text, known), path=path
                )

    def _text(self, top: Mapping, name: str) -> str:
        if name not in top.pairs:
            return ""
        node = top.pairs[name][1]
        if not isinstance(node, Scalar):
            raise SpecError(f"must be a text, not {node.what}", node.span, path=name)
        return node.text

    def _rounding(self, top: Mapping) -> str:
        text = self._text(top, "rounding")
        if text and text not in ROUNDINGS:
            raise SpecError(
                f"must be one of {', '.join(ROUNDINGS)}, not `{text[:60]}`",
                top.pairs["rounding"][1].span,
                nearest(text, list(ROUNDINGS)),
                path="rounding",
            )
        return text

    def _network(self, top: Mapping) -> list[Item]:
        if ("layers" in top.pairs) == ("pattern" in top.pairs):
            both = "layers" in top.pairs
            raise SpecError(
                "has both `layers` and `pattern`" if both else "has neither `layers` nor `pattern`",
                top.pairs["pattern"][0].span if both else top.span,
                "a spec has one of the two",
            )
        if "pattern" in top.pairs:
            items = self._pattern(top.pairs["pattern"][1], "pattern")
        else:
            items = self._layers(top.pairs["layers"][1], "layers")
            if not items:
                raise SpecError(
                    "the list of layers is empty", top.pairs["layers"][1].span, path="layers"
                )
        return [*self._input(top, items), *items]

    def _input(self, top: Mapping, items: list[Item]) -> list[Item]:
        if "input" not in top.pairs:
            first = items[0]
            if isinstance(first, Layer) and first.keyword == "INPUT":
                return []
            return [Layer("INPUT", span=top.span)]
        node = top.pairs["input"][1]
        if isinstance(node, Mapping):
            self._known(node, INPUT_KEYS, "input")
            layer = self._layer("INPUT", node, node.span, "input")
            assert isinstance(layer, Layer)
            return self._one_input(layer, items)
        size = values.volume(node) if isinstance(node, Scalar) else None
        if size is None:
            raise SpecError(
                f"must be a size such as 224x224x3, not {node.what}", node.span, path="input"
            )
        return self._one_input(Layer("INPUT", size=size, span=node.span, path="input"), items)

    def _one_input(self, layer: Layer, items: list[Item]) -> list[Item]:
        first = items[0]
        if isinstance(first, Layer) and first.keyword == "INPUT":
            # `input:` wins over a bare INPUT; two sizes would be one too many.
            if first.size or first.arguments:
                raise SpecError(
                    "the input's size is written twice",
                    first.span,
                    "leave out `input:` or the size behind INPUT",
                )
            items.pop(0)
        return [layer]

    def blocks_of(self, top: Mapping) -> dict[str, Block]:
        """The blocks that a document includes and defines."""
        self._include(top)
        if "blocks" not in top.pairs:
            return self.blocks
        node = top.pairs["blocks"][1]
        if not isinstance(node, Mapping):
            raise SpecError(
                f"must be a mapping from names to blocks, not {node.what}", node.span, path="blocks"
            )
        self.block_names = set(node.pairs) | set(self.blocks)
        for key, body in node.pairs.values():
            self.blocks[key.text] = self._block(key, body)
        return self.blocks

    def _include(self, top: Mapping) -> None:
        if "include" not in top.pairs:
            return
        node = top.pairs["include"][1]
        for item in node.items if isinstance(node, Sequence) else [node]:
            if not isinstance(item, Scalar) or not item.text:
                raise SpecError(
                    f"must be a file's name, not {item.what}", item.span, path="include"
                )
            self.blocks |= self.include(item.text, item.span)
        self.block_names = set(self.blocks)

    def _block(self, key: Scalar, body: Node) -> Block:
        path = f"blocks.{key.text}"
        if key.text.lower() in self.keywords:
            raise SpecError(f"`{key.text}` is a layer's keyword already", key.span, path=path)
        if isinstance(body, Sequence):
            return Block(key.text, {}, self._layers(body, path), key.span)
        if not isinstance(body, Mapping):
            raise SpecError(
                f"must be a mapping with `layers`, not {body.what}", body.span, path=path
            )
        self._known(body, ["parameters", "layers"], path)
        if "layers" not in body.pairs:
            raise SpecError("has no `layers`", key.span, path=path)
        return Block(
            key.text,
            self._parameters(body, path),
            self._layers(body.pairs["layers"][1], f"{path}.layers"),
            key.span,
        )

    def _parameters(self, body: Mapping, path: str) -> dict[str, Argument | None]:
        if "parameters" not in body.pairs:
            return {}
        node = body.pairs["parameters"][1]
        if not isinstance(node, Mapping):
            raise SpecError(
                f"must be a mapping from names to defaults, not {node.what}",
                node.span,
                path=f"{path}.parameters",
            )
        found: dict[str, Argument | None] = {}
        for key, default in node.pairs.values():
            required = isinstance(default, Scalar) and default.text == REQUIRED
            where = f"{path}.parameters.{key.text}"
            found[key.text] = None if required else self._argument(key, default, where)
        return found

    def _argument(self, key: Scalar, node: Node, path: str) -> Argument:
        """A named value: a scalar, a size as a mapping, or a list of layers."""
        if isinstance(node, Sequence):
            return Argument(
                key.text, Branch(self._layers(node, path), node.span, path), node.span, path
            )
        if isinstance(node, Mapping):
            return Argument(key.text, self._size(node, path), node.span, path)
        assert isinstance(node, Scalar)
        if node.is_null:
            raise SpecError("has no value", key.span, path=path)
        return Argument(key.text, values.value(node), node.span, path)

    def _size(self, node: Mapping, path: str) -> Size:
        self._known(node, ["width", "height"], path)
        sides = []
        for name in ("width", "height"):
            side = (
                values.value(node.pairs[name][1])
                if name in node.pairs and isinstance(node.pairs[name][1], Scalar)
                else None
            )  # type: ignore[arg-type]
            if not isinstance(side, int):
                raise SpecError(f"a size needs a `{name}`, an integer", node.span, path=path)
            sides.append(side)
        return Size(*sides)

    def _layers(self, node: Node, path: str) -> list[Item]:
        """A list of items: keywords, patterns, layers, blocks, repeats."""
        if not isinstance(node, Sequence):
            raise SpecError(f"must be a list of layers, not {node.what}", node.span, path=path)
        items: list[Item] = []
        for index, item in enumerate(node.items):
            items += self._item(item, f"{path}[{index}]")
        return items

    def _item(self, node: Node, path: str) -> list[Item]:
        if isinstance(node, Scalar):
            return self._word(node, path)
        if not isinstance(node, Mapping):
            raise SpecError(
                "a list of layers inside a list has no meaning here",
                node.span,
                "a branch stands below concat, add or residual",
                path=path,
            )
        if "repeat" in node.pairs:
            return [self._repeat(node, path)]
        if len(node.pairs) != 1:
            raise SpecError(
                "a layer is written as one key, such as `conv: {filters: 64}`",
                _second(node),
                self._many_keys(node),
                path=path,
            )
        ((key, body),) = node.pairs.values()
        return [self._layer(key.text, body, key.span, f"{path}.{key.text}")]

    def _many_keys(self, node: Mapping) -> str:
        keys = list(node.pairs)
        if not keys:
            return ""
        return f"put `{keys[-1][:40]}` below `{keys[0][:40]}`, or start a new `- ` item"

    def _word(self, node: Scalar, path: str) -> list[Item]:
        if node.is_null:
            raise SpecError("an item of the list is empty", node.span, path=path)
        text = node.text.strip()
        if text in self.block_names or text.startswith("$"):
            return [self._layer(text, None, node.span, path)]
        return self._pattern(node, path)

    def _pattern(self, node: Node, path: str) -> list[Item]:
        if not isinstance(node, Scalar) or node.is_null:
            raise SpecError(
                f"must be a pattern such as INPUT -> FC, not {node.what}", node.span, path=path
            )
        raw = node.span.text
        inner = raw.find(node.text)
        if inner < 0:  # a folded or escaped text: parse it by itself
            items = pattern.parse_items(
                Source(node.text, self.source.name),
                self.keywords,
                Span(Source(node.text, self.source.name), 0, len(node.text)),
            )
            _replace_spans(items, node.span)
        else:
            start = node.span.start + inner
            span = Span(self.source, start, start + len(node.text))
            if not node.text.strip():
                raise SpecError("the pattern is empty", node.span, path=path)
            items = pattern.parse_items(self.source, self.keywords, span)
        for item in items:
            item.path = path
        return items

    def _repeat(self, node: Mapping, path: str) -> Group:
        self._known(node, REPEAT_KEYS, path)
        if "layers" not in node.pairs:
            raise SpecError("`repeat` needs `layers`", node.span, path=path)
        group = Group(self._layers(node.pairs["layers"][1], f"{path}.layers"), node.span, path)
        count = node.pairs["repeat"][1]
        group.count = self._count(count, f"{path}.repeat")
        group.count_span = count.span
        group.options = {
            name: self._argument(key, body, f"{path}.{name}")
            for name, (key, body) in node.pairs.items()
            if name not in ("repeat", "layers")
        }
        return group

    def _count(self, node: Node, path: str) -> int | str:
        found = values.value(node) if isinstance(node, Scalar) else None
        if isinstance(found, values.Expression):
            return found.text
        if isinstance(found, str) and found.isidentifier():
            return found
        if isinstance(found, bool) or not isinstance(found, int):
            raise SpecError(f"must be a number or a name, not {node.what}", node.span, path=path)
        if found < 0:
            raise SpecError(f"must be at least 0, not {found}", node.span, path=path)
        return found

    def _layer(self, keyword: str, body: Node | None, span: Span, path: str) -> Layer:
        bare = body is None or (isinstance(body, Scalar) and body.is_null)
        layer = Layer(keyword, span=span, path=path, notation="yaml")
        layer.word = keyword
        if bare:
            return layer
        if isinstance(body, Sequence):
            for index, branch in enumerate(body.items):
                layer.branches[str(index)] = self._branch(branch, f"{path}[{index}]")
            return layer
        if not isinstance(body, Mapping):
            assert body is not None
            raise SpecError(
                f"options are a mapping such as {{name: value}}, not {body.what}",
                body.span,
                path=path,
            )
        self._options(layer, body, path)
        return layer

    def _options(self, layer: Layer, body: Mapping, path: str) -> None:
        arguments = []
        for name, (key, node) in body.pairs.items():
            where = f"{path}.{name}"
            if name == "from":
                layer.sources = self._names(node, where)
            elif isinstance(node, Sequence):
                _refuse_numbers(node, where)
                layer.branches[name] = self._branch(node, where)
                layer.branches[name].key_span = key.span
            else:
                argument = self._argument(key, node, where)
                arguments.append(argument._replace(key_span=key.span))
        layer.arguments = tuple(arguments)

    def _branch(self, node: Node, path: str) -> Branch:
        if isinstance(node, Scalar) and node.text.strip().startswith("$"):
            return Branch([], node.span, path, node.text.strip()[1:])
        if isinstance(node, Scalar):
            return Branch(self._word(node, path), node.span, path)
        return Branch(self._layers(node, path), node.span, path)

    def _names(self, node: Node, path: str) -> tuple[Argument, ...]:
        found = []
        for item in node.items if isinstance(node, Sequence) else [node]:
            if not isinstance(item, Scalar) or item.is_null:
                raise SpecError(f"must be a layer's name, not {item.what}", item.span, path=path)
            found.append(Argument("from", item.text, item.span, path))
        return tuple(found)

    def _budget(self, top: Mapping) -> dict[str, Argument]:
        if "budget" not in top.pairs:
            return {}
        node = top.pairs["budget"][1]
        if not isinstance(node, Mapping):
            raise SpecError(
                f"must be a mapping such as {{memory: 11GiB}}, not {node.what}",
                node.span,
                path="budget",
            )
        return {
            name: self._argument(key, body, f"budget.{name}")
            for name, (key, body) in node.pairs.items()
        }


def _second(node: Mapping) -> Span:
    keys = [key for key, _ in node.pairs.values()]
    return keys[1].span if len(keys) > 1 else node.span


def _refuse_numbers(node: Sequence, path: str) -> None:
    if node.items and all(
        isinstance(item, Scalar) and item.text.strip().isdigit() for item in node.items
    ):
        sides = "x".join(item.text.strip() for item in node.items)  # type: ignore[attr-defined]
        raise SpecError(
            "a size is not a list", node.span, f"write {sides} (width x height)", path=path
        )


def _replace_spans(items: list[Item], span: Span) -> None:
    for item in items:
        item.span = span
        if isinstance(item, Group):
            _replace_spans(item.items, span)
        elif isinstance(item, Layer):
            item.arguments = tuple(argument._replace(span=span) for argument in item.arguments)
