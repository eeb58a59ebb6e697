"""YAML specs: nodes to the tree that patterns are read into."""

from collections.abc import Callable, Container, Iterator

from convcalc.text.errors import SpecError, joined_error, nearest_hint
from convcalc.text.source import Source, Span
from convcalc.text.syntax import values
from convcalc.text.syntax.items import ItemReader
from convcalc.text.syntax.nodes import Mapping, Scalar, Sequence, YamlNode, yaml_documents
from convcalc.text.syntax.tree import (
    LIFETIMES,
    NOT_ONE,
    Argument,
    Block,
    Document,
    Item,
    LayerItem,
)

ROUNDINGS = ("exact", "floor", "ceil")
REQUIRED = "required"
TOP_KEYS = [
    "name",
    "reference",
    "include",
    "input",
    "inputs",
    "rounding",
    "lifetimes",
    "blocks",
    "layers",
    "pattern",
    "outputs",
    "held",
    "budget",
]
INPUT_KEYS = ["width", "height", "channels", "depth", "length", "frames", "W", "H", "D", "L"]

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
    for root in yaml_documents(source):
        found = True
        reader = _SpecReader(source, keywords, include)
        try:
            yield reader.read_document(root)
        except SpecError as error:  # nothing can be made of the rest
            raise joined_error([*reader.problems, error]) from None
    if not found:
        raise _empty_error(Span(source, 0, 1))


def parse_blocks(source: Source, keywords: Container[str], include: Include) -> dict[str, Block]:
    """The blocks of a file that another one includes."""
    blocks: dict[str, Block] = {}
    found = False
    for root in yaml_documents(source):
        found = True
        reader = _SpecReader(source, keywords, include)
        top = _expect_mapping(root, "a spec")
        reader.attempt(lambda: reader.refuse_unknown(top, TOP_KEYS, ""), None)  # noqa: B023  # now
        blocks |= reader.blocks_of(top)
        if not {"blocks", "include"} & top.pairs.keys() and not reader.problems:
            hint = "blocks for others to include stand under `blocks:`, a network under `layers:`"
            raise SpecError("holds neither a network nor blocks", top.span, hint)
        if reader.problems:
            raise joined_error(reader.problems)
    if not found:
        raise _empty_error(Span(source, 0, 1))
    return blocks


def _empty_error(span: Span) -> SpecError:
    hint = "a spec has at least `layers:` or `pattern:`"
    return SpecError("the document is empty", span, hint)


def _expect_mapping(root: YamlNode, what: str) -> Mapping:
    if isinstance(root, Scalar) and root.is_null:
        raise _empty_error(root.span)
    if not isinstance(root, Mapping):
        from convcalc.text.syntax.misread import missing_space

        hint = missing_space(root.text, TOP_KEYS) if isinstance(root, Scalar) else ""
        raise SpecError(
            f"{what} must be a mapping such as `layers: [...]`, not {root.what}", root.span, hint
        )
    return root


def _expect_inputs(node: YamlNode) -> Mapping:
    if isinstance(node, Mapping) and node.pairs:
        return node
    given = "an empty one" if isinstance(node, Mapping) else node.what
    raise SpecError(
        f"must be a mapping from names to sizes, {{left: 105x105x1}}, not {given}",
        node.span,
        "write `input: 224x224x3` where there is one",
        path="inputs",
    )


