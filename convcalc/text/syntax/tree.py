"""The tree that patterns and YAML specs are read into.

Nodes compare by what they say, not by where they stand: spans are left out. `str(node)`
is the pattern notation, and parsing it gives an equal tree.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from convcalc.facts.shape import Shape
from convcalc.facts.window import Ends
from convcalc.text.errors import SpecError
from convcalc.text.source import Span

LARGEST_NUMBER = 2**31 - 1


class Choices(NamedTuple):
    """The values of a range such as `{1..3}` or `{32,64}`: a family of networks.

    A long range stays a `range`: thirty of a million values are no gigabyte.
    """

    values: tuple[int, ...] | range

    def __str__(self) -> str:
        if isinstance(self.values, range):
            return f"{{{self.values[0]}..{self.values[-1]}}}"
        return "{" + ",".join(map(str, self.values)) + "}"


class Size(tuple[int | Ends, ...]):
    """A size an axis, width first, written `3x5` or `3x1x1`; of padding `0:1x0:2`."""

    __slots__ = ()

    def __new__(cls, *sizes: int | Ends) -> Self:
        """The sizes in the order in which they are written."""
        return tuple.__new__(cls, sizes)

    def __getnewargs__(self) -> tuple[int | Ends, ...]:
        """For copies and pickles: the same again."""
        return tuple(self)

    def __str__(self) -> str:
        return "x".join(map(str, self))


Count = int | str | Choices


NAMELESS = ""  # the name of an argument that stands without one, `fc: 10`
NOT_ONE = "must be one value, not"  # and then what it is


class Argument(NamedTuple):
    """One hyperparameter as it was written; `path` is its place in a YAML document."""

    name: str
    value: object
    span: Span | None = None
    path: str = ""
    key_span: Span | None = None

    @property
    def text(self) -> str:
        """The value as it stands in the source."""
        return self.span.text.strip() if self.span else str(self.value)

    def __str__(self) -> str:
        value = self.value
        if isinstance(value, bool):
            value = str(value).lower()
        return f"{self.name}={_decimal_text(value) if isinstance(value, float) else value}"


def _decimal_text(number: float) -> str:
    """A number in the notation of patterns, which have no exponents."""
    from decimal import Decimal

    text = f"{Decimal(repr(number)):f}"
    return text if "." in text else f"{text}.0"


class Item:
    """A part of a chain, perhaps optional (`?`) and repeated (`*count`)."""

    __slots__ = ("count", "count_span", "optional", "path", "span")
    compared: tuple[str, ...] = ("optional", "count")

    def __init__(self, span: Span | None = None, path: str = "") -> None:
        self.span = span
        self.path = path
        self.optional = False
        self.count: Count = 1
        self.count_span: Span | None = None

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and all(
            getattr(self, name) == getattr(other, name) for name in self.compared
        )

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def suffix(self) -> str:
        """The `?` and `*count` behind the item."""
        optional = "?" if self.optional else ""
        return optional if self.count == 1 else f"{optional}*{self.count}"


class LayerItem(Item):
    """One layer by its keyword; `size` is what stands in square brackets behind it."""

    __slots__ = (
        "arguments",
        "branches",
        "keyword",
        "notation",
        "size",
        "size_span",
        "sources",
        "word",
    )
    compared = (*Item.compared, "keyword", "unplaced_arguments", "size", "branches", "source_names")

    def __init__(
        self,
        keyword: str,
        arguments: Iterable[Argument] = (),
        size: Shape | None = None,
        span: Span | None = None,
        path: str = "",
        notation: str = "pattern",
    ) -> None:
        super().__init__(span, path)
        self.keyword = keyword.upper() if keyword.isascii() else keyword
        self.word = keyword  # as it was written
        self.arguments = tuple(arguments)
        self.size = size
        self.size_span: Span | None = None
        self.notation = notation  # "pattern" fills in the notes' defaults, "yaml" does not
        self.branches: dict[str, Branch] = {}  # by option name, or "0", "1" ... for a list
        self.sources: tuple[Argument, ...] | None = None  # `from`: names of earlier layers

    @property
    def source_names(self) -> "list[object] | None":
        """The names in `from`, without their places."""
        return None if self.sources is None else [source.value for source in self.sources]

    @property
    def unplaced_arguments(self) -> list[tuple[str, object]]:
        """The arguments without their places."""
        return [(argument.name, argument.value) for argument in self.arguments]

    def __str__(self) -> str:
        arguments = ", ".join(map(str, self.arguments))
        size = f"[{self.size}]" if self.size else ""
        return f"{self.keyword}{f'({arguments})' if arguments else ''}{size}{self.suffix()}"


class Branch:
    """A chain that starts from the same volume as its siblings, or `$name` of one."""

    __slots__ = ("items", "key_span", "parameter", "path", "span")

    def __init__(
        self, items: list[Item], span: Span | None = None, path: str = "", parameter: str = ""
    ) -> None:
        self.items = items
        self.span = span
        self.path = path
        self.parameter = parameter
        self.key_span: Span | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Branch) and (self.items, self.parameter) == (
            other.items,
            other.parameter,
        )

    __hash__ = None  # type: ignore[assignment]  # mutable


class Block:
    """A reusable part of a spec: parameters (with a default, or None: required) and layers."""

    __slots__ = ("broken", "items", "name", "parameters", "span")

    def __init__(
        self, name: str, parameters: dict[str, Argument | None], items: list[Item], span: Span
    ) -> None:
        self.broken = False  # it could not be read, and has been said so
        self.name = name
        self.parameters = parameters
        self.items = items
        self.span = span


class Group(Item):
    """A chain in brackets, or a `repeat` in YAML."""

    __slots__ = ("items", "options")
    compared = (*Item.compared, "items")

    def __init__(self, items: Iterable[Item], span: Span | None = None, path: str = "") -> None:
        super().__init__(span, path)
        self.items = list(items)
        self.options: dict[str, Argument] = {}  # name, checkpoint, trainable

    def __str__(self) -> str:
        return f"[{' -> '.join(map(str, self.items))}]{self.suffix()}"


EAGER, TRACED = "eager", "traced"  # how long a value lives: see docs/yaml.md
LIFETIMES = (EAGER, TRACED)
NEXT_PASS = "next-pass"  # in `held`: until the same layer makes it anew


class Document:
    """One network as it was written, before names and repeats are worked out."""

    __slots__ = (
        "blocks",
        "budget",
        "dropped",
        "held",
        "inputs",
        "items",
        "lifetimes",
        "name",
        "outputs",
        "problems",
        "reference",
        "rounding",
        "source",
        "span",
    )

    def __init__(self, items: list[Item], source: str, span: Span | None = None) -> None:
        self.problems: list[SpecError] | None = None  # None: the first mistake is the last
        self.dropped = False  # something could not be read, so that others may miss it
        self.items = items
        self.source = source
        self.span = span
        self.name = ""
        self.reference = ""
        self.rounding = ""
        self.lifetimes = ""
        self.blocks: dict[str, Block] = {}
        self.outputs: tuple[Argument, ...] = ()
        self.held: tuple[tuple[Argument, tuple[Argument, ...]], ...] = ()  # until, and what
        self.budget: dict[str, Argument] = {}
        self.inputs = 1  # how many of the items, the first ones, are inputs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.items == other.items

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __str__(self) -> str:
        return " -> ".join(map(str, self.items))
