"""The sections of one network's report: answer, findings, table, drawing, memory over a step."""

from collections.abc import Iterator
from typing import Any

from convcalc.answers.report import Report
from convcalc.answers.step_memory import MemoryBin, memory_bins
from convcalc.facts.setup import INFER
from convcalc.facts.units import format_bytes
from convcalc.render.answer import (
    benchmark_words,
    beside_words,
    counted_words,
    figure_parts,
    gradient_words,
    heaviest_layers,
    size_words,
    spread_words,
    verdict_lines,
)
from convcalc.render.html.bars import stacked_bar
from convcalc.render.html.drawing import drawings_section
from convcalc.render.html.markup import tag, text
from convcalc.render.html.problems import list_section, problems
from convcalc.render.html.sheet import layers_table
from convcalc.render.html.step import step_data, step_section
from convcalc.render.summary import setup_words
from convcalc.text.errors import NOTE
from convcalc.text.source import printable
from convcalc.walk.explanation import explain_layer
from convcalc.walk.propagation import Propagation

MOST_BINS = 240


def network_section(report: Report, walked: Propagation, number: int) -> tuple[str, dict[str, Any]]:
    """The markup of a report and the data that its script reads."""
    bins = [] if report.broken or not report.pytorch else _bins(report)
    inner = "".join(
        (
            _heading(report),
            "" if report.broken else _answer(report),
            problems(report.findings),
            step_section(bins),
            tag(
                "section",
                tag("h2", "Layers") + layers_table(report.rows, report.broken),
                class_="table",
            ),
            drawings_section(report.rows),
            _notes(report),
        )
    )
    data = {"layers": dict(_explanations(report, walked)), "step": step_data(bins)}
    return tag("article", inner, data_network=number), data


def _bins(report: Report) -> list[MemoryBin]:
    assert report.pytorch is not None
    return memory_bins(report.pytorch.result, MOST_BINS)


def _heading(report: Report) -> str:
    words = tag("p", text(f"{setup_words(report)}{_machine(report)}"), class_="setup")
    reference = tag("p", text(report.reference), class_="reference") if report.reference else ""
    size = "" if report.broken else tag("p", text(size_words(report)), class_="totals")
    return tag("h1", text(report.name)) + reference + words + size


def _machine(report: Report) -> str:
    return f", {report.machine.name}" if report.machine and report.machine.name else ""


def _answer(report: Report) -> str:
    """One figure that stands out, what it is made of, and whether it fits."""
    sizes = figure_parts(report)
    parts = []
    if sizes:
        doing = "To run it takes" if report.setup.mode == INFER else "To train it takes"
        by = f", {counted_words(report)}"
        figure = tag("strong", text(format_bytes(sum(sizes.values()))))
        parts.append(tag("p", f"{doing} {figure}{text(by)}", class_="figure"))
    verdict = verdict_lines(report)
    kind = "over" if report.over else "fits"
    parts += [tag("p", text(line), class_=f"verdict {kind}") for line in verdict[:1]]
    parts += [stacked_bar(sizes)] if sizes else []
    few = gradient_words(report)
    beside = (
        *verdict[1:],
        heaviest_layers(report.rows, sizes, "", ""),
        f"gradients: {few}" if few else "",
        spread_words(report),
        benchmark_words(report),
        beside_words(report),
    )
    parts += [tag("p", text(line), class_="beside") for line in beside if line]
    return tag("section", tag("h2", "Memory") + "".join(parts), class_="answer") if parts else ""


def _notes(report: Report) -> str:
    """What need not worry: fractions rounded on request, and what was assumed."""
    notes = [finding for finding in report.findings if finding.severity == NOTE]
    items = [tag("li", text(f"{note.layer}: {note.message}")) for note in notes]
    items += [tag("li", text(f"assumed: {sentence}")) for sentence in report.assumed]
    return list_section("Notes", items)


def _explanations(report: Report, walked: Propagation) -> Iterator[tuple[str, Any]]:
    """Each layer's name with what `convcalc explain` says of it."""
    setup, made = report.setup, report.made_at_peak
    for index, row in enumerate(report.rows):
        found = explain_layer(walked, index, setup, row.held, report.keepers_of(index), made)
        sections = [[section.title, section.lines] for section in found.sections]
        yield printable(row.name), [found.type, found.summary, found.intro, sections]
