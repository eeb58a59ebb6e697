"""Reports as a table in the terminal.

Lines are laid out here, since every width is known, and handed to rich for colours: a
rich.table of VGG-16 costs more than everything else that the command does.
"""

from collections.abc import Iterable, Iterator

from convcalc.answers.figures import FIGURES, Figure
from convcalc.answers.folding import fold_rows
from convcalc.answers.heaviest_rows import Shown, rows_to_show, rows_with_most_memory
from convcalc.answers.layer_row import LayerRow
from convcalc.answers.report import Report
from convcalc.facts.largest import heaviest
from convcalc.render import pytorch, summary
from convcalc.render.answer import answer_lines
from convcalc.render.formats import View
from convcalc.render.tables import LEFT_OUT, keys_left_out, wrapped
from convcalc.text.source import column_count as width_of
from convcalc.text.source import printable

MOST_WORTH = 100  # of a column, of those that stay on a narrow terminal
BAR = 12  # columns of the bar at its widest
WEIGHTS, PARAMETERS = "weights", "parameters"
SHARE = "memory_share"  # the column that stands as a bar where there is room
MARK = "▸"  # before the rows that hold most memory, and before the heaviest weights
HOLDS, WEIGHS = "bold yellow", "bold cyan"
_EIGHTHS = " ▏▎▍▌▋▊▉█"

Line = list[tuple[str, str]]  # stretches of text, each with a rich style


def render(reports: list[Report], view: View) -> str:
    """Every network, with ANSI colours where wanted.

    Columns that do not fit the terminal are left out, the least important first, unless the
    user has chosen them; without a terminal nothing is.
    """
    lines = lines_of(reports, view)
    return coloured(lines) if view.colour else plain(lines)


def lines_of(reports: list[Report], view: View) -> list[Line]:
    """The lines of every network, a blank one between two."""
    found: list[Line] = []
    for report in reports:
        found += [[]] if found else []
        found += _network(report, view)
    return found


