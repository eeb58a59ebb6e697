"""Arithmetic over the parameters of a block: `$planes * 4`, `($in + $out) / 2`.

Integers stay integers: `/` must leave no remainder. Decimal numbers are for rates, such
as a dropout that grows with the depth, `0.0125 * $index`.
"""

import re
from collections.abc import Mapping
from typing import Any

_TOKEN = re.compile(r"\s*(?:([0-9]{1,10}(?:\.[0-9]{1,10})?)|\$(\w+)|(//|[-+*/%()]))")
_LONE_NAME = re.compile(r"\s*\$(\w+)\s*")
DEEPEST = 50
LARGEST = 2**62

Number = int | float


def evaluate_expression(text: str, parameters: Mapping[str, Any]) -> Any:
    """The value of an expression; a lone `$name` may stand for any value.

    Raises:
        ValueError: unknown parameter, not an expression, or a division with a remainder.
    """
    lone = _LONE_NAME.fullmatch(text)
    if lone and lone[1] in parameters:
        return parameters[lone[1]]
    return _Evaluator(text, parameters).whole_value()


def _number_from(text: str) -> Number:
    return float(text) if "." in text else int(text)


class _Evaluator:
    def __init__(self, text: str, parameters: Mapping[str, Any]) -> None:
        self.parameters = parameters
        self.text = text.strip()
        self.tokens = self._all_tokens()
        self.position = 0
        self.depth = 0

    def _all_tokens(self) -> list[Any]:
        found: list[Any] = []
        position = 0
        while position < len(self.text):
            match = _TOKEN.match(self.text, position)
            if not match:
                raise ValueError(
                    f"`{self.text[:60]}` is not an expression; it may hold numbers, "
                    "$names, + - * / // % and brackets"
                )
            number, name, mark = match.groups()
            found.append(_number_from(number) if number else self._value_of(name) if name else mark)
            position = match.end()
        return found

    def _value_of(self, name: str) -> Any:
        if name not in self.parameters:
            known = ", ".join(f"${name}" for name in self.parameters)
            raise ValueError(
                f"there is no parameter `${name}` here" + (f"; known: {known}" if known else "")
            )
        return _Known(self.parameters[name])

    def whole_value(self) -> Any:
        """The whole expression."""
        value = self._read_sum()
        if self.position < len(self.tokens):
            raise ValueError(f"`{self.text[:60]}` has something left over at its end")
        return value

    def _read_sum(self) -> Number:
        value = self._read_product()
        while (mark := self._take_token("+", "-")) is not None:
            value = value + self._read_product() if mark == "+" else value - self._read_product()
        return value

    def _read_product(self) -> Number:
        value = self._read_atom()
        while (mark := self._take_token("*", "//", "/", "%")) is not None:
            value = self._multiplied_by(value, mark, self._read_atom())
            if abs(value) > LARGEST:
                raise ValueError(f"`{self.text[:60]}` is larger than {LARGEST:,}")
        return value

    def _multiplied_by(self, left: Number, mark: str, right: Number) -> Number:
        if mark == "*":
            return left * right
        if right == 0:
            raise ValueError(f"`{self.text[:60]}` divides by zero")
        if mark == "/" and float in (type(left), type(right)):
            return left / right
        if mark == "/" and left % right:
            raise ValueError(
                f"`{self.text[:60]}` is not an integer: {left} / {right}; write // to round down"
            )
        return left % right if mark == "%" else left // right

    def _read_atom(self) -> Number:
        if self._take_token("-") is not None:
            return -self._read_atom()
        if self._take_token("(") is not None:
            return self._read_bracket()
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        self.position += 1
        value = token.value if isinstance(token, _Known) else token
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise ValueError(
                f"`{self.text[:60]}` needs a number"
                + (f", not `{value}`" if token is not None else " at its end")
            )
        return value

    def _read_bracket(self) -> Number:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ValueError(f"brackets are nested deeper than {DEEPEST}")
        value = self._read_sum()
        if self._take_token(")") is None:
            raise ValueError(f"`{self.text[:60]}` lacks a closing bracket")
        return value

    def _take_token(self, *marks: str) -> str | None:
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        if isinstance(token, str) and token in marks:
            self.position += 1
            return token
        return None


class _Known:
    """A parameter's value among the tokens; a plain word would look like an operator."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value
