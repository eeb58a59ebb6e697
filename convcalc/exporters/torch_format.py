"""Python code in lines no wider than ruff leaves them."""

from typing import NamedTuple, Union

WIDEST = 88
Expression = Union[str, "Call"]


class Call(NamedTuple):
    """`name(arguments)`; `tall` has a line for each argument, however short."""

    name: str
    arguments: tuple[Expression, ...]
    tall: bool = False
    after: str = ""  # `.requires_grad_(False)`
    brackets: str = "()"  # or "[]": a list, with no name

    def __str__(self) -> str:
        inside = ", ".join(map(str, self.arguments))
        return f"{self.name}{self.brackets[0]}{inside}{self.brackets[1]}{self.after}"

    @property
    def is_tall(self) -> bool:
        """Whether it or anything in it takes several lines in any case."""
        return self.tall or any(isinstance(a, Call) and a.is_tall for a in self.arguments)


def statement(lead: str, value: Expression, indent: int, tail: str = "") -> list[str]:
    """`lead value tail` from a column on: on a line, or its arguments below."""
    space = " " * indent
    whole = f"{space}{lead}{value}{tail}"
    tall = isinstance(value, Call) and value.is_tall
    if isinstance(value, str) or (not tall and len(whole) <= WIDEST):
        return [whole]
    inner = f"{space}    {', '.join(map(str, value.arguments))}"
    opened, closed = value.brackets[0], value.brackets[1]
    last = f"{space}{closed}{value.after}{tail}"
    if not tall and len(inner) <= WIDEST and value.name:
        return [f"{space}{lead}{value.name}{opened}", inner, last]
    lines = [f"{space}{lead}{value.name}{opened}"]
    for argument in value.arguments:
        lines += statement("", argument, indent + 4, ",")
    return [*lines, last]


def method(name: str, parameters: list[str], gives: str) -> list[str]:
    """The first lines of a method."""
    call = Call(f"def {name}", tuple(parameters))
    return statement("", call, 4, f" -> {gives}:")