def plain(lines: Iterable[Line]) -> str:
    """The text alone."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def coloured(lines: Iterable[Line]) -> str:
    """The text with ANSI colours, by rich."""
    from rich.color import ColorSystem
    from rich.style import Style

    def styled(text: str, style: str) -> str:
        if not style:
            return text
        return Style.parse(style).render(text, color_system=ColorSystem.STANDARD)

    return "\n".join("".join(styled(*part) for part in line) for line in lines)


def _network(report: Report, view: View) -> Iterator[Line]:
    width = view.width
    yield from ([(line, "bold")] for line in wrapped([summary.heading(report)], width))
    rows = fold_rows(report.rows, view.depth)
    shown = rows_to_show(rows, view.sort, view.top, report.broken)
    columns = [FIGURES[key] for key in shown.columns(view.columns)]
    table = _Table(rows, shown, columns, width, view.depth is None)
    if not report.broken:
        table.holding = rows_with_most_memory(rows)
    hidden = [] if view.columns or width is None else table.narrow(width)
    yield from table.lines()
    if hidden:
        how = " (a wider terminal or --columns shows them)" if view.prompt else ""
        yield from _block(wrapped([LEFT_OUT.format(", ".join(hidden), how)], width), "dim")
    if not view.details:
        yield from _block(wrapped(summary.problem_lines(report), width, quoted="    "))
        yield from _styled_block(answer_lines(report, width, view.prompt, rows), width)
        return
    yield from _block(wrapped(summary.textbook_lines(report), width))
    yield from _block(wrapped(pytorch.lines(report, width), width))
    yield from _block(wrapped(summary.assumed_lines(report), width))
    yield from _block(wrapped(summary.finding_lines(report), width, quoted="    "))


def _block(lines: list[str], style: str = "") -> Iterator[Line]:
    if lines:
        yield []
        yield from ([(line, style)] for line in lines)


def _styled_block(lines: list[tuple[str, str]], width: int | None) -> Iterator[Line]:
    """Lines of which each has a style of its own."""
    if lines:
        yield []
    for text, style in lines:
        yield from ([(line, style)] for line in wrapped([text], width))


class _Table:
    """The cells as text, measured, and laid out in lines."""

    def __init__(
        self,
        rows: list[LayerRow],
        shown: Shown,
        columns: list[Figure],
        width: int | None,
        branches: bool,
    ) -> None:
        self.rows = rows
        self.shown = shown
        self.branches = branches  # set in; a folded block is no parent of what stands below it
        self.columns = columns
        self.width = width
        self.texts: dict[str, list[str]] = {}
        self.heavy: set[int] = set()
        self.marked = WEIGHTS  # the column that marks them
        self.holding: set[int] = set()
        self.totals: dict[str, str] = {}
        self.widths: dict[str, int] = {}
        for column in columns:
            self._measure(column)

    def _measure(self, column: Figure) -> None:
        values = [column.of_layer(row) for row in self.rows]
        heavy = heaviest(values) if column.key == WEIGHTS else set()
        texts = (
            self._names()
            if column.key == "name"
            else [
                (f"{MARK} " if index in heavy else "") + printable(column.shown(value))
                for index, value in enumerate(values)
            ]
        )
        total = column.total(self.rows)
        shown = column.shown(total)
        if column is self.columns[0] and total is None:
            shown = "Total"
        self.texts[column.key] = texts
        if column.key == WEIGHTS:
            self.heavy = heavy
        self.totals[column.key] = shown
        self.widths[column.key] = self._widest([column.title, shown], texts)

    def _widest(self, beside: list[str], texts: list[str]) -> int:
        """Columns of the terminal that a cell takes at most, of those shown."""
        return max(map(width_of, [*beside, *[texts[index] for index in self.shown.order]]))

    def _names(self) -> list[str]:
        """Names inside a block without the block's, set in; branches set in further."""
        if self.shown.by:
            return [printable(row.name) for row in self.rows]
        return [
            "  " * (bool(row.scope) + (row.branch if self.branches else 0))
            + printable(row.name.removeprefix(".".join((*row.scope, ""))))
            for row in self.rows
        ]

    def _block_of(self, index: int) -> str:
        """The block that begins with a row, where the one before stands in another."""
        if self.shown.by:
            return ""
        scope = self.rows[index].scope
        return (
            printable(".".join(scope)) if not index or scope != self.rows[index - 1].scope else ""
        )

    def total_width(self) -> int:
        """Columns of the terminal that the table takes, without the bar."""
        return sum(self.widths[column.key] + 2 for column in self.columns)

    def narrow(self, width: int) -> list[str]:
        """Keep the columns that are worth most and fit beside each other; keys of the others."""
        left_out = keys_left_out([(each.key, self._worth(each), self.widths[each.key] + 2)
                                  for each in self.columns], width)  # fmt: skip
        self.columns = [column for column in self.columns if column.key not in left_out]
        if WEIGHTS in left_out and any(column.key == PARAMETERS for column in self.columns):
            self._mark_parameters(width)
        return left_out if self._has_room() else [SHARE, *left_out]

    def _worth(self, column: Figure) -> int:
        """Which column stays when others go: before all that which the rows are sorted by."""
        return MOST_WORTH if column.key == self.shown.by else column.keep

    def _mark_parameters(self, width: int) -> None:
        """Mark the heaviest weights there, if that is no wider than the terminal."""
        texts = [f"{MARK} " * (index in self.heavy) + text
                 for index, text in enumerate(self.texts[PARAMETERS])]  # fmt: skip
        wider = self._widest([" " * self.widths[PARAMETERS]], texts)
        if self.total_width() + wider - self.widths[PARAMETERS] <= width:
            self.texts[PARAMETERS], self.widths[PARAMETERS] = texts, wider
            self.marked = PARAMETERS

    def _has_room(self) -> bool:
        """Whether the bar fits beside the columns."""
        return self.width is None or self.total_width() + BAR + 10 <= self.width

    def lines(self) -> Iterator[Line]:
        """Header, a line a layer, and the totals."""
        shares = self._shares()
        header = self._line({c.key: (c.title, "bold") for c in self.columns})
        yield [*header, (f"  {FIGURES[SHARE].title}" if shares else "", "bold")]
        for index in self.shown.order:
            if block := self._block_of(index):
                yield [(f" {block}", "dim")]
            yield self._row(index) + ([(shares[index], "")] if shares else [])
        yield self._line({key: (text, "bold") for key, text in self.totals.items()})

    def _row(self, index: int) -> Line:
        holding = index in self.holding
        cells = {column.key: (self.texts[column.key][index], "") for column in self.columns}
        if index in self.heavy and self.marked in cells:
            cells[self.marked] = (cells[self.marked][0], WEIGHS)
        if holding and "name" in cells:
            cells["name"] = (cells["name"][0], HOLDS)
        return self._line(cells, (MARK, HOLDS) if holding else (" ", ""))

    def _line(self, cells: dict[str, tuple[str, str]], margin: tuple[str, str] = (" ", "")) -> Line:
        line: Line = [margin]
        for position, column in enumerate(self.columns):
            text, style = cells[column.key]
            space = " " * (self.widths[column.key] - width_of(text))
            gap = "  " if position else ""
            if column.unit.right:
                line += [(gap + space, ""), (text, style)]
            else:
                line += [(gap, ""), (text, style), (space, "")]
        return line

    def _shares(self) -> list[str]:
        """The share of memory of each layer as a number and a bar, where there is room."""
        values = [FIGURES["memory"].of_layer(row) for row in self.rows]
        total, largest = sum(values), max(values)
        keys = {column.key for column in self.columns}
        if not total or not self._has_room() or "memory" not in keys or SHARE in keys:
            return []
        return [f"  {_percent(value / total)} {_bar(value / largest)}" if value else ""
                for value in values]  # fmt: skip


def _percent(share: float) -> str:
    return f"{100 * share:5.1f} %"


def _bar(part: float) -> str:
    eighths = round(part * BAR * 8)
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
