"""Changes of a network as changes of the text that it was read from.

An edit is offered only where it says just what is meant: not where the value is worked out from
a parameter, whose other uses would change too. A layer that a repeat or a block copies has one
text; `same_text` tells which copies an edit changes with it.
"""

import re
from typing import Any

from convcalc.facts.shape import Shape
from convcalc.facts.units import as_written
from convcalc.network.graph import Network, Node
from convcalc.network.layer_options import canonical_name
from convcalc.text.errors import Edit
from convcalc.text.source import Span, printable
from convcalc.text.syntax.tree import Argument

_IN_BRACES = re.compile(r"\s*:\s*\{\s*(\})?")
_ON_LINES = re.compile(r"[ \t]*:[^\S\n]*\n([^\S\n]+)\S")
_HAS_BODY = re.compile(r"\s*:")
_ARGUMENTS_END = re.compile(r"\)\s*$")
_KEY_END = re.compile(r":\s*[\"']?\Z")
_NAME = re.compile(r"\w+\s*=\s*")
_SIZE = re.compile(r"\[[^\[\]]*\]\s*$")


def option_edit(node: Node, option: str, value: Any) -> Edit | None:
    """The edit that gives an option of a layer a value; None where the text has no place for it.

    `option` is a field of the layer, `value` an integer, a word, or a size along each axis.
    """
    found = written_option(node, option)
    words = _value_text(value)
    if found is not None:
        if found.span is None or not isinstance(found.value, (int, str, tuple)):
            return None
        name = _NAME.match(found.span.text)  # a pattern's argument is `P=1`
        value_span = found.span._replace(start=found.span.start + (name.end() if name else 0))
        text, value = value_span.text.strip("\"'"), found.value
        said = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
        if text != said and not text.isdecimal():
            return None
        return Edit(value_span, words)
    return None if node.span is None else _inserted_option(node, node.span, option, words)


def option_words(node: Node, option: str, value: Any) -> str:
    """An option with a value as the layer's text has it: `P=1` in a pattern, `pad: 1` in YAML.

    In YAML by the key that is written there, in backquotes.
    """
    field, found = node.layer.options_by_name()[option], written_option(node, option)
    words = as_written(value)
    if found is not None and _stands_behind_key(found.span):
        return f"`{printable(found.name) or canonical_name(field)}: {words}`"
    edit = option_edit(node, option, value) if found is None else None
    if edit is not None and ": " in edit.replacement:
        return f"`{canonical_name(field)}: {words}`"
    letter = next(iter(field.spellings), field.name)
    return f"{letter}={words}"


def _stands_behind_key(span: Span | None) -> bool:
    """Whether a value is one of YAML's, and none of an item of a pattern in YAML."""
    return span is not None and bool(
        _KEY_END.search(span.source.text, max(0, span.start - 9), span.start)
    )


def line_with(edit: Edit, node: Node) -> str:
    """The line of a layer in YAML with an edit made; empty for others, and where it takes more."""
    span = node.span
    if span is None or edit.span.line != span.line or "\n" in edit.replacement:
        return ""
    if not _HAS_BODY.match(span.source.text, span.end):
        return ""
    start = span.source.line_starts()[span.line - 1]
    line = span.source.line_text(span.line)
    first, last = edit.span.start - start, edit.span.end - start
    return (line[:first] + edit.replacement + line[last:]).strip()


def written_option(node: Node, option: str) -> Argument | None:
    """How an option of a layer was written, if it was."""
    fields = node.layer.options_by_name()
    for argument in node.arguments:
        if fields.get(argument.name.lower()) is fields[option]:
            return argument
    return None


def input_edit(network: Network, shape: Shape) -> Edit | None:
    """The edit that gives the network's only input another size."""
    first, *others = network.nodes
    span = first.span
    if span is None or any(not node.inputs for node in others):
        return None
    text = span.text
    if re.match(r"\d|\{", text):  # `input: 32x32x3` or `input: {width: 32, ...}` of YAML
        return Edit(span, str(shape))
    if first.arguments or _HAS_BODY.match(span.source.text, span.end):
        return None
    size = _SIZE.search(text)
    start = span.start + (size.start() if size else len(text.rstrip()))
    return Edit(Span(span.source, start, span.end), f"[{shape}]")


def same_text(network: Network, index: int) -> list[int]:
    """The layers that stand at one place of the text, copies of each other."""
    span = network.nodes[index].span
    if span is None:
        return [index]
    return [k for k, node in enumerate(network.nodes) if _same_place(node.span, span)]


def _same_place(one: Span | None, other: Span) -> bool:
    return one is not None and one[1:] == other[1:] and one.source.name == other.source.name


def _value_text(value: Any) -> str:
    if isinstance(value, tuple):
        sides = [str(side) for side in value]
        return sides[0] if len(set(sides)) == 1 else "x".join(sides)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inserted_option(node: Node, span: Span, option: str, words: str) -> Edit | None:
    field = node.layer.options_by_name()[option]
    source, whole = span.source, span.source.text
    said = f"{canonical_name(field)}: {words}"
    if braces := _IN_BRACES.match(whole, span.end):
        place = braces.end() - (1 if braces[1] else 0)
        return Edit(Span(source, place, place), said if braces[1] else f"{said}, ")
    if lines := _ON_LINES.match(whole, span.end):
        place = lines.start(1)
        return Edit(Span(source, place, place), f"{lines[1]}{said}\n")
    if _HAS_BODY.match(whole, span.end):
        return None
    written = f"{next(iter(field.spellings), field.name)}={words}"
    text = span.text.rstrip()
    size = _SIZE.search(text)
    head = text[: size.start()].rstrip() if size else text
    closed = _ARGUMENTS_END.search(head)
    place = span.start + (closed.start() if closed else len(head))
    return Edit(Span(source, place, place), f", {written}" if closed else f"({written})")
