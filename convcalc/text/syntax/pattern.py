"""Patterns in CS231n's notation, `INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC`.

One function a grammar rule; its docstring is the rule.
"""

import re
from collections.abc import Container

from convcalc.text.errors import Hint, SpecError
from convcalc.text.source import Source, Span
from convcalc.text.syntax.quantities import Quantities
from convcalc.text.syntax.tokens import Cursor
from convcalc.text.syntax.tree import Argument, Count, Document, Group, Item, LayerItem

DEEPEST = 100
_SIZES = re.compile(r"[0-9]+(?:[x×X][0-9]+)*$")  # of a kernel, behind a keyword
MOST_DIGITS = 3  # at the end of a keyword such as RELU6


def parse_pattern(
    source: Source, keywords: Container[str] = (), span: Span | None = None
) -> Document:
    """Parse one pattern, the whole source or a span of it.

    `keywords` are the layers' keywords in lower case: it takes them to tell RELU6, a
    layer, from RELU with a 6 behind it.

    Raises:
        SpecError: the text does not follow the grammar.
    """
    start, end = (span.start, span.end) if span else (0, len(source.text))
    cursor = Cursor(source, start, end)
    if cursor.at_end:
        raise SpecError(
            "the pattern is empty",
            Span(source, start, start + 1),
            "write for example 'INPUT -> CONV -> RELU -> POOL -> FC'",
        )
    items = _PatternParser(cursor, keywords).parse_network()
    return Document(items, source.name, cursor.span_from(start))


def parse_items(source: Source, keywords: Container[str], span: Span) -> list[Item]:
    """Parse a chain that stands in a larger text, such as an item of a YAML list."""
    cursor = Cursor(source, span.start, span.end)
    return _PatternParser(cursor, keywords).parse_network()


class _PatternParser(Quantities):
    def __init__(self, cursor: Cursor, keywords: Container[str]) -> None:
        super().__init__(cursor)
        self.keywords = keywords
        self.depth = 0

    def parse_network(self) -> list[Item]:
        """network = chain"""
        items = self.parse_chain()
        if not self.cursor.at_end:
            self._fail_between_items()
        while len(items) == 1 and isinstance(items[0], Group) and not items[0].suffix():
            items = items[0].items
        return items

    def _fail_between_items(self) -> None:
        if self.cursor.peek_token("]"):
            self.cursor.fail_here(
                "`]` closes a bracket that was never opened", start=self.cursor.position
            )
        if self.cursor.peek_token("WORD") or self.cursor.peek_token("["):
            self.cursor.fail_here("expected an arrow between two layers", "join layers with `->`")
        self.cursor.fail_here("expected `->` or the end of the pattern")

    def parse_chain(self) -> list[Item]:
        """chain = item { arrow item }"""
        items = [self.parse_item()]
        while self.cursor.take_token("ARROW"):
            items.append(self.parse_item())
        return items

    def parse_item(self) -> Item:
        """item = ( layer | "[" chain "]" ) [ "?" ] [ "*" count ]"""
        cursor = self.cursor
        if cursor.peek_token("["):
            item: Item = self.parse_group()
        elif cursor.peek_token("WORD"):
            item = self.parse_layer()
        else:
            after = "after `->`" if cursor.text[: cursor.last_end].endswith(">") else "here"
            begins = cursor.source.place_of(cursor.last_end)[1] == 1 and cursor.peek_token("ARROW")
            hint = "a pattern stands on one line" if begins else ""
            cursor.fail_here(f"expected a layer such as CONV or an opening `[` {after}", hint)
        item.optional = cursor.take_token("?") is not None
        if cursor.take_token("TIMES"):
            start = cursor.position
            item.count = self.parse_count()
            item.count_span = cursor.span_from(start)
        return item

    def parse_group(self) -> Group:
        """ "[" chain "]" """
        cursor = self.cursor
        start = cursor.position
        cursor.take_token("[")
        self.depth += 1
        if self.depth > DEEPEST:
            cursor.fail_here(f"brackets are nested deeper than {DEEPEST}", start=start)
        items = self.parse_chain()
        self.depth -= 1
        self.close_bracket("]", start, "->")
        return Group(items, cursor.span_from(start))

    def parse_count(self) -> Count:
        """count = integer | name | range"""
        cursor = self.cursor
        if cursor.peek_token("{"):
            return self.parse_range()
        if cursor.peek_token("NUMBER"):
            return cursor.expect_number("")
        return cursor.expect_token(
            "WORD",
            "expected a number or a name after `*`",
            Hint(
                "write for example *3, or *N and set it with --set N=3",
                plain="write for example *3",
            ),
        )

    def parse_layer(self) -> LayerItem:
        """layer = KEYWORD [F {"x" F}] ["-" K] ["/" S] ["(" arguments ")"] ["[" sizes "]"]"""
        cursor = self.cursor
        start = cursor.position
        keyword = self.parse_keyword()
        span = cursor.span_from(start)
        arguments = self.parse_shorthand()
        if cursor.peek_token("("):
            arguments += self.parse_arguments()
        layer = LayerItem(keyword, arguments, span=span)
        size_start = cursor.position
        if cursor.take_token("SIZE"):
            layer.size = self.parse_volume(size_start)
            layer.size_span = cursor.span_from(size_start)
        layer.span = cursor.span_from(start)
        return layer

    def parse_keyword(self) -> str:
        """KEYWORD: the longest that is known; digits behind it are a kernel size."""
        cursor = self.cursor
        start = cursor.position
        word = cursor.expect_token("WORD", "expected a layer")
        stem = _SIZES.sub("", word)
        for end in range(min(len(word), len(stem) + MOST_DIGITS), len(stem), -1):
            if word[:end].lower() in self.keywords:
                stem = word[:end]
                break
        if stem != word:
            cursor.go_back(start + len(stem))
        return stem

    def parse_shorthand(self) -> list[Argument]:
        """[F] [ "-" K ] [ "/" S ]"""
        found = []
        for name, mark in (("F", ""), ("K", "-"), ("S", "/")):
            if mark and (self.cursor.peek_token("ARROW") or not self.cursor.take_token(mark)):
                continue
            if not mark and not (self.cursor.peek_token("NUMBER") or self.cursor.peek_token("{")):
                continue
            start = self.cursor.position
            value = self.number_or_range(f"expected a number after `{mark}`")
            found.append(Argument(name, value, self.cursor.span_from(start)))
        return found

    def parse_arguments(self) -> list[Argument]:
        """ "(" name "=" value { "," name "=" value } ")" """
        cursor = self.cursor
        start = cursor.position
        cursor.take_token("(")
        found = [self.parse_argument()]
        while cursor.take_token(","):
            found.append(self.parse_argument())
        self.close_bracket(")", start, ",")
        return found

    def parse_argument(self) -> Argument:
        """name "=" value"""
        cursor = self.cursor
        start = cursor.position
        name = cursor.expect_token("WORD", "expected a hyperparameter such as P=1")
        cursor.expect_token("=", f"expected `=` after `{name}`")
        value = self.parse_value(name)
        return Argument(name, value, cursor.span_from(start))
