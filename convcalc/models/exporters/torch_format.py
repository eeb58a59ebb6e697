"""Python code in lines no wider than ruff leaves them."""

import re
from typing import NamedTuple, Union

from convcalc.facts.torch_code import ALL

WIDEST = 88
Expression = Union[str, "CallExpression", "Chain"]


class CallExpression(NamedTuple):
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
        return self.tall or any(isinstance(a, CallExpression) and a.is_tall for a in self.arguments)


class Chain(NamedTuple):
    """`a + b + c`."""

    operator: str
    operands: tuple[str, ...]

    def __str__(self) -> str:
        return f" {self.operator} ".join(self.operands)


def read_expression(template: str, operands: list[str], attribute: str = "") -> Expression:
    """A template of code with its operands, in a form that can be broken into lines."""
    if re.fullmatch(r"\{0\}( ([+*]) \{\d+\})+", template):
        return Chain(template[4], tuple(operands))
    if template.startswith(f"torch.cat([{ALL}]"):
        return CallExpression(
            "torch.cat", (CallExpression("", tuple(operands), brackets="[]"), "1")
        )
    own = re.fullmatch(
        r"\{self\}\(((?:nn\.functional\.pad\()?\{0\}.*?)\)((?:\.\w+\([^()]*\))?)", template
    )
    if own:
        return CallExpression(f"self.{attribute}", (own[1].format(*operands),), after=own[2])
    template = template.replace("{self}", f"self.{attribute}")
    if not template.endswith(")"):
        return template.format(*operands)
    name, _, inside = template[:-1].rpartition("(")
    return CallExpression(name.format(*operands), tuple(inside.format(*operands).split(", ")))


def statement_lines(lead: str, value: Expression, indent: int, tail: str = "") -> list[str]:
    """`lead value tail` from a column on: on a line, or its arguments below."""
    space = " " * indent
    whole = f"{space}{lead}{value}{tail}"
    tall = isinstance(value, CallExpression) and value.is_tall
    if isinstance(value, str) or (not tall and len(whole) <= WIDEST):
        return [whole]
    if isinstance(value, Chain):
        return [f"{space}{lead}(", *_chain_lines(value, indent + 4), f"{space}){tail}"]
    inner = f"{space}    {', '.join(map(str, value.arguments))}"
    opened, closed = value.brackets[0], value.brackets[1]
    last = f"{space}{closed}{value.after}{tail}"
    if not tall and len(inner) <= WIDEST and value.name:
        return [f"{space}{lead}{value.name}{opened}", inner, last]
    lines = [f"{space}{lead}{value.name}{opened}"]
    for argument in value.arguments:
        lines += statement_lines("", argument, indent + 4, ",")
    return [*lines, last]


def _chain_lines(chain: Chain, indent: int) -> list[str]:
    """The operands on a line, or a line for each."""
    space = " " * indent
    if len(f"{space}{chain}") <= WIDEST:
        return [f"{space}{chain}"]
    first, *rest = chain.operands
    return [f"{space}{first}", *(f"{space}{chain.operator} {operand}" for operand in rest)]


def sequence_lines(lead: str, words: list[str], indent: int, tail: str = "") -> list[str]:
    """`lead a, b tail`, in brackets with a line for each where that is too wide."""
    space = " " * indent
    whole = f"{space}{lead}{', '.join(words)}{tail}"
    if len(words) < 2 or len(whole) <= WIDEST:
        return [whole]
    return [f"{space}{lead}(", *(f"{space}    {word}," for word in words), f"{space}){tail}"]


def method_head(name: str, parameters: list[str], gives: str) -> list[str]:
    """The first lines of a method."""
    call = CallExpression(f"def {name}", tuple(parameters))
    return statement_lines("", call, 4, f" -> {gives}:")
