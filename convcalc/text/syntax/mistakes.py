"""What people mean who write specs as other notations have them, in words that help."""

from typing import Any

from convcalc.text.errors import SpecError
from convcalc.text.syntax.nodes import Mapping, Scalar, Sequence, YamlNode


def list_hint(node: YamlNode) -> str:
    """How a list is written, where options stand in its place."""
    if not isinstance(node, Mapping):
        return ""
    first = next(iter(node.pairs), "")
    if first.startswith("-"):
        return f"a space belongs behind the hyphen: `- {first[1:41].strip()}`"
    return f"each layer begins with `- `, as in `- {first[:40]}`"


def beside_layer(node: Mapping, path: str) -> SpecError:
    """The error that a layer has keys beside it, which belong below it."""
    message = "a layer is written as one key, such as `conv: {filters: 64}`"
    if not node.pairs:
        return SpecError(message, node.span, path=path)
    (layer, body), *others = node.pairs.values()
    word, first = layer.text[:40], others[0][0]
    hint = f"put `{others[-1][0].text[:40]}` below `{word}`, or start a new `- ` item"
    if isinstance(body, Scalar) and body.is_null:
        message = f"`{first.text[:40]}` stands beside `{word}`, not below it"
        hint = f"indent the options of `{word}` further than its name"
        if all(isinstance(value, Scalar) for _, value in others):
            options = ", ".join(f"{key.text}: {value.span.text}" for key, value in others)
            hint += f", or write `{word}: {{{options}}}`" if len(options) < 80 else ""
    return SpecError(message, first.span, hint, path=path)


def refuse_numbers(node: Sequence, path: str) -> None:
    """Refuse a list of numbers, which other notations write for a size or a padding.

    Raises:
        SpecError: it is one; the hint says which number is which.
    """
    numbers = [_number_of(item) for item in node.items]
    pairs = [
        [_number_of(inner) for inner in item.items] if isinstance(item, Sequence) else []
        for item in node.items
    ]
    if numbers and None not in numbers:
        raise SpecError("a size is not a list", node.span, _size_hint(numbers, path), path=path)
    if len(pairs) == 2 and all(len(pair) == 2 and None not in pair for pair in pairs):
        (top, bottom), (left, right) = pairs
        hint = (f"Keras's pairs are [[top, bottom], [left, right]]: write {{left: {left}, "
                f"right: {right}, top: {top}, bottom: {bottom}}}")  # fmt: skip
        raise SpecError("a padding is not a list", node.span, hint, path=path)


def _number_of(node: YamlNode) -> str | None:
    text = node.text.strip() if isinstance(node, Scalar) else ""
    return text if text.isdecimal() and text.isascii() else None


def _size_hint(numbers: list[Any], path: str) -> str:
    option = path.rpartition(".")[2].lower()
    if len(set(numbers)) == 1 and (len(numbers) < 4 or "pad" in option):
        return f"write {numbers[0]}, which holds along every axis"
    if len(numbers) in (2, 3):
        order = "[height, width]" if len(numbers) == 2 else "[frames, height, width]"
        *frames, height, width = numbers
        size = "x".join([width, height, *frames])
        words = "width x height x frames" if frames else "width x height"
        return f"PyTorch and Keras write {order}: that is {size} ({words}) here"
    if len(numbers) == 4 and ("pad" in option or option == "p"):
        ends = ("left", "right", "top", "bottom")
        named = ", ".join(f"{end}: {number}" for end, number in zip(ends, numbers, strict=True))
        return f"PyTorch's F.pad counts left, right, top, bottom: write {{{named}}}"
    return ""


def volume_hint(node: YamlNode) -> str:
    """A list of three as an input's size; PyTorch has the channels first, Keras last."""
    if not isinstance(node, Sequence) or len(node.items) != 3:
        return ""
    found = [_number_of(item) for item in node.items]
    if None in found:
        return ""
    first, second, third = found
    if int(str(first)) <= 4 < int(str(third)):
        return f"PyTorch writes [channels, height, width]: that is {third}x{second}x{first} here"
    return f"Keras writes [height, width, channels]: that is {second}x{first}x{third} here"
