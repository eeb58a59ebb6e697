"""YAML as nodes that know their place, read from the event stream.

Depth and size are bounded while the events come in: libyaml's own composer overflows
the stack on deep nesting, and aliases may stand for far more than they take to write.
Duplicate keys, tags and recursive aliases are refused; PyYAML's loaders would hide them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from convcalc.text.errors import SpecError
from convcalc.text.source import Source, Span, printable

DEEPEST = 100
# Compiled where it is needed: that takes as long as reading VGG-16.
_NOT_ALLOWED = "[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
MOST_WRITTEN = 300_000  # values of a file: a second's work, and some hundred bytes each
MOST_ALIASED = 1_000_000  # values that aliases stand for, besides those that are written


class YamlNode:
    """A YAML node; `size` and `height` are those of the tree below, aliases expanded."""

    __slots__ = ("height", "size", "span")
    what = "a value"

    def __init__(self, span: Span) -> None:
        self.span = span
        self.size = 1
        self.height = 0


class Scalar(YamlNode):
    """A single value; `plain` when it stands without quotes."""

    __slots__ = ("plain", "text")

    def __init__(self, span: Span, text: str, plain: bool) -> None:
        super().__init__(span)
        self.text = text
        self.plain = plain

    @property
    def what(self) -> str:  # type: ignore[override]  # computed here
        """How a message calls it."""
        return "nothing" if self.is_null else f"`{printable(self.text[:40])}`"

    @property
    def is_null(self) -> bool:
        """Whether nothing is written, or null."""
        return self.plain and self.text in ("", "~", "null", "Null", "NULL")


class Sequence(YamlNode):
    """A list."""

    __slots__ = ("items",)
    what = "a list"

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.items: list[YamlNode] = []


class Mapping(YamlNode):
    """Keys and values in the order written."""

    __slots__ = ("pairs",)
    what = "a mapping"

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.pairs: dict[str, tuple[Scalar, YamlNode]] = {}


class Misplaced(SpecError):
    """Something that may not stand where it does, while its path is still being found."""

    def __init__(self, message: str, span: Span | None, hint: str = "", *, path: str = "") -> None:
        super().__init__(message, span, hint, path=path)
        self.bare = message
        self.path = path

    def moved_up(self, part: str) -> "Misplaced":
        """The same, one level further up."""
        dot = "." if self.path and self.path[0] != "[" else ""
        hint = self.remedy or self.hint
        return Misplaced(self.bare, self.span, hint, path=f"{part}{dot}{self.path}")


def yaml_documents(source: Source) -> Iterator[YamlNode]:
    """The root node of each document of a stream.

    Raises:
        SpecError: not YAML, or YAML that no spec needs.
    """
    yield from _Composer(source).compose_documents()


class _Composer:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.anchors: dict[str, YamlNode | None] = {}
        self.end = len(source.text)
        self.written = 0

    def compose_documents(self) -> Iterator[YamlNode]:
        import yaml
        from yaml import events

        self.kinds = events
        try:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(self.source.text)
            self.next_event: Callable[[], Any] = loader.get_event
            yield from self._compose_roots()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            if "nesting" in str(error.problem):  # libyaml has a limit of its own, further up
                self._fail_at(f"nested deeper than {DEEPEST}", mark)
            self._fail_to_parse(error, mark)
        except (yaml.reader.ReaderError, UnicodeEncodeError):
            self._refuse_character()
        except yaml.YAMLError as error:
            raise SpecError(f"not valid YAML: {printable(str(error))[:200]}") from None

    def _fail_to_parse(self, error: Any, mark: Any) -> NoReturn:
        from convcalc.text.syntax.misread import explain_yaml

        if mark is None:
            raise SpecError(f"not valid YAML: {error.problem}")
        began = self._offset_of(error.context_mark) if error.context_mark else None
        problem = str(error.problem).replace("\\t", "")
        found = explain_yaml(self.source, problem, self._offset_of(mark), began)
        raise SpecError(found.message, found.span, found.hint)

    def _refuse_character(self) -> NoReturn:
        """Its own search: PyYAML gives the place in bytes or in characters, as it likes."""
        match = re.search(_NOT_ALLOWED, self.source.text)
        if match is None:
            raise SpecError("not valid YAML: a character in it is not allowed")
        raise SpecError(
            f"not valid YAML: the character U+{ord(match[0]):04X} is not allowed",
            Span(self.source, match.start(), match.end()),
        )

    def _fail_at(self, message: str, mark: Any) -> NoReturn:
        raise SpecError(message, self._span_at(mark) if mark else None)

    def _span_at(self, mark: Any) -> Span:
        start = self._offset_of(mark)
        return Span(self.source, start, start + 1)

    def _offset_of(self, mark: Any) -> int:
        # Lines that YAML knows and str.splitlines does not agree on: trust the index.
        return min(int(mark.index), self.end)

    def _span_of(self, event: Any) -> Span:
        start, end = event.start_mark.index, event.end_mark.index
        return Span(self.source, min(start, self.end), min(end, self.end))

    def _compose_roots(self) -> Iterator[YamlNode]:
        while (event := self.next_event()) is not None:
            if isinstance(event, self.kinds.DocumentStartEvent):
                self.anchors = {}
                root = self._compose_node(self.next_event(), 0)
                if isinstance(root, Scalar) and not root.text:
                    root.span = self._span_of(event)  # nothing has no place: that of its `---`
                yield root

    def _compose_node(self, event: Any, depth: int) -> YamlNode:
        kind = type(event)
        if kind is self.kinds.AliasEvent:
            return self._resolve_alias(event)
        self.written += 1
        if self.written > MOST_WRITTEN:
            self._fail_at(f"more than {MOST_WRITTEN:,} values", event.start_mark)
        if event.tag:
            self._refuse_tag(event)
        if event.anchor:
            self.anchors[event.anchor] = None
        if kind is self.kinds.ScalarEvent:
            node: YamlNode = Scalar(self._span_of(event), event.value, event.style in (None, ""))
        elif depth >= DEEPEST:
            self._fail_at(f"nested deeper than {DEEPEST}", event.start_mark)
        elif kind is self.kinds.SequenceStartEvent:
            node = self._compose_sequence(event, depth)
        else:
            node = self._compose_mapping(event, depth)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _refuse_tag(self, event: Any) -> None:
        if event.tag != "!":
            raise Misplaced(
                f"tags such as `{printable(event.tag)[:60]}` mean nothing in a spec",
                self._span_of(event),
                "leave it out: a spec holds plain values only",
            )

    def _resolve_alias(self, event: Any) -> YamlNode:
        if event.anchor not in self.anchors:
            raise Misplaced(
                f"`*{printable(event.anchor)}` refers to no anchor before it", self._span_of(event)
            )
        node = self.anchors[event.anchor]
        if node is None:
            raise Misplaced(
                f"`*{printable(event.anchor)}` stands inside what it refers to",
                self._span_of(event),
            )
        return node

    def _grow_parent(self, parent: YamlNode, child: YamlNode) -> None:
        parent.size += child.size
        if child.height >= parent.height:
            parent.height = child.height + 1
        if parent.size > self.written + MOST_ALIASED:
            raise SpecError(f"the aliases stand for more than {MOST_ALIASED:,} values", parent.span)
        if parent.height > DEEPEST:
            raise SpecError(f"the aliases are nested deeper than {DEEPEST}", child.span)

    def _compose_sequence(self, event: Any, depth: int) -> Sequence:
        node = Sequence(self._span_of(event))
        ends = self.kinds.SequenceEndEvent
        while type(inner := self.next_event()) is not ends:
            try:
                child = self._compose_node(inner, depth + 1)
            except Misplaced as error:
                raise error.moved_up(f"[{len(node.items)}]") from None
            node.items.append(child)
            self._grow_parent(node, child)
        node.span = node.span._replace(end=self._offset_of(inner.end_mark))
        return node

    def _compose_mapping(self, event: Any, depth: int) -> Mapping:
        node = Mapping(self._span_of(event))
        ends = self.kinds.MappingEndEvent
        while type(inner := self.next_event()) is not ends:
            key = self._compose_node(inner, depth + 1)
            if not isinstance(key, Scalar):
                raise SpecError(f"a key must be a word, not {key.what}", key.span)
            try:
                value = self._compose_node(self.next_event(), depth + 1)
            except Misplaced as error:
                raise error.moved_up(key.text[:60]) from None
            self._add_pair(node, key, value)
        node.span = node.span._replace(end=self._offset_of(inner.end_mark))
        return node

    def _add_pair(self, node: Mapping, key: Scalar, value: YamlNode) -> None:
        if key.text in node.pairs:
            first = node.pairs[key.text][0].span.line
            raise Misplaced(
                f"the key `{printable(key.text)[:60]}` is written twice, first on line {first}",
                key.span,
            )
        node.pairs[key.text] = (key, value)
        self._grow_parent(node, value)
