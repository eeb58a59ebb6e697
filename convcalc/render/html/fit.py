"""The answer of `fit` as a page: the largest batch, memory against batch, what would fit more."""

from collections.abc import Iterator
from itertools import groupby

from convcalc.answers.advice.fitting import BATCH, Fitting, column_of
from convcalc.answers.figures import BYTES, COUNT, Unit
from convcalc.facts.units import format_bytes
from convcalc.render import fit_text
from convcalc.render.formats import View
from convcalc.render.html.bars import bars
from convcalc.render.html.chart import batch_chart
from convcalc.render.html.markup import scroll_box, tag, text
from convcalc.render.html.page import page
from convcalc.render.html.problems import list_section, problems
from convcalc.render.html.sheet import sheet
from convcalc.render.summary import BROKEN, setup_of
from convcalc.render.tables import Column

WAYS = {"float32": "training in float32", "amp": "training with amp", "infer": "running only"}


def render(fittings: list[Fitting], view: View) -> str:
    """A section for each network: one card in full, several as a table."""
    sections, names = [], []
    for _, group in groupby(fittings, key=lambda fitting: id(fitting.walked)):
        cards = list(group)
        if cards[0].tells_nothing:
            inner = tag("p", text(BROKEN), class_="figure over")
        else:
            inner = _several(cards) if cards[1:] else _one(cards[0])
        names.append(cards[0].walked.network.title)
        sections.append(tag("article", _heading(cards[0]) + inner + problems(cards[0].findings)))
    return page(f"{', '.join(names)}: what fits: convcalc", sections, [])


def _heading(fitting: Fitting) -> str:
    by = {"textbook": "by CS231n's notes", "safe": "on the safe side"}
    batch = f"batch {fitting.limits.setup.batch_size}, " if fitting.vary != BATCH else ""
    words = f"{batch}{setup_of(fitting.limits.setup)}; {by.get(fitting.rule.name, 'as expected')}"
    return tag("h1", text(fitting.walked.network.title)) + tag("p", text(words), class_="setup")


def _one(fitting: Fitting) -> str:
    assert fitting.limits.memory is not None
    what = fit_text.WORDS[fitting.vary][0].capitalize()
    size = fit_text.shown_size(fitting.own_largest, fitting.vary)
    own = column_of(fitting.limits.setup)
    limit = f"{format_bytes(fitting.limits.memory)} of {fitting.limits.holder}"
    words = f"{tag('strong', text(size))} {text(f'in {limit}')}"
    kind = "fits" if fitting.own_largest else "over"
    answer = tag("p", words, class_=f"figure {kind}")
    answer += "".join(tag("p", text(line)) for line in fit_text.target_lines(fitting) if line)
    answer += "".join(tag("p", text(line)) for line in fit_text.uneven_lines(fitting))
    ways = sorted(fitting.largest, key=lambda name: name != own)
    charts = "".join(_chart(fitting, name, limit) for name in ways)
    title = f"Memory against {fitting.vary}"
    return (
        tag("section", tag("h2", text(what)) + answer, class_="answer")
        + _advice(fitting)
        + tag("section", tag("h2", title) + charts + _sizes(fitting), class_="by-size")
    )


def _advice(fitting: Fitting) -> str:
    items = [tag("li", text(fit_text.advice_line(each))) for each in fitting.advice]
    return list_section(fit_text.advice_title(fitting), items)


def _chart(fitting: Fitting, name: str, limit: str) -> str:
    points = [(row.size, figure) for row in fitting.rows
              if (figure := row.figures[name]) is not None]  # fmt: skip
    if not points:
        return ""
    way, largest = _way(name), fitting.largest[name]
    chart = batch_chart(points, fitting.limits.memory, limit, largest, fitting.vary)
    shown = fit_text.shown_size(largest, fitting.vary)
    return tag("h3", text(f"{way}: {shown}")) + scroll_box(
        chart, f"Memory by {fitting.vary}, {way}"
    )


def _way(name: str) -> str:
    return WAYS.get(name, f"training in {name}")


def _sizes(fitting: Fitting) -> str:
    def figure(name: str) -> Column:
        return Column(name, _way(name), lambda row: row.figures[name], BYTES)

    size = Column(fitting.vary, fitting.vary.capitalize(), lambda row: row.size,
                  Unit("", lambda size: fit_text.shown_size(size, fitting.vary)))  # fmt: skip
    caption = f"What each {fitting.vary} takes; empty where it is too much"
    table = sheet([size, *map(figure, fitting.largest)], fitting.rows, caption)
    return table + "".join(tag("p", text(line)) for line in _most(fitting))


def _most(fitting: Fitting) -> Iterator[str]:
    if fitting.most and fitting.most != fitting.largest:
        each = ", ".join(f"{_way(name)} {size:,}" for name, size in fitting.most.items())
        yield f"Runs up to, without a margin and by giving cached memory back: {each}."


def _several(fittings: list[Fitting]) -> str:
    vary, own = fittings[0].vary, column_of(fittings[0].limits.setup)
    what = fit_text.WORDS[vary][0].capitalize()

    def largest(name: str) -> Column:
        return Column(name, _way(name), lambda fitting: fitting.largest[name], COUNT)

    columns = [
        Column("gpu", "Card", lambda fitting: fitting.limits.gpu),
        Column("limit", "Memory", lambda fitting: fitting.limits.memory, BYTES),
        *map(largest, fittings[0].largest),
    ]
    if asked := fittings[0].target:
        columns.append(Column("target", f"Batch {asked.batch:,}",
                              lambda fitting: fit_text.target_words(fitting.target)))  # fmt: skip
    table = sheet(columns, fittings, f"{what} of each card; 0 where none fits")
    values = [(str(fitting.limits.gpu), fitting.largest[own]) for fitting in fittings]
    lengths = bars(values, lambda size: fit_text.shown_size(size, vary))
    return (
        tag("section", tag("h2", text(f"{what}, {_way(own)}")) + lengths, class_="answer")
        + tag("section", tag("h2", "Cards") + table, class_="table")
    )  # fmt: skip
