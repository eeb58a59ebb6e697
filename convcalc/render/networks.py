"""Networks a line each, for `compare` and `sweep`: tables in every format, JSON, JSON lines."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from convcalc.answers.families.dimensions import Dimension
from convcalc.answers.figures import (
    BYTES,
    COMPARE,
    FIGURES,
    SWEEP,
    Figure,
    NetworkRow,
    Unit,
    shown_by,
    told_by,
)
from convcalc.facts.setup import INFER
from convcalc.facts.shape import join_some
from convcalc.facts.units import format_count
from convcalc.memory.parts import CACHE, OPTIMIZER
from convcalc.render import tables
from convcalc.render.formats import View
from convcalc.render.json import SCHEMA_VERSION, error, finding
from convcalc.render.limit import larger_words, uneven_words
from convcalc.render.summary import setup_of
from convcalc.render.tables import Column
from convcalc.text.errors import WARNING
from convcalc.text.source import printable

MOST_NAMED = 4  # rows of which a batch is named that does not fit


def _head(key: str, title: str) -> Column:
    return Column(key, title, lambda row: row.head[key])


def _all(command: str) -> list[Column]:
    return [tables.of_network(figure) for figure in told_by(command)]


def compared_columns(rows: list[NetworkRow]) -> list[Column]:
    """What `compare` shows: more where there is a limit, or a layer that does not fit."""
    limited = any(row.values["max_batch"] is not None for row in rows)
    broken = any(row.values["why_not"] for row in rows)
    shown = [of_whole(figure) for figure in shown_by(COMPARE, limited)]
    return [
        _head("name", "Network"),
        *shown,
        *([tables.verdict(limited)] if limited or broken else []),
    ]


def of_whole(figure: Figure) -> Column:
    """A figure's column; one of memory is empty where a walk is broken."""
    column = tables.of_network(figure)
    if figure.unit is not BYTES and not figure.needs_limit:
        return column
    return column._replace(value=lambda row: None if row.broken else column.value(row))


def table(rows: list[NetworkRow], view: View) -> str:
    """Aligned columns, the names on the left, and for one network under several setups what each
    takes, by part.
    """
    return "\n".join(
        [
            *tables.wrapped(_heading(rows), view.width),
            *tables.terminal(compared_columns(rows), rows, view.width),
            *tables.wrapped([*_warnings(rows), *uneven_lines(rows)], view.width),
            *_by_part(rows, view.width),
        ]
    )


def _heading(rows: list[NetworkRow]) -> list[str]:
    """What all rows have in common of how they are run."""
    setups = [row.setup for row in rows if row.setup is not None]
    each = [f"batch {setup.batch_size}, {setup_of(setup)}".split(", ") for setup in setups]
    common = [part for part in each[0] if all(part in parts for parts in each)] if each else []
    return [", ".join(common)] if common else []


def _by_part(rows: list[NetworkRow], width: int | None) -> Iterator[str]:
    """What one network takes under each of several setups, by part."""
    columns = parts_columns(rows)
    if columns:
        yield from ("", *tables.terminal(columns, parts_rows(rows), width))
        yield from tables.wrapped(reason_lines(rows), width)


def parts_columns(rows: list[NetworkRow]) -> list[Column]:
    """The part, and bytes under each setup; none where networks differ, or tell no figures."""
    unders = [row.under_words for row in rows]
    alike = len({row.head["source"] for row in rows}) == 1
    if not alike or not all(unders) or not all(row.parts and not row.broken for row in rows):
        return []
    doing = "To run" if rows[0].setup and rows[0].setup.mode == INFER else "To train"
    names = Column("part", f"{doing}, by part", lambda part: part[0])
    return [names, *(_of_setup(place, under) for place, under in enumerate(unders))]


def _of_setup(place: int, under: str) -> Column:
    return Column(under, under, lambda part: part[1][place], BYTES, keep=-place)


def parts_rows(rows: list[NetworkRow]) -> list[tuple[str, list[int]]]:
    """Each part with its bytes in each row, the largest first; then their sum."""
    names = dict.fromkeys(name for row in rows for name in row.parts)
    found = [(name, [row.parts.get(name, 0) for row in rows]) for name in names]
    found.sort(key=lambda part: -max(part[1]))
    return [*found, ("together", [sum(row.parts.values()) for row in rows])]


def reason_lines(rows: list[NetworkRow]) -> list[str]:
    """Why parts are not as one would think: another phase is the peak, cached memory serves."""
    by_phase: dict[str, list[str]] = {}
    for row in rows:
        by_phase.setdefault(row.peak_phase.replace("_", " "), []).append(row.under_words)
    found = [f"{phase} ({join_some(named, MOST_NAMED)})" for phase, named in by_phase.items()]
    peaks = f"The peak is in another phase of the step each: {', '.join(found)}"
    return [peaks][: len(found) - 1] + _cached_lines(rows)


def _cached_lines(rows: list[NetworkRow]) -> list[str]:
    """Why sums are alike where what optimizers keep is not."""
    sums = {sum(row.parts.values()) for row in rows}
    states = {row.parts.get(OPTIMIZER, 0) for row in rows}
    by_state = sorted(rows, key=lambda row: row.parts.get(OPTIMIZER, 0))
    cached = [row.parts.get(CACHE, 0) for row in by_state]
    if len(sums) > 1 or len(states) == 1 or cached != sorted(cached, reverse=True):
        return []
    more = "what one optimizer keeps more lies in memory that PyTorch's cache holds anyway"
    return [f"Together is the same: {more}"]