class _SpecReader(ItemReader):
    def __init__(self, source: Source, keywords: Container[str], include: Include) -> None:
        super().__init__(source, keywords)
        self.include = include
        self.blocks: dict[str, Block] = {}

    def read_document(self, root: YamlNode) -> Document:
        """A document with as much of it as could be read, and its mistakes in `problems`."""
        top = _expect_mapping(root, "a spec")
        document = Document([], self.source.name, top.span)
        document.problems = self.problems = []
        self.attempt(lambda: self.refuse_unknown(top, TOP_KEYS, ""), None)
        document.blocks = self.blocks_of(top)
        document.name = self.attempt(lambda: self._read_text(top, "name"), "")
        document.reference = self.attempt(lambda: self._read_text(top, "reference"), "")
        document.rounding = self.attempt(lambda: self._one_of(top, "rounding", ROUNDINGS), "")
        document.lifetimes = self.attempt(lambda: self._one_of(top, "lifetimes", LIFETIMES), "")
        before = len(self.problems)
        document.items = self._read_network(top)
        if "inputs" in top.pairs:
            document.inputs = len(_expect_inputs(top.pairs["inputs"][1]).pairs)
        document.outputs = (
            self.read_names(top.pairs["outputs"][1], "outputs") if "outputs" in top.pairs else ()
        )
        document.held = self._read_held(top)
        document.dropped = len(self.problems) > before
        document.budget = self.attempt(lambda: self._read_budget(top), {})
        return document

    def _read_held(self, top: Mapping) -> tuple[tuple[Argument, tuple[Argument, ...]], ...]:
        """What variables hold, by the layer until which they do."""
        if "held" not in top.pairs:
            return ()
        node = top.pairs["held"][1]
        if not isinstance(node, Mapping):
            message = f"must be a mapping such as {{relu2: [conv1]}}, not {node.what}"
            raise SpecError(message, node.span, path="held")
        return tuple(
            (Argument("held", key.text, key.span, "held"), self.read_names(values, "held"))
            for key, values in node.pairs.values()
        )

    def _read_text(self, top: Mapping, name: str) -> str:
        if name not in top.pairs:
            return ""
        node = top.pairs[name][1]
        if not isinstance(node, Scalar):
            raise SpecError(f"must be a text, not {node.what}", node.span, path=name)
        return node.text

    def _one_of(self, top: Mapping, name: str, words: tuple[str, ...]) -> str:
        text = self._read_text(top, name)
        if text and text not in words:
            raise SpecError(
                f"must be one of {', '.join(words)}, not `{text[:60]}`",
                top.pairs[name][1].span,
                nearest_hint(text, list(words)),
                path=name,
            )
        return text

    def _read_network(self, top: Mapping) -> list[Item]:
        if ("layers" in top.pairs) == ("pattern" in top.pairs):
            both = "layers" in top.pairs
            if self.problems and not both:
                raise joined_error(self.problems)  # one of them may be its name
            raise SpecError(
                "has both `layers` and `pattern`" if both else "has neither `layers` nor `pattern`",
                top.pairs["pattern"][0].span if both else top.span,
                "a spec has one of the two",
            )
        if "pattern" in top.pairs:
            items = self.read_pattern(top.pairs["pattern"][1], "pattern")
        else:
            items = self.read_layers(top.pairs["layers"][1], "layers")
            if not items and not self.problems:
                raise SpecError(
                    "the list of layers is empty", top.pairs["layers"][1].span, path="layers"
                )
            if not items:
                return []
        if "inputs" in top.pairs:
            return [*self._read_inputs(top, items), *items]
        return [*self._read_input(top, items), *items]

    def _read_inputs(self, top: Mapping, items: list[Item]) -> list[Item]:
        """Several by name; the layers take them by `from`."""
        node = top.pairs["inputs"][1]
        if "input" in top.pairs:
            raise SpecError(
                "has both `input` and `inputs`", top.pairs["input"][0].span, "write one of the two"
            )
        first = items[0]
        if isinstance(first, LayerItem) and first.keyword == "INPUT":
            raise SpecError(
                "the inputs are written twice", first.span, "leave out INPUT: `inputs` has them"
            )
        found: list[Item] = []
        for key, body in _expect_inputs(node).pairs.values():
            layer = self._named_input(body, f"inputs.{key.text}")
            name = Argument("name", key.text, key.span, layer.path)
            layer.arguments = (name, *layer.arguments)
            layer.span = key.span
            found.append(layer)
        return found

    def _named_input(self, node: YamlNode, path: str) -> LayerItem:
        """A volume; or a number alone, of values without axes."""
        if isinstance(node, Mapping):
            self.refuse_unknown(node, INPUT_KEYS, path)
            layer = self.read_layer("INPUT", node, node.span, path)
            assert isinstance(layer, LayerItem)
            return layer
        if isinstance(node, Scalar):
            size = values.read_volume(node, path)
            if size is not None:
                layer = LayerItem("INPUT", size=size, span=node.span, path=path)
                layer.size_span = node.span
                return layer
            if node.text.strip().isdecimal() and node.text.strip().isascii():
                count = self.read_argument(node, node, path)._replace(name="channels")
                return LayerItem(
                    "INPUT", [count, Argument("vector", 1, node.span, path)], None, node.span, path
                )
        raise SpecError(
            f"must be a size such as 224x224x3, or a number of values, not {node.what}",
            node.span,
            path=path,
        )

    def _read_input(self, top: Mapping, items: list[Item]) -> list[Item]:
        if "input" not in top.pairs:
            first = items[0]
            if isinstance(first, LayerItem) and first.keyword == "INPUT":
                return []
            return [LayerItem("INPUT", span=top.span)]
        node = top.pairs["input"][1]
        if isinstance(node, Mapping):
            self.refuse_unknown(node, INPUT_KEYS, "input")
            layer = self.read_layer("INPUT", node, node.span, "input")
            assert isinstance(layer, LayerItem)
            return self._one_input(layer, items)
        size = values.read_volume(node, "input") if isinstance(node, Scalar) else None
        if size is None:
            from convcalc.text.syntax.mistakes import volume_hint

            raise SpecError(
                f"must be a size such as 224x224x3, not {node.what}",
                node.span,
                volume_hint(node),
                path="input",
            )
        return self._one_input(LayerItem("INPUT", size=size, span=node.span, path="input"), items)

    def _one_input(self, layer: LayerItem, items: list[Item]) -> list[Item]:
        first = items[0]
        if isinstance(first, LayerItem) and first.keyword == "INPUT":
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
        self._read_include(top)
        if "blocks" not in top.pairs:
            return self.blocks
        node = top.pairs["blocks"][1]
        if not isinstance(node, Mapping):
            raise SpecError(
                f"must be a mapping from names to blocks, not {node.what}", node.span, path="blocks"
            )
        self.block_names = set(node.pairs) | set(self.blocks)
        for key, body in node.pairs.values():
            block = Block(key.text, {}, [], key.span)
            block.broken = True
            before = len(self.problems)
            block = self.attempt(lambda: self._read_block(key, body), block)  # noqa: B023  # now
            block.broken = len(self.problems) > before
            self.blocks[key.text] = block
        return self.blocks

    def _read_include(self, top: Mapping) -> None:
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

    def _read_block(self, key: Scalar, body: YamlNode) -> Block:
        path = f"blocks.{key.text}"
        if key.text.lower() in self.keywords:
            raise SpecError(f"`{key.text}` is a layer's keyword already", key.span, path=path)
        if isinstance(body, Sequence):
            return Block(key.text, {}, self.read_layers(body, path), key.span)
        if not isinstance(body, Mapping):
            raise SpecError(
                f"must be a mapping with `layers`, not {body.what}", body.span, path=path
            )
        self.refuse_unknown(body, ["parameters", "layers"], path)
        if "layers" not in body.pairs:
            raise SpecError("has no `layers`", key.span, path=path)
        return Block(
            key.text,
            self._read_parameters(body, path),
            self.read_layers(body.pairs["layers"][1], f"{path}.layers"),
            key.span,
        )

    def _read_parameters(self, body: Mapping, path: str) -> dict[str, Argument | None]:
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
            found[key.text] = None if required else self.read_argument(key, default, where)
        return found

    def _read_budget(self, top: Mapping) -> dict[str, Argument]:
        if "budget" not in top.pairs:
            return {}
        key, node = top.pairs["budget"]
        if isinstance(node, Scalar) and not node.is_null:  # a bare size is of the memory
            return {"memory": self.read_argument(key, node, "budget")}
        if not isinstance(node, Mapping):
            raise SpecError(
                "must be a size such as 11GiB or a mapping such as {memory: 11GiB}, "
                f"not {node.what}",
                node.span,
                path="budget",
            )
        for name, (_, body) in node.pairs.items():
            if not isinstance(body, Scalar):
                raise SpecError(f"{NOT_ONE} {body.what}", body.span, path=f"budget.{name}")
        return {
            name: self.read_argument(key, body, f"budget.{name}")._replace(key_span=key.span)
            for name, (key, body) in node.pairs.items()
        }
