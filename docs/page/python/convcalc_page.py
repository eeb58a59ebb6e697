"""What the page's worker asks of convcalc: texts in, plain values and markup out.

Runs in the browser's Python, and in any other for the tests. Everything that comes back goes
through JSON. What a network is, is kept in `KEPT` by its slot, so that explanations, exports and
the largest batch need not read it again.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import convcalc
from convcalc.answers.limits import Limits
from convcalc.answers.training_figure import memory_figure
from convcalc.api.report import NetworkReport
from convcalc.facts.setup import INFER, OPTIMIZER_STATE
from convcalc.facts.stack import CUDNN_VERSIONS, LOADINGS
from convcalc.facts.units import format_bytes, format_count
from convcalc.memory.cards import all_cards
from convcalc.network.edits import option_edit, same_text, written_option
from convcalc.network.graph import Settings
from convcalc.network.shipped import spec_index, spec_path
from convcalc.render.html.drawing import drawings_section
from convcalc.render.html.markup import tag
from convcalc.render.html.sheet import layers_table
from convcalc.render.html.step import step_data, step_section
from convcalc.text.errors import ConvcalcError, Edit, Finding, SpecError
from convcalc.text.source import Span
from convcalc.walk.explanation import explain_layer

MOST_LAYERS = 2_000  # of a network on the page: larger ones take seconds at every change
BINS = 240
SLIDERS = ("kernel_size", "stride", "padding", "out_channels", "out_features")
FIRST = ("vgg16", {"batch": 32, "gpu": "rtx-3060-12gb"})

KEPT: dict[str, NetworkReport] = {}
TEXTS: dict[str, str] = {}  # what stands in each slot's editor


def offered() -> dict[str, Any]:
    """What the page's lists have: cards, optimizers, stacks, networks."""
    networks: dict[str, list[list[str]]] = {}
    for row in spec_index():
        networks.setdefault(row.family, []).append([row.name, row.title])
    return {
        "cards": [[card.name, format_bytes(card.capacity)] for card in all_cards()],
        "optimizers": list(OPTIMIZER_STATE),
        "loadings": list(LOADINGS),
        "cudnn": sorted(CUDNN_VERSIONS, reverse=True),
        "networks": networks,
        "mostLayers": MOST_LAYERS,
    }


def shipped_text(name: str) -> dict[str, Any]:
    """The text of a shipped network."""
    path = spec_path(name)
    if path is None:
        return {"ok": False}
    with open(path, encoding="utf-8") as file:
        return {"ok": True, "text": file.read()}


def analyze(slot: str, text: str, options: dict[str, Any], name: str = "") -> dict[str, Any]:
    """The whole answer on a text: figures, markup, findings with edits; or its mistakes."""
    KEPT.pop(slot, None)
    TEXTS[slot] = text
    try:
        report = _report(text, options, name)
    except ConvcalcError as error:
        return {"ok": False, "errors": [_mistake(part, text) for part in error.parts()]}
    except (RecursionError, MemoryError):
        error = ConvcalcError("the network is too large for the page")
        return {"ok": False, "errors": [_mistake(error, text)]}
    KEPT[slot] = report
    return {"ok": True, **_answer(report, text)}


def _report(text: str, options: dict[str, Any], name: str) -> NetworkReport:
    if not text.strip():
        raise ConvcalcError(
            "there is no network yet", "choose one, or write INPUT[32x32x3] -> CONV3-16"
        )
    network = convcalc.loads(text, Settings(max_layers=MOST_LAYERS), name)
    known = {key: value for key, value in options.items() if value not in (None, "")}
    return convcalc.analyze(network, **known)


def _answer(report: NetworkReport, text: str) -> dict[str, Any]:
    return {
        "name": report.name,
        "reference": report.reference,
        "layers": len(report.rows),
        "broken": report.broken,
        "figures": _figures(report),
        "findings": [_finding(each, text) for each in report.findings],
        "assumed": report.assumed,
    }


