"""Numbers, sizes, ranges and words in a pattern. One function a rule, as in `pattern`."""

from convcalc.facts.shape import MOST_AXES, SIZES, Shape
from convcalc.facts.window import Ends
from convcalc.text.errors import SpecError
from convcalc.text.source import Span
from convcalc.text.syntax.tokens import Cursor
from convcalc.text.syntax.tree import Choices, Size

LONGEST_RANGE = 1_000_000
LONGEST_LIST = 100  # values that are kept one by one

BRACKETS = f"a size in brackets is {SIZES}, such as [32x32x3]"


class Quantities:
    """The rules below a layer's arguments, and the closing of brackets."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor = cursor

    def number_or_range(self, message: str) -> object:
        """integer { "x" integer } | range"""
        return self.parse_range() if self.cursor.peek_token("{") else self.parse_sizes(message)

    def parse_value(self, name: str) -> object:
        """value = side { "x" side } | range | true | false | same | word"""
        cursor = self.cursor
        if cursor.peek_token("{"):
            return self.parse_range()
        decimal = cursor.take_token("DECIMAL")
        if decimal:
            return float(decimal)
        if cursor.peek_token("NUMBER"):
            return self.parse_sides()
        if cursor.peek_token("-"):
            return self.parse_negative()
        word = cursor.expect_token("WORD", f"expected a value for `{name}`")
        return {"true": True, "false": False}.get(word.lower(), word)

    def parse_sizes(self, message: str) -> int | Size:
        """integer { "x" integer }"""
        found = [self.cursor.expect_number(message)]
        while self.cursor.take_token("BY"):
            what = "height" if len(found) == 1 else "size"
            found.append(self.cursor.expect_number(f"expected a {what} after `x`"))
        return Size(*found) if len(found) > 1 else found[0]

    def parse_sides(self) -> int | Ends | Size:
        """side = integer [ ":" integer ]: the padding of the two ends of an axis."""
        found = [self.parse_side("")]
        while self.cursor.take_token("BY"):
            what = "height" if len(found) == 1 else "size"
            found.append(self.parse_side(f"expected a {what} after `x`"))
        return Size(*found) if len(found) > 1 else found[0]

    def parse_side(self, message: str) -> int | Ends:
        """integer [ ":" integer ]"""
        start = self.cursor.expect_number(message)
        if not self.cursor.take_token(":"):
            return start
        return Ends(start, self.cursor.expect_number("expected the padding of the end after `:`"))

    def parse_negative(self) -> int | float:
        """A number below zero; the layer says best where it is out of range."""
        self.cursor.take_token("-")
        decimal = self.cursor.take_token("DECIMAL") or self.cursor.take_token("INFINITE")
        return (
            -float(decimal)
            if decimal
            else -self.cursor.expect_number("expected a number after `-`")
        )

    def parse_range(self) -> Choices:
        """range = "{" integer ".." integer "}" | "{" integer { "," integer } "}" """
        cursor = self.cursor
        start = cursor.position
        cursor.take_token("{")
        values = [cursor.expect_number("expected a number in the range")]
        if cursor.take_token("DOTS"):
            whole = self.span_of_values(values[0], start)
            if len(whole) > LONGEST_LIST:
                self.close_bracket("}", start)
                return Choices(whole)
            values = list(whole)
        while cursor.take_token(","):
            values.append(cursor.expect_number("expected a number after `,`"))
        self.close_bracket("}", start, ",")
        return Choices(tuple(values))

    def span_of_values(self, first: int, start: int) -> range:
        """first ".." last"""
        last = self.cursor.expect_number("expected the last number of the range")
        if last < first:
            self.cursor.fail_here(f"the range {first}..{last} is empty", start=start)
        if last - first >= LONGEST_RANGE:
            self.cursor.fail_here(
                f"the range {first}..{last} has more than {LONGEST_RANGE:,} values", start=start
            )
        return range(first, last + 1)

    def parse_volume(self, start: int) -> Shape:
        """size { "x" size } "]" """
        cursor = self.cursor
        sizes = [cursor.expect_number("expected a width")]
        while cursor.take_token("BY"):
            what = "height" if len(sizes) == 1 else "depth"
            sizes.append(cursor.expect_number(f"expected a {what}"))
        if not 2 <= len(sizes) <= MOST_AXES + 1:
            cursor.fail_here(BRACKETS, start=start)
        self.close_bracket("]", start)
        return Shape(*sizes)

    def close_bracket(self, mark: str, start: int, instead: str = "") -> None:
        """Take the closing bracket of the one opened at `start`; `instead` may come first."""
        cursor = self.cursor
        if cursor.take_token(mark):
            return
        opening = cursor.text[start]
        if cursor.at_end:
            span = Span(cursor.source, start, start + 1)
            raise SpecError(f"`{opening}` is never closed", span, f"add a `{mark}`")
        wanted = f"`{instead}` or `{mark}`" if instead else f"`{mark}`"
        found = cursor.text[cursor.position]
        span = Span(cursor.source, start, cursor.position + 1)
        raise SpecError(f"expected {wanted}, found `{found}`", span, points_at_end=True)
