"""A cursor over the text of a pattern that matches what the parser asks for."""

import re
from functools import cache
from typing import NoReturn

from convcalc.text.errors import SpecError
from convcalc.text.source import Source, Span
from convcalc.text.syntax.tree import LARGEST_NUMBER

_SHOWN = r"->|\w+|(?s:.)"  # what a message shows of what it did not expect
LONGEST_SHOWN = 40

_SPACE = re.compile(r"(?:\s+|#[^\n]*)*")
RULES = {  # and each mark is a rule of its own
    "WORD": r"[^\W\d]\w*",
    "NUMBER": r"[0-9]+",
    "DECIMAL": r"[0-9]+\.[0-9]+",
    "INFINITE": r"inf\b",
    "BY": r"[x×X]",
    "ARROW": r"->|→|=>|-(?=\s*[^\W\d]|\s*\[)",
    "TIMES": r"[*×]",
    "DOTS": r"\.\.",
    "SIZE": r"\[(?=\s*[0-9])",
}


@cache
def _compiled(rule: str) -> re.Pattern[str]:
    return re.compile(RULES.get(rule) or re.escape(rule))


class Cursor:
    """A position in a text. Spaces and comments before a token are free."""

    def __init__(self, source: Source, start: int = 0, end: int | None = None) -> None:
        self.source = source
        self.text = source.text
        self.end = len(source.text) if end is None else end
        self.position = start
        self.last_end = start
        self.skip_token()

    def skip_token(self) -> None:
        """Go on to the next token."""
        match = _SPACE.match(self.text, self.position, self.end)
        self.position = match.end() if match else self.position

    def peek_token(self, rule: str) -> bool:
        """Whether the next token is a `rule`."""
        return _compiled(rule).match(self.text, self.position, self.end) is not None

    def take_token(self, rule: str) -> str | None:
        """The next token when it is a `rule`, and go past it."""
        match = _compiled(rule).match(self.text, self.position, self.end)
        if match is None:
            return None
        self.last_end = self.position = match.end()
        self.skip_token()
        return match[0]

    def go_back(self, position: int) -> None:
        """Continue from an earlier position, the end of a token cut short."""
        self.last_end = self.position = position
        self.skip_token()

    def expect_token(self, rule: str, message: str, hint: str = "") -> str:
        """The next token, which must be a `rule`; `message` says what was expected."""
        token = self.take_token(rule)
        if token is None:
            self.fail_here(message, hint)
        return token

    def expect_number(self, message: str) -> int:
        """The next token, which must be an integer that a size can be."""
        start = self.position
        return self.integer_value(self.expect_token("NUMBER", message), start)

    def integer_value(self, digits: str, start: int) -> int:
        """The value of some digits, refused when larger than any size can be."""
        if len(digits) > 10 or int(digits) > LARGEST_NUMBER:
            shown = digits if len(digits) <= 20 else f"a number of {len(digits):,} digits"
            self.fail_here(f"{shown} is too large; the largest is {LARGEST_NUMBER:,}", start=start)
        return int(digits)

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position >= self.end

    def span_from(self, start: int) -> Span:
        """From `start` to the end of the last token."""
        return Span(self.source, start, max(start, self.last_end))

    def fail_here(self, message: str, hint: str = "", *, start: int | None = None) -> NoReturn:
        """Raise at the next token, or from `start` on."""
        if start is None:
            found = re.match(_SHOWN, self.text[self.position : self.end][:LONGEST_SHOWN])
            message += f", found `{found[0]}`" if found else ", found the end"
            length = len(found[0]) if found else 1
            span = Span(self.source, self.position, self.position + length)
        else:
            span = self.span_from(start)
        raise SpecError(message, span, hint)
