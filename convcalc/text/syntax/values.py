"""Values in YAML: integers, numbers, sizes, words, and expressions over parameters."""

import re
from typing import NamedTuple

from convcalc.facts.shape import MOST_AXES, Shape
from convcalc.text.errors import SpecError
from convcalc.text.source import Span
from convcalc.text.syntax.nodes import Scalar
from convcalc.text.syntax.tree import LARGEST_NUMBER, Size

_INTEGER = re.compile(r"[-+]?[0-9]+")
_NUMBER = r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+)(?:[eE][-+]?[0-9]{1,3})?"
_SIZE = re.compile(r"[0-9]+(?:\s*[x×X]\s*[0-9]+)+")


class Expression(NamedTuple):
    """A value with parameters of a block in it, `$planes * 4`, worked out at each use."""

    text: str

    def __str__(self) -> str:
        return self.text


def scalar_value(node: Scalar, path: str = "") -> object:
    """What a scalar means: YAML 1.2's integers, numbers and true/false, and sizes `3x5`."""
    text = node.text.strip()
    if "$" in text:
        return Expression(text)
    if text[:1].isalpha():
        is_switch = node.plain and text in ("true", "false", "True", "False")
        return text.lower() == "true" if is_switch else text
    if _SIZE.fullmatch(text):  # in quotes too: JSON has no other way
        return Size(*[integer_value(side, node.span, path) for side in _sides_of(text)])
    if not node.plain:
        return text
    if _INTEGER.fullmatch(text):
        return integer_value(text, node.span, path)
    if re.fullmatch(_NUMBER, text):
        return float(text)
    return text


def integer_value(text: str, span: Span, path: str = "") -> int:
    """An integer in decimal (`010` is ten), refused when larger than any size can be."""
    if len(text) > 11 or abs(int(text)) > LARGEST_NUMBER:
        shown = text if len(text) <= 20 else f"a number of {len(text.strip('+-')):,} digits"
        message = f"{shown} is too large; the largest is {LARGEST_NUMBER:,}"
        raise SpecError(message, span, path=path)
    return int(text)


def read_volume(node: Scalar, path: str) -> Shape | None:
    """The volume in `224x224x3`, `16000x1` or `112x112x16x3`, or None where the text is none."""
    text = node.text.strip().removeprefix("[").removesuffix("]").strip()
    sides = _sides_of(text) if _SIZE.fullmatch(text) else []
    if not 1 < len(sides) <= MOST_AXES + 1:
        return None
    return Shape(*[integer_value(side, node.span, path) for side in sides])


def _sides_of(size: str) -> list[str]:
    """The numbers of `3x5`, whichever sign stands between them."""
    return [side.strip() for side in size.lower().replace("×", "x").split("x")]
