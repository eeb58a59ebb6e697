"""Tables in every format that has them, the same for all commands.

Rows may come one by one: nothing is held back but by `aligned` without given widths.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from convcalc.answers.figures import TEXT, Figure, Unit
from convcalc.text.source import column_count as width_of
from convcalc.text.source import printable, shortened

LEFT_OUT = "Left out for want of width: {}{}"
_BEFORE = re.compile(r" +.*? [KMGTP]?i?B {2,}(?:[0-9.]+ % {2,})?")  # before the explanation
LONGEST = 200  # characters of a cell: a name may be a megabyte
LEAST = 16  # columns that a text beside numbers gets, however narrow the terminal is


class Column(NamedTuple):
    """A column: what it is called, its value in a row, and how people read that."""

    key: str
    title: str
    value: Callable[[Any], Any]
    unit: Unit = TEXT
    width: int = 0  # at least, where later rows are not known
    keep: int = 100  # what a narrow terminal leaves out first has the smallest number

    def text(self, row: Any) -> str:
        """What people read in a row."""
        value = self.value(row)
        return "" if value is None else shortened(self.unit.show(value), LONGEST)

    def cell(self, row: Any) -> Any:
        """What CSV has: a plain number where there is one."""
        value = self.value(row)
        if value is None or isinstance(value, (int, float)):
            return str(value).lower() if isinstance(value, bool) else value
        text = shortened(self.unit.show(value), 5 * LONGEST)
        return f"'{text}" if text[:1] in FORMULA else text


FORMULA = ("=", "+", "-", "@")  # a spreadsheet works out what begins so


def of_layer(figure: Figure) -> Column:
    """A figure's column in a table of layers."""
    return Column(figure.key, figure.title, figure.of_layer, figure.unit)


def of_network(figure: Figure) -> Column:
    """A figure's column in a table of networks."""
    width = figure.width or figure.unit.width
    keep = figure.keep if figure.keep_of_network is None else figure.keep_of_network
    return Column(figure.key, figure.title, lambda row: row.values[figure.key], figure.unit, width,
                  keep)  # fmt: skip


def verdict(limited: bool) -> Column:
    """Whether a network fits, and why not; without a limit that is about its windows only."""
    unit = Unit("", lambda why: f"no: {why}" if why else "yes", right=False)
    return Column("fits", "Fits" if limited else "Windows fit", lambda row: row.values["why_not"],
                  unit)  # fmt: skip


def terminal(
    columns: Sequence[Column], rows: Iterable[Any], width: int | None, streamed: bool = False
) -> Iterator[str]:
    """Aligned columns under their titles; of fixed widths where rows are `streamed`.

    On a terminal those that are worth least are left out and named, and a text in the last
    column goes on below itself.
    """
    if not streamed:
        rows = list(rows)
    texts = [[] if streamed else [column.text(row) for row in rows] for column in columns]
    widths = [
        max(column.width if streamed else 0, *map(width_of, [column.title, *cells]))
        for column, cells in zip(columns, texts, strict=True)
    ]
    found = [(each.key, each.keep, size + 2) for each, size in zip(columns, widths, strict=True)]
    if not columns[-1].unit.right:  # it may go on below itself
        least = LEAST if streamed else min(widths[-1], LEAST)
        found[-1] = (columns[-1].key, 100, least + 2)
    left_out = [] if width is None else keys_left_out(found, width + 1)
    kept = [place for place, column in enumerate(columns) if column.key not in left_out]
    shown = [columns[place] for place in kept]
    cells = ([column.text(row) for column in shown] for row in rows)
    lines = aligned(chain([[column.title for column in shown]], cells),
                    [column.unit.right for column in shown], [widths[k] for k in kept])  # fmt: skip
    before = sum(widths[place] + 2 for place in kept[:-1])
    for line in lines:
        yield from _hanging(line, before, width)
    if left_out:
        yield from wrapped([f"Left out for want of width: {', '.join(left_out)}"], width)


def _hanging(line: str, before: int, width: int | None) -> Iterator[str]:
    """A line whose last column goes on below itself where the terminal ends."""
    if width is None or width_of(line) <= width or width - before < LEAST:
        yield line
        return
    import textwrap

    yield from textwrap.wrap(line, width, subsequent_indent=" " * before, drop_whitespace=True,
                             break_on_hyphens=False)  # fmt: skip


def keys_left_out(columns: Iterable[tuple[str, int, int]], width: int) -> list[str]:
    """Keys of the columns for which those of more worth leave no room; two always stay.

    A column is its key, its worth, and how wide it is with the gap beside it.
    """
    left_out: list[str] = []
    for place, (key, _, size) in enumerate(sorted(columns, key=lambda column: -column[1])):
        if size > width and place > 1:
            left_out.append(key)
        else:
            width -= size
    return left_out[::-1]


def wrapped(lines: list[str], width: int | None, quoted: str | None = None) -> list[str]:
    """Lines no longer than the terminal is wide; what goes on stands below the last column.

    Words stay whole, and so do lines that begin with `quoted`: a marker points at them.
    """
    if width is None or all(len(line) <= width for line in lines):
        return lines
    import textwrap

    found = []
    for line in lines:
        if len(line) <= width or (quoted and line.startswith(quoted)):
            found.append(line)
            continue
        columns = _BEFORE.match(line)
        indent = len(columns[0]) if columns and len(columns[0]) < width * 2 // 3 else 4
        found += textwrap.wrap(line, width, subsequent_indent=" " * indent,
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return found


def aligned(
    rows: Iterable[Sequence[str]],
    right: Sequence[bool] | None = None,
    widths: Sequence[int] | None = None,
) -> Iterator[str]:
    """Lines with their cells below each other, the first on the left unless `right` says it."""
    if widths is None:
        rows = list(rows)
        widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        sides = right or [position > 0 for position in range(len(row))]
        cells = []
        for cell, width, to_the_right in zip(row, widths, sides, strict=True):
            space = " " * (width - width_of(cell))
            cells.append(space + cell if to_the_right else cell + space)
        yield "  ".join(cells).rstrip()


def markdown(
    titles: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Sequence[bool] | None = None,
    total: Sequence[str] = (),
) -> Iterator[str]:
    """A Markdown table; `total` is a last row that stands out."""
    sides = right or [position > 0 for position in range(len(titles))]
    yield _piped(map(escape, titles))
    yield "|" + "|".join("--:" if side else ":--" for side in sides) + "|"
    for row in rows:
        yield _piped(map(escape, row))
    if total:
        yield _piped(f"**{escape(cell)}**" if cell else "" for cell in total)


def markdown_of(
    columns: Sequence[Column], rows: Iterable[Any], total: Sequence[str] = ()
) -> Iterator[str]:
    """The same of columns."""
    cells = ([column.text(row) for column in columns] for row in rows)
    sides = [column.unit.right for column in columns]
    return markdown([column.title for column in columns], cells, sides, total)


def _piped(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def escape(text: str) -> str:
    """Text that Markdown shows as it is."""
    text = printable(text)
    for mark in "\\`*_[]<>|":
        text = text.replace(mark, "\\" + mark)
    return text


def comma_separated(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    """CSV with plain numbers under the columns' keys."""
    cells = ([column.cell(row) for column in columns] for row in rows)
    return comma_separated_cells([column.key for column in columns], cells)


def comma_separated_cells(titles: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """The same of cells under their titles."""
    import csv

    writer = csv.writer(_PassedOn(), lineterminator="")  # whose rows are what `write` gives
    return map(writer.writerow, chain([titles], rows))


class _PassedOn:
    """A file that hands on what is written to it."""

    def write(self, text: str) -> str:
        return text
