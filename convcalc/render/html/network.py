"""The sections of one network's report: answer, findings, table, drawing, memory over a step."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from convcalc.answers.figures import FIGURES, Figure
from convcalc.answers.layer_row import LayerRow
from convcalc.answers.report import Report
from convcalc.answers.step_memory import MemoryBin, memory_bins
from convcalc.answers.training_figure import memory_figure
from convcalc.facts.setup import INFER
from convcalc.facts.units import format_bytes
from convcalc.memory.tape import KINDS
from convcalc.render import limit
from convcalc.render.html.chart import colour_class, step_chart
from convcalc.render.html.drawing import draw_levels
from convcalc.render.html.markup import scroll_box, tag, text, void_tag
from convcalc.render.summary import setup_words
from convcalc.render.table import MARKED, heaviest
from convcalc.text.errors import NOTE, Finding
from convcalc.text.source import printable
from convcalc.walk.explanation import explain_layer
from convcalc.walk.propagation import Propagation

MOST_BINS = 240
SHOWN = ("name", "type", "hyperparameters", "output", "receptive_field", "memory", "held",
         "weights", "parameters", "macs")  # fmt: skip
BAR = 1000  # units of the stacked bar


def network_section(report: Report, walked: Propagation, number: int) -> tuple[str, dict[str, Any]]:
    """The markup of a report and the data that its script reads."""
    bins = [] if report.broken or not report.pytorch else _bins(report)
    kinds = [kind for kind in KINDS if any(each.kinds.get(kind) for each in bins)]
    inner = "".join(
        (
            _heading(report),
            "" if report.broken else _answer(report),
            _problems(report.findings),
            _step(bins, kinds),
            _table(report.rows),
            _drawings(report.rows),
            _notes(report),
        )
    )
    data = {
        "layers": dict(_explanations(report, walked)),
        "step": {"kinds": kinds, "bins": [_bin_data(each, kinds) for each in bins]},
    }
    return tag("article", inner, data_network=number), data


def _bins(report: Report) -> list[MemoryBin]:
    assert report.pytorch is not None
    return memory_bins(report.pytorch.result, MOST_BINS)


def _heading(report: Report) -> str:
    words = tag("p", text(f"{setup_words(report)}{_machine(report)}"), class_="setup")
    reference = tag("p", text(report.reference), class_="reference") if report.reference else ""
    return tag("h1", text(report.name)) + reference + words


def _machine(report: Report) -> str:
    return f", {report.machine.name}" if report.machine and report.machine.name else ""


def _answer(report: Report) -> str:
    """One figure that stands out, what it is made of, and whether it fits."""
    found = memory_figure(report)
    parts = []
    if found is not None:
        doing = "To run it takes" if report.setup.mode == INFER else "To train it takes"
        parts.append(tag("p", f"{doing} {tag('strong', text(format_bytes(found.figure)))}",
                         class_="figure"))  # fmt: skip
        parts.append(_stacked_bar(found.parts))
    verdict = limit.words(report)
    if verdict:
        kind = "over" if report.over else "fits"
        parts.append(tag("p", text(verdict), class_=f"verdict {kind}"))
    if report.textbook is not None:
        total = format_bytes(report.textbook.total)
        parts.append(tag("p", text(f"As CS231n's notes count it: {total}"), class_="textbook"))
    return tag("section", tag("h2", "Memory") + "".join(parts), class_="answer")


def _stacked_bar(parts: dict[str, int]) -> str:
    total, x, shapes, rows = sum(parts.values()) or 1, 0.0, [], []
    for name, size in parts.items():
        width = BAR * size / total
        label = tag("title", text(f"{name} {format_bytes(size)}"))
        shapes.append(tag("rect", label, x=f"{x:.1f}", y=0, width=f"{width:.1f}", height=26,
                          class_=colour_class(name)))  # fmt: skip
        x += width
        share = f"{100 * size / total:.1f} %"
        cells = tag("td", _swatch(name)) + tag("th", text(name), scope="row")
        cells += tag("td", text(format_bytes(size))) + tag("td", share)
        rows.append(tag("tr", cells))
    title = tag("title", "What the figure is made of")
    bar = tag("svg", title + "".join(shapes), viewBox=f"0 0 {BAR} 26", class_="bar", role="img",
              preserveAspectRatio="none")  # fmt: skip
    return bar + tag("table", tag("tbody", "".join(rows)), class_="legend")


def _swatch(name: str) -> str:
    square = void_tag("rect", width=10, height=10, class_=colour_class(name))
    return tag("svg", square, width=10, height=10, aria_hidden="true")


def _problems(findings: list[Finding]) -> str:
    """What is wrong, with its place and what would mend it."""
    wrong = [finding for finding in findings if finding.severity != NOTE]
    items = []
    for finding in wrong:
        place = f"{finding.span}: " if finding.span else ""
        head = tag("strong", text(f"{finding.severity} {finding.layer}"))
        hint = tag("p", text(f"hint: {finding.hint}")) if finding.hint else ""
        words = tag("p", f"{head} {text(place + finding.message)}")
        items.append(tag("li", words + hint, class_=finding.severity))
    return _list_section("What is wrong", items)


def _notes(report: Report) -> str:
    """What need not worry: fractions rounded on request, and what was assumed."""
    notes = [finding for finding in report.findings if finding.severity == NOTE]
    items = [tag("li", text(f"{note.layer}: {note.message}")) for note in notes]
    items += [tag("li", text(f"assumed: {sentence}")) for sentence in report.assumed]
    return _list_section("Notes", items)


def _list_section(title: str, items: list[str]) -> str:
    if not items:
        return ""
    return tag("section", tag("h2", title) + tag("ul", "".join(items)), class_="findings")


def _step(bins: list[MemoryBin], kinds: list[str]) -> str:
    if not bins:
        return ""
    legend = "".join(tag("li", _swatch(kind) + text(f" {_worded(kind)}")) for kind in kinds)
    peak = max(bins, key=lambda each: each.live)
    where = f"{peak.phase} of {peak.layer}" if peak.layer else f"the {peak.phase} phase"
    words = f"At most {format_bytes(peak.live)} alive, in {where}."
    label = "Live memory over a step: arrow keys move the pointer"
    figure = scroll_box(step_chart(bins, kinds), label)
    return tag(
        "section",
        tag("h2", "Live memory over a step")
        + tag("p", text(words))
        + figure
        + tag("ul", legend, class_="kinds")
        + tag("p", "", class_="readout", aria_live="polite"),
        class_="over-step",
    )


def _worded(kind: str) -> str:
    return kind.replace("_", " ")


def _bin_data(each: MemoryBin, kinds: list[str]) -> list[Any]:
    largest = [
        f"{_worded(k)}{f' of {n}' if n else ''} {format_bytes(s)}" for k, n, s in each.largest
    ]
    sizes = {_worded(k): format_bytes(each.kinds[k]) for k in kinds if each.kinds.get(k)}
    return [each.phase, each.layer, format_bytes(each.live), sizes, largest]


def _table(rows: list[LayerRow]) -> str:
    columns = [FIGURES[key] for key in SHOWN]
    heavy = {
        column.key: heaviest([column.of_layer(row) for row in rows])
        if column.key in MARKED
        else set()
        for column in columns
    }
    header = "".join(_header(column) for column in columns)
    bodies, first = [], 0
    for scope, group in groupby(rows, key=lambda row: row.scope):
        members = list(group)
        head = _block_head(scope, members, columns) if scope else ""
        lines = "".join(_row(row, columns, heavy, first + k) for k, row in enumerate(members))
        bodies.append(tag("tbody", head + lines, data_scope=".".join(scope) or None))
        first += len(members)
    totals = "".join(_total(rows, column) for column in columns)
    whole = (
        tag("caption", "Layers; counts are for one image, memory for the batch")
        + tag("thead", tag("tr", header))
        + "".join(bodies)
        + tag("tfoot", tag("tr", totals))
    )
    table = scroll_box(tag("table", whole, class_="layers"), "The table of layers")
    return tag("section", tag("h2", "Layers") + table, class_="table")


def _header(column: Figure) -> str:
    button = tag("button", text(column.title), type="button")
    return tag("th", button, scope="col", class_="number" if column.unit.right else None,
               data_key=column.key, aria_sort="none")  # fmt: skip


def _block_head(scope: tuple[str, ...], rows: list[LayerRow], columns: list[Figure]) -> str:
    name = ".".join(scope)
    button = tag("button", f"{text(name)} <small>{len(rows)}</small>", type="button",
                 aria_expanded="true", class_="fold")  # fmt: skip
    cells = [tag("th", button, scope="row")]
    for column in columns[1:]:
        total = column.total(rows)
        shown = column.shown(total)
        if column.key == "output":
            shown = column.unit.show(column.of_layer(rows[-1]))
        cells.append(tag("td", text(shown), class_="number" if column.unit.right else None))
    return tag("tr", "".join(cells), class_="block")


def _row(row: LayerRow, columns: list[Figure], heavy: dict[str, set[int]], index: int) -> str:
    cells = []
    for column in columns:
        value = column.of_layer(row)
        shown = text(column.shown(value))
        if column.key == "name":
            button = tag("button", shown, type="button", class_="layer", data_layer=row.name)
            cells.append(tag("th", button, scope="row"))
            continue
        classes = ["number"] if column.unit.right else []
        classes += ["heavy"] if index in heavy[column.key] else []
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
        cells.append(tag("td", shown, class_=" ".join(classes) or None, data_value=number))
    return tag("tr", "".join(cells), data_index=index)


def _total(rows: list[LayerRow], column: Figure) -> str:
    if column.key == "name":
        return tag("th", "Total", scope="row")
    total = column.total(rows)
    return tag("td", text(column.shown(total)),
               class_="number" if column.unit.right else None)  # fmt: skip


def _drawings(rows: list[LayerRow]) -> str:
    levels = draw_levels(rows)
    if not levels:
        return ""
    whole, *inner = levels
    parts = [scroll_box(whole.svg, "The network as a drawing", "window")]
    for level in inner:
        name = ".".join(level.path)
        summary = tag("summary", f"Inside {text(name)} <small>{level.boxes}</small>")
        body = scroll_box(level.svg, f"Inside {name}", "window")
        parts.append(tag("details", summary + body, data_block=name))
    return tag("section", tag("h2", "The network") + "".join(parts), class_="network")


def _explanations(report: Report, walked: Propagation) -> Iterator[tuple[str, Any]]:
    """Each layer's name with what `convcalc explain` says of it."""
    for index, row in enumerate(report.rows):
        found = explain_layer(walked, index, report.setup, row.held)
        sections = [[section.title, section.lines] for section in found.sections]
        yield printable(row.name), [found.type, found.summary, found.intro, sections]