def part(slot: str, name: str) -> dict[str, Any]:
    """A large part of the page as markup: the step with what the pointer reads, table, drawing."""
    report = KEPT.get(slot)
    if report is None:
        return {"markup": ""}
    if name == "step":
        bins = report.timeline(BINS)
        return {"markup": step_section(bins), "bins": step_data(bins)["bins"]}
    if name == "table":
        return {"markup": tag("h2", "Layers") + layers_table(report.rows)}
    return {"markup": drawings_section(report.rows)}


def _figures(report: NetworkReport) -> dict[str, Any]:
    """Numbers that stand out, and their words."""
    found = memory_figure(report)
    estimate, verdict = report.pytorch, report.verdict
    totals = report.totals
    figures: dict[str, Any] = {
        "parameters": totals["parameters"],
        "macs": totals["macs"],
        "mode": report.setup.mode,
        "training": report.setup.mode != INFER,
    }
    if report.broken or found is None or estimate is None:
        return figures
    parts = [[name, size, format_bytes(size)] for name, size in found.parts.items()]
    figures |= {
        "figure": found.figure,
        "figureText": format_bytes(found.figure),
        "expectedText": format_bytes(estimate.expected),
        "expected": estimate.expected,
        "parts": parts,
        "peakText": format_bytes(estimate.result.peak_live),
        "peakPhase": estimate.result.peak_phase,
        "peakLayer": estimate.result.peak_layer,
        "torchAllocated": format_bytes(estimate.max_memory_allocated),
        "torchReserved": format_bytes(estimate.max_memory_reserved),
    }
    if report.textbook is not None:
        figures["textbookText"] = format_bytes(report.textbook.total)
    if verdict is not None:
        apart = abs(verdict.limit - verdict.figure)
        figures |= {"limit": verdict.limit, "limitText": format_bytes(verdict.limit),
                    "fits": verdict.fits, "apartText": format_bytes(apart),
                    "reclaims": verdict.reclaims}  # fmt: skip
    return figures


def _finding(item: Finding, text: str) -> dict[str, Any]:
    return {"code": item.code, "severity": item.severity, "layer": item.layer,
            "message": item.message, "hint": item.hint, "span": _span(item.span, text),
            "edits": _edits(item.edits, text)}  # fmt: skip


def _mistake(error: ConvcalcError, text: str) -> dict[str, Any]:
    span = error.span if isinstance(error, SpecError) else None
    edits = error.edits if isinstance(error, SpecError) else ()
    return {"severity": "error", "message": error.message, "hint": error.plain_hint,
            "span": _span(span, text), "edits": _edits(edits, text)}  # fmt: skip


def _span(span: Span | None, text: str) -> dict[str, int] | None:
    """A place in the editor, in UTF-16 units as browsers count; None in what is included."""
    if span is None or span.source.text != text:
        return None
    end = max(span.end, span.start + 1)
    return {"start": _units(text[: span.start]), "end": _units(text[:end]),
            "line": span.line, "column": span.column}  # fmt: skip


def _units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _edits(edits: Iterable[Edit], text: str) -> list[dict[str, Any]]:
    return [_edit(each) for each in edits if each.span.source.text == text]


def _edit(edit: Edit) -> dict[str, Any]:
    text = edit.span.source.text
    return {"start": _units(text[: edit.span.start]), "end": _units(text[: edit.span.end]),
            "replacement": edit.replacement, "text": edit.text or edit.replacement}  # fmt: skip


def explain(slot: str, layer: str) -> dict[str, Any] | None:
    """A layer's arithmetic, and its numbers that can be dragged."""
    report = KEPT.get(slot)
    names = [row.name for row in report.rows] if report else []
    if report is None or layer not in names:
        return None
    index = names.index(layer)
    held, keepers = report.rows[index].held, report.keepers_of(index)
    found = explain_layer(report.walked, index, report.setup, held, keepers)
    sections = [[section.title, section.lines] for section in found.sections]
    return {
        "type": found.type,
        "summary": found.summary,
        "intro": found.intro,
        "sections": sections,
        "span": _span(report.rows[index].span, TEXTS[slot]),
        "sliders": list(_sliders(report, index, TEXTS[slot])),
        "sides": _sides(report, index),
        "copies": len(same_text(report.walked.network, index)),
    }


