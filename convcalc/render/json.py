"""Reports as JSON, by the contract in docs/json.md."""

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from convcalc.answers.figures import Figure, Reader, json_of_layers
from convcalc.answers.layer_row import LayerRow
from convcalc.answers.report import Report
from convcalc.facts.setup import Setup
from convcalc.facts.stack import PRESENT_STACK, Stack
from convcalc.render.formats import NO_VIEW, View
from convcalc.text.errors import ConvcalcError, Finding, SpecError

if TYPE_CHECKING:
    from convcalc.memory.estimate import Estimate

SCHEMA_VERSION = 1


def render(reports: list[Report], view: View = NO_VIEW) -> str:
    """Everything as one JSON object; a row of `layers` is one line of the text."""
    networks = ",\n".join(network_text(report, view.timeline) for report in reports)
    body = f'{{"schema_version": {SCHEMA_VERSION}, "networks": [{networks}]'
    if view.errors:
        body += f', "errors": {json.dumps([error(each) for each in view.errors])}'
    return body + "}"


def network_text(report: Report, timeline: bool = False) -> str:
    """A report as its object in `networks`."""
    head = {
        "name": report.name,
        "source": report.source,
        "reference": report.reference,
        "assumed": report.assumed,
        "setup": setup(report.setup, report.machine.stack if report.machine else PRESENT_STACK),
    }
    tail = {
        "totals": report.totals,
        "memory": memory(report, timeline),
        "findings": [finding(item) for item in report.findings],
    }
    rows = ",\n  ".join(_row_texts(report.rows))
    return f'{json.dumps(head)[:-1]}, "layers": [\n  {rows}],\n {json.dumps(tail)[1:]}'


def setup(setup: Setup, stack: Stack = PRESENT_STACK) -> dict[str, Any]:
    """The setup by the contract's names; the software below PyTorch where it is not today's."""
    return {
        "batch_size": setup.batch_size,
        "dtype": setup.dtype,
        "mode": setup.mode,
        "optimizer": setup.optimizer,
        "amp": setup.amp,
        "weight_decay": setup.weight_decay,
        "accumulate": setup.accumulate,
        "implementation": setup.implementation,
        "torch": setup.torch,
        **({"gpus": setup.gpus, "strategy": setup.strategy} if setup.gpus > 1 else {}),
        **({"extra": setup.extra} if setup.extra else {}),
        **(
            {}
            if stack == PRESENT_STACK
            else {
                "cuda_module_loading": stack.loading,
                "cudnn": stack.cudnn,
                "cudnn_benchmark": stack.benchmark,
            }
        ),
    }


def memory(report: Report, timeline: bool = False) -> dict[str, Any]:
    """The memory models, in bytes."""
    models: dict[str, Any] = {}
    if report.textbook is not None:
        models["textbook"] = {**report.textbook._asdict(), "total": report.textbook.total}
        if not report.textbook.extra:
            del models["textbook"]["extra"]
        if report.pytorch is None and report.verdict is not None:
            models["textbook"].update(_verdict(report))
    if report.pytorch is not None:
        models["pytorch"] = _pytorch(report.pytorch)
        models["pytorch"].update(_verdict(report))
        if report.setup.gpus > 1:
            shares = {"gpus": report.setup.gpus, **report.per_gpu()}
            models["pytorch"]["per_gpu"] = shares
        if timeline:
            models["pytorch"]["timeline"] = [
                {"phase": phase, "layer": layer, "live": live}
                for phase, layer, live in report.pytorch.result.timeline
            ]
    return models


def _pytorch(estimate: "Estimate") -> dict[str, Any]:
    result = estimate.result
    return {
        "peak_live": result.peak_live,
        "peak_allocated": result.peak_allocated,
        "peak_reserved": result.peak_reserved,
        "max_memory_allocated": estimate.max_memory_allocated,
        "max_memory_reserved": estimate.max_memory_reserved,
        "workspace": estimate.workspace,
        "context": estimate.context,
        "expected": estimate.expected,
        "safe": estimate.safe,
        "floor": estimate.floor,
        "held_for_backward": result.held_for_backward,
        "peak_phase": result.peak_phase,
        "peak_layer": result.peak_layer,
        "at_peak": result.at_peak,
        "phases": [mark._asdict() for mark in result.marks],
        "gpu": estimate.machine.name or None,
        "capacity": estimate.machine.capacity,
    }


def _verdict(report: Report) -> dict[str, Any]:
    """The figure that counts, held against the limit; None without one."""
    found = report.verdict
    if found is None:
        return {"verdict": None}
    return {"verdict": found.word, "estimate": found.by, "figure": found.figure,
            "fits": found.fits, "reclaims": found.reclaims}  # fmt: skip


def finding(item: Finding) -> dict[str, Any]:
    """A finding with its place."""
    line, column = (item.span.line, item.span.column) if item.span else (None, None)
    return {
        "code": item.code,
        "severity": item.severity,
        "layer": item.layer,
        "line": line,
        "column": column,
        "message": item.message,
        "hint": item.hint,
    }


def _row_texts(rows: list[LayerRow]) -> Iterator[str]:
    """Each row as an object; of what several rows have, the text is made once."""
    figures = json_of_layers()
    pairs = ", ".join(f"{json.dumps(key)}: %s" for key, _ in figures)
    form = f'{{"name": %s, "type": %s, "inputs": [%s]%s, "hyperparameters": %s, {pairs}}}'
    readers = [_text_reader(figure) for _, figure in figures]
    text, options = cache(json.dumps), cache(lambda of_layer: json.dumps(of_layer()))
    for row in rows:
        yield form % (
            text(row.name),
            text(row.type),
            ", ".join(map(text, row.inputs)),
            f', "shares": {text(row.shares)}' if row.shares else "",
            options(row.hyperparameters),
            *[read(row) for read in readers],
        )


def _text_reader(figure: Figure) -> Reader:
    """What reads a figure's value from a row as JSON's text, or as a number that is written so."""
    read, plain = figure.reader, figure.unit.plain
    if plain is None:
        return lambda row: value if type(value := read(row)) is int else json.dumps(value)
    text = cache(lambda value, kinds: json.dumps(plain(value)))  # 2 equals 2.0, and is another

    def text_of(row: LayerRow) -> str:
        value = read(row)
        return text(value, (type(value), *map(type, value)))

    return text_of


def error(error: ConvcalcError) -> dict[str, Any]:
    """What is wrong with a source that cannot be worked with, and where."""
    place = error.span if isinstance(error, SpecError) else None
    return {
        "source": place.source.name if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
        "message": error.message,
        "hint": error.hint,
    }
