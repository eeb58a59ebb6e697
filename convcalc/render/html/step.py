"""Live memory over a step: the chart, its legend, and what the pointer reads."""

from typing import Any

from convcalc.answers.step_memory import PHASE_NAMES, MemoryBin
from convcalc.facts.units import format_bytes
from convcalc.memory.tape import KINDS
from convcalc.render.html.chart import step_chart, swatch
from convcalc.render.html.markup import scroll_box, tag, text

BACKWARD, OPTIMIZER = PHASE_NAMES["bwd"], PHASE_NAMES["opt"]


def kinds_of(bins: list[MemoryBin]) -> list[str]:
    """The kinds of memory that are there at any time, from the bottom of the chart up."""
    return [kind for kind in KINDS if any(each.kinds.get(kind) for each in bins)]


def step_section(bins: list[MemoryBin]) -> str:
    """The chart with what is said about it; nothing without bins."""
    if not bins:
        return ""
    kinds = kinds_of(bins)
    legend = "".join(_legend(kind, bins) for kind in kinds)
    peak = max(bins, key=lambda each: each.live)
    where = f"{peak.phase} of {peak.layer}" if peak.layer else f"the {peak.phase} phase"
    words = f"At most {format_bytes(peak.live)} alive, in {where}. {_axis_words(bins)}"
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


def _legend(kind: str, bins: list[MemoryBin]) -> str:
    """A kind with the most that there is of it: some are too small to be seen."""
    most = max(each.kinds.get(kind, 0) for each in bins)
    size = tag("small", text(f" up to {format_bytes(most)}"))
    return tag("li", swatch(kind) + text(f" {_worded(kind)}") + size)


def _axis_words(bins: list[MemoryBin]) -> str:
    """What the chart goes along, and which phase of a training step is not seen in it."""
    phases = list(dict.fromkeys(each.phase for each in bins))
    words = f"From left to right: memory taken or given back, in {' and '.join(phases)}"
    silent = BACKWARD in phases and OPTIMIZER not in phases
    return words + ("; the optimizer's step takes none." if silent else ".")


def step_data(bins: list[MemoryBin]) -> dict[str, Any]:
    """The same for the script, as words."""
    kinds = kinds_of(bins)
    return {"kinds": kinds, "bins": [_bin_data(each, kinds) for each in bins]}


def _worded(kind: str) -> str:
    return kind.replace("_", " ")


def _bin_data(each: MemoryBin, kinds: list[str]) -> list[Any]:
    largest = [
        f"{_worded(k)}{f' of {n}' if n else ''} {format_bytes(s)}" for k, n, s in each.largest
    ]
    sizes = {_worded(k): format_bytes(each.kinds[k]) for k in kinds if each.kinds.get(k)}
    return [each.phase, each.layer, format_bytes(each.live), sizes, largest]