def _sliders(report: NetworkReport, index: int, text: str) -> Iterator[dict[str, Any]]:
    node = report.walked.network.nodes[index]
    options = node.layer.options_by_name()
    for option in SLIDERS:
        if option not in options:
            continue
        value = node.layer.option_value(option)
        edit = option_edit(node, option, "@")
        side = value[0] if isinstance(value, tuple) else value
        if option == "padding" and side == "same":
            windows = report.walked.nodes[index].facts.windows
            side = windows[0].padding if windows else 0
        even = not isinstance(value, tuple) or len(set(value)) == 1
        if edit is None or edit.span.source.text != text or not isinstance(side, int) or not even:
            continue
        yield {"option": option, "value": side, "edit": _edit(edit),
               "written": written_option(node, option) is not None,
               "least": 0 if option == "padding" else 1,
               "most": _most(option, side)}  # fmt: skip


def _most(option: str, value: int) -> int:
    if option in ("kernel_size", "stride", "padding"):
        return max(11, value + 4)
    return max(512, 2 * value)


def _sides(report: NetworkReport, index: int) -> list[dict[str, Any]]:
    """What the window slides over, for the rule (W - F + 2P)/S + 1."""
    walked = report.walked.nodes[index]
    if walked.facts.windows is None or not walked.inputs:
        return []
    shape = report.walked.nodes[walked.inputs[0]].facts.output
    return [
        {"axis": axis, "size": size, "dilation": window.dilation, "kernel": window.kernel_size,
         "stride": window.stride, "padding": window.total_padding}
        for window, size, axis in zip(walked.facts.windows, shape.sides, shape.axes, strict=False)
    ]  # fmt: skip


def fit_steps(slot: str) -> Iterator[dict[str, Any]]:
    """The largest batch and what would let a larger one fit, as it becomes known."""
    report = KEPT.get(slot)
    if report is None or report.broken or report.verdict is None:
        return
    for found in report.fit_steps():
        if not found.largest:
            yield {}
            continue
        yield {
            "largest": found.largest,
            "own": found.own_largest,
            "limitText": format_bytes(_memory(found.limits)),
            "runs": found.most,
            "advice": [
                {"code": each.change.code, "text": each.change.text, "batch": each.batch,
                 "figureText": format_bytes(each.figure), "fields": _plain(each.change.fields)}
                for each in found.advice
            ],
        }  # fmt: skip


def _memory(limits: Limits) -> int:
    return limits.memory or 0


def _plain(fields: dict[str, Any]) -> Any:
    return json.loads(json.dumps(fields, default=str))


def compare(slots: list[str]) -> dict[str, Any]:
    """Networks side by side: a row a figure, a column a network."""
    reports = [KEPT[slot] for slot in slots if slot in KEPT]
    if len(reports) < 2:
        return {"rows": [], "names": []}
    figures: list[tuple[str, Callable[[NetworkReport], int | None], Callable[[int], str]]] = [
        ("layers", lambda r: len(r.rows), format_count),
        ("parameters", lambda r: r.totals["parameters"], format_count),
        ("macs", lambda r: r.totals["macs"], format_count),
        ("activations", lambda r: r.totals["activations"], format_count),
        ("peak", lambda r: None if r.broken or not r.pytorch else r.pytorch.result.peak_live,
         format_bytes),
        ("figure", _figure_of, format_bytes),
    ]  # fmt: skip
    rows = []
    for key, value, shown in figures:
        values = [value(report) for report in reports]
        first, second = values[0], values[1]
        change = None if not first or second is None else 100 * (second - first) / first
        rows.append({"key": key, "values": ["" if v is None else shown(v) for v in values],
                     "change": change})  # fmt: skip
    fits = [None if r.verdict is None or r.broken else r.verdict.fits for r in reports]
    return {"rows": rows, "names": [report.name for report in reports], "fits": fits}