def uneven_lines(rows: list[NetworkRow]) -> list[str]:
    """What is not as the largest batches say; two optimizers may stand on two sides of a gap."""
    from convcalc.answers.families.comparison import uneven_rows

    below, above = [], []
    alone = len({row.head["source"] for row in rows}) == 1
    for row, (misfit, larger) in uneven_rows(rows):
        name = (row.under_words if alone else "") or printable(row.head["name"])
        if misfit:
            below.append(f"{format_count(misfit)} ({name})")
        if larger:
            above.append(f"{name}: batch {larger_words(row.values['max_batch'], larger)}")
    said = f": {join_some(below, MOST_NAMED)} {'do' if below[1:] else 'does'} not"
    return [*([uneven_words("the largest", said)] if below else []), *above]


def _warnings(rows: list[NetworkRow]) -> list[str]:
    """What makes figures less than they seem, once a network."""
    return [
        f"{printable(row.head['name'])}: {message}"
        for row in rows
        for message in dict.fromkeys(f.message for f in row.findings if f.severity == WARNING)
    ]


def markdown(rows: list[NetworkRow], view: View) -> str:
    """A Markdown table, what is not as the largest batches say, and what setups take by part."""
    head = [part for line in _heading(rows) for part in (tables.escape(line), "")]
    said = [line for each in uneven_lines(rows) for line in ("", tables.escape(each))]
    whole = [*head, *tables.markdown_of(compared_columns(rows), rows), *said]
    if columns := parts_columns(rows):
        whole += ["", *tables.markdown_of(columns, parts_rows(rows))]
        whole += [line for each in reason_lines(rows) for line in ("", tables.escape(each))]
    return "\n".join(whole)


def comma(rows: list[NetworkRow], view: View) -> str:
    """CSV with plain numbers, all figures."""
    columns = [_head("name", ""), _head("source", ""), *_all(COMPARE)]
    return "\n".join([*tables.comma_separated(columns, rows), ""]) if rows else "\n"


def as_json(rows: list[NetworkRow], view: View) -> str:
    """All figures of all networks, by the contract in docs/json.md."""
    found: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "networks": [plain(row) for row in rows],
    }
    if view.errors:
        found["errors"] = [error(each) for each in view.errors]
    return json.dumps(found, indent=2)


def plain(row: NetworkRow) -> dict[str, Any]:
    """A network's figures as JSON has them."""
    return {
        **row.head,
        **{key: FIGURES[key].plain(value) for key, value in row.values.items()},
        "findings": [finding(each) for each in row.findings],
    }


class SweepShape(NamedTuple):
    """What a sweep's rows have: dimensions, optional layers, and whether there is a limit."""

    dimensions: list[Dimension]
    optional: dict[str, int]  # keyword, and how often it is decided at most
    limited: bool
    head: bool = True  # False: its lines go on where those of another part end
    chosen_by: tuple[str, ...] = ()  # figures that rows are sorted or chosen by: they stay
    textbook: bool = False  # the peak is the notes' total

    @property
    def columns(self) -> list[Column]:
        """What makes a member, then its figures."""
        found = [_bound(each.name, len(str(each.largest))) for each in self.dimensions]
        found += [_bound(keyword, 4 * most - 1) for keyword, most in self.optional.items()]
        for figure in shown_by(SWEEP, self.limited):
            column = tables.of_network(figure)
            if self.textbook and figure.key == "peak":
                column = column._replace(title=FIGURES["textbook"].title)
            chosen = any(map(figure.is_called, self.chosen_by))
            found.append(column._replace(keep=99) if chosen else column)
        return found


def _bound(name: str, width: int) -> Column:
    return Column(name, name, lambda row: row.head["bindings"][name], _BINDING, width)


def _decisions(value: object) -> str:
    if isinstance(value, list):
        return " ".join("yes" if wanted else "no" for wanted in value)
    return str(value)


_BINDING = Unit("", _decisions)


Swept = tuple[Iterable[NetworkRow], SweepShape]  # a row is printed when it comes


def sweep_table(swept: Swept, view: View) -> Iterator[str]:
    """Columns of fixed widths."""
    rows, shape = swept
    return _with_head(
        tables.terminal([*shape.columns, tables.verdict(shape.limited)], rows, view.width, True),
        shape,
    )


def sweep_markdown(swept: Swept, view: View) -> Iterator[str]:
    """A Markdown table."""
    rows, shape = swept
    return _with_head(
        tables.markdown_of([*shape.columns, tables.verdict(shape.limited)], rows), shape, 2
    )


def sweep_comma(swept: Swept, view: View) -> Iterator[str]:
    """CSV with plain numbers, and the pattern of each member."""
    rows, shape = swept
    rest = [tables.of_network(FIGURES[key]) for key in ("fits", "why_not")]
    columns = [*shape.columns, *rest, _head("pattern", "")]
    return _with_head(tables.comma_separated(columns, rows), shape)


def sweep_lines(swept: Swept, view: View) -> Iterator[str]:
    """A JSON object a line, by the contract in docs/json.md."""
    return (json.dumps(plain(row)) for row in swept[0])


def _with_head(lines: Iterator[str], shape: SweepShape, height: int = 1) -> Iterator[str]:
    return islice(lines, 0 if shape.head else height, None)
