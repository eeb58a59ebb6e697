"""Tables in every format that has them, the same for all commands.

Rows may come one by one: nothing is held back but by `aligned` without given widths.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

from convcalc.answers.figures import TEXT, Figure, Unit
from convcalc.text.source import column_count as width_of
from convcalc.text.source import printable


class Column(NamedTuple):
    """A column: what it is called, its value in a row, and how people read that."""

    key: str
    title: str
    value: Callable[[Any], Any]
    unit: Unit = TEXT
    width: int = 0  # at least, where later rows are not known

    def text(self, row: Any) -> str:
        """What people read in a row."""
        value = self.value(row)
        return "" if value is None else printable(self.unit.show(value))

    def cell(self, row: Any) -> Any:
        """What CSV has: a plain number where there is one."""
        value = self.value(row)
        if isinstance(value, bool):
            return str(value).lower()
        return value if value is None or isinstance(value, (int, float)) else self.text(row)


def of_layer(figure: Figure) -> Column:
    """A figure's column in a table of layers."""
    return Column(figure.key, figure.title, figure.of_layer, figure.unit)


def of_network(figure: Figure) -> Column:
    """A figure's column in a table of networks."""
    width = figure.width or figure.unit.width
    return Column(figure.key, figure.title, lambda row: row.values[figure.key], figure.unit, width)


VERDICT = Column("fits", "Fits", lambda row: row.values["why_not"],
                 Unit("", lambda why: f"no: {why}" if why else "yes", right=False))  # fmt: skip


def terminal(
    columns: Sequence[Column], rows: Iterable[Any], streamed: bool = False
) -> Iterator[str]:
    """Aligned columns under their titles; of fixed widths where rows are `streamed`."""
    titles = [column.title for column in columns]
    widths = [max(column.width, len(column.title)) for column in columns] if streamed else None
    cells = ([column.text(row) for column in columns] for row in rows)
    return aligned(chain([titles], cells), [column.unit.right for column in columns], widths)


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
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="")
    for cells in chain(
        [[column.key for column in columns]],
        ([column.cell(row) for column in columns] for row in rows),
    ):
        text.seek(0)
        text.truncate()
        writer.writerow(cells)
        yield text.getvalue()