def _figure_of(report: NetworkReport) -> int | None:
    found = None if report.broken else memory_figure(report)
    return found.figure if found else None


def export(slot: str, kind: str) -> dict[str, Any]:
    """The network as a file: its text and its name, or why there is none."""
    report = KEPT.get(slot)
    if report is None:
        return {"ok": False, "message": "there is no network"}
    try:
        text, ending = _EXPORTS[kind](report)
    except ConvcalcError as error:
        return {"ok": False, "message": error.message, "hint": error.plain_hint}
    stem = "".join(c if c.isalnum() or c in "-_" else "-" for c in report.name).strip("-")[:40]
    return {"ok": True, "text": text, "file": f"{stem or 'network'}.{ending}"}


def _as_yaml(report: NetworkReport) -> tuple[str, str]:
    from convcalc.models.exporters.listing import listing_of
    from convcalc.models.writing.spec import spec_source

    return spec_source(listing_of(report.walked)), "yaml"


def _as_pattern(report: NetworkReport) -> tuple[str, str]:
    from convcalc.models.exporters.pattern import text

    return text(report.walked), "txt"


def _as_torch(report: NetworkReport) -> tuple[str, str]:
    from convcalc.models.exporters.torch_code import module_source

    return module_source(report.walked, report.name), "py"


def _rendered(style: str) -> Callable[[NetworkReport], tuple[str, str]]:
    def render(report: NetworkReport) -> tuple[str, str]:
        from convcalc.render.formats import NO_VIEW, renderer

        return renderer("analyze", style)([report], NO_VIEW), style

    return render


_EXPORTS: dict[str, Callable[[NetworkReport], tuple[str, str]]] = {
    "yaml": _as_yaml,
    "pattern": _as_pattern,
    "torch": _as_torch,
    "csv": _rendered("csv"),
    "json": _rendered("json"),
    "html": _rendered("html"),
}


def note_examples() -> list[list[str]]:
    """Patterns of CS231n's notes, with the section that each stands for."""
    import yaml

    place = os.path.join(os.path.dirname(__file__), "notes.yaml")
    with open(place, encoding="utf-8") as file:
        entries = yaml.safe_load(file)
    found: dict[str, str] = {}
    for entry in entries:
        pattern = _quoted(entry["run"])
        facts = entry.get("says", [])
        if pattern and "->" in pattern and facts and pattern not in found:
            found[pattern] = f"{facts[0]['at']}: {facts[0]['fact']}"
    return [[title, pattern] for pattern, title in found.items()]


def _quoted(command: str) -> str:
    parts = command.split("'")
    return parts[1] if len(parts) >= 3 else ""


def first_answer() -> dict[str, str]:
    """What stands in the page before Python has loaded, by the template's names."""
    from html import escape

    name, options = FIRST
    text = shipped_text(name)["text"]
    found = analyze("a", text, options, name)
    *_, step = fit_steps("a")
    parts = {key: part("a", key) for key in ("step", "table", "drawing")}
    data = {**found, "fit": step, "bins": parts["step"]["bins"],
            "offered": offered(), "notes": note_examples()}  # fmt: skip
    embedded = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    made = {key: each["markup"] for key, each in parts.items()}
    return {"text": escape(text), "first": embedded, **made}


def answer(request: str) -> str:
    """A request as JSON, `{"call": ..., "arguments": [...]}`, to its answer as JSON."""
    asked = json.loads(request)
    return json.dumps(_CALLS[asked["call"]](*asked["arguments"]))


_CALLS: dict[str, Callable[..., Any]] = {
    "analyze": analyze,
    "compare": compare,
    "explain": explain,
    "export": export,
    "part": part,
    "shipped": shipped_text,
}


def fit_texts(slot: str) -> Iterator[str]:
    """`fit_steps` as JSON; an empty text where nothing changed, so that the worker may listen."""
    told = ""
    for step in fit_steps(slot):
        text = json.dumps(step) if step else ""
        yield "" if text == told else text
        told = text
