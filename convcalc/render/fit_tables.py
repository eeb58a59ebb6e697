"""Answers of `fit` as Markdown and CSV: a row for each network, card and way to run it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from convcalc.answers.advice.fitting import BATCH, Fitting
from convcalc.answers.figures import BYTES, COUNT
from convcalc.facts.units import format_bytes
from convcalc.render import fit_text, tables
from convcalc.render.formats import View
from convcalc.render.summary import BROKEN
from convcalc.render.tables import Column


class Way(NamedTuple):
    """A network on a card, run in one way, with the largest batch or input there."""

    fitting: Fitting
    name: str

    @property
    def figure(self) -> int | None:
        """Bytes at the largest size."""
        sizes = {row.size: row.figures[self.name] for row in self.fitting.rows}
        return sizes.get(self.fitting.largest[self.name])

    @property
    def running(self) -> int | None:
        """The largest batch that runs at all."""
        return None if self.fitting.most is None else self.fitting.most[self.name]


def _columns(vary: str) -> list[Column]:
    largest = Column(f"max_{vary}", fit_text.WORDS[vary][0].capitalize(),
                     lambda way: way.fitting.largest[way.name], COUNT)  # fmt: skip
    running = Column("max_batch_reclaiming", "Runs up to", lambda way: way.running, COUNT)
    return [
        Column("network", "Network", lambda way: way.fitting.walked.network.title),
        Column("gpu", "Card", lambda way: way.fitting.limits.gpu),
        Column("limit", "Memory", lambda way: way.fitting.limits.memory, BYTES),
        Column("way", "Way", lambda way: way.name),
        largest,
        *([running] if vary == BATCH else []),
        Column("figure", "Takes", lambda way: way.figure, BYTES),
    ]


def _ways(fittings: list[Fitting]) -> Iterator[Way]:
    return (Way(fitting, name) for fitting in fittings for name in fitting.largest)


def render_csv(fittings: list[Fitting], view: View) -> str:
    """Plain numbers under the columns' keys."""
    columns = _columns(fittings[0].vary if fittings else BATCH)
    return "\n".join([*tables.comma_separated(columns, _ways(fittings)), ""])


def render_markdown(fittings: list[Fitting], view: View) -> str:
    """A table, what a batch that was asked for takes, and what lets a larger one fit."""
    told = [fitting for fitting in fittings if not fitting.tells_nothing]
    lines: list[Any] = []
    if told:
        lines += tables.markdown_of(_columns(told[0].vary), _ways(told))
    broken: set[int] = set()  # walks that have been told so, whatever the cards
    for fitting in fittings:
        if fitting.tells_nothing:
            if id(fitting.walked) in broken:
                continue
            broken.add(id(fitting.walked))
            lines += ["", f"{tables.escape(fitting.walked.network.title)}: {BROKEN}"]
        elif fitting.target:
            fits = "fits" if fitting.target.fits else "does not fit"
            figure = format_bytes(fitting.target.figure)
            card = f"{fitting.limits.gpu}: " if len(fittings) > 1 and fitting.limits.gpu else ""
            lines += ["", f"{card}Batch {fitting.target.batch} takes {figure} and {fits}."]
        if not fitting.tells_nothing:
            lines += [part for line in fit_text.uneven_lines(fitting) for part in ("", line)]
        if fitting.advice and not fitting.tells_nothing:
            lines += ["", fit_text.advice_title(fitting), ""]
            lines += [f"- {tables.escape(fit_text.advice_line(each))}" for each in fitting.advice]
        if wrong := fit_text.wrong_lines(fitting):
            lines += ["", "```", *(line.replace("```", "'''") for line in wrong), "```"]
    return "\n".join(lines).lstrip("\n")
