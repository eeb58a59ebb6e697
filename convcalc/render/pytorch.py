"""The PyTorch model's figures in words, and memory over the step as a small chart."""

from convcalc.answers.report import Report
from convcalc.facts.setup import INFER
from convcalc.facts.units import format_bytes
from convcalc.memory.estimate import Estimate
from convcalc.memory.parts import context_words
from convcalc.memory.tape import ACTIVATIONS, BUCKETS, WORKSPACE
from convcalc.render import limit
from convcalc.render.summary import setup_words
from convcalc.text.source import printable

CHART_WIDTH, CHART_HEIGHT = 72, 5
MOST_LAYERS = 5  # named of what is alive at the peak
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_WORDS = {"optimizer_state": "optimizer state", WORKSPACE: "cuBLAS workspace",
          BUCKETS: "DDP's buckets"}  # fmt: skip
_NOT_LIVE = {WORKSPACE: "no tensor: allocated, but not among the live bytes"}
_SPREAD = {
    "ddp": "everything on each, and buckets as large as the gradients",
    "zero-1": "the optimizer's state is spread",
    "zero-2": "gradients too",
    "zero-3": "parameters too, gathered unit by unit (FSDP)",
}
_LABELS = {"fwd": "forward", "bwd": "backward", "opt": "optimizer"}


def lines(report: Report, width: int | None) -> list[str]:
    """Everything about the PyTorch model that stands under the table."""
    estimate = report.pytorch
    if estimate is None:
        return []
    setup = f"torch {report.setup.torch}, {setup_words(report)}{_on(estimate)}"
    found = [f"Memory as PyTorch uses it ({setup}):"]
    found += [f"  {what:<18} {size:>11}  {why}".rstrip() for what, size, why in _rows(report)]
    found += [f"  {limit.in_detail(report)}"] if estimate.machine.capacity is not None else []
    found += [f"  {line}" for line in not_known(estimate)]
    found += _per_gpu(report)
    found += ["", f"Alive at the peak, {_where(estimate)}:", *_alive(estimate)]
    return [*found, *_chart(estimate, min(CHART_WIDTH, (width or CHART_WIDTH) - 14))]


def _per_gpu(report: Report) -> list[str]:
    shares = report.per_gpu()
    if not shares:
        return []
    found = ["", f"Live on each of {report.setup.gpus} GPUs, by formulas (docs/pytorch-memory.md):"]
    return found + [
        f"  {strategy:<18} {format_bytes(size):>11}  {_SPREAD[strategy]}"
        for strategy, size in shares.items()
    ]


def not_known(estimate: Estimate) -> list[str]:
    """What the figures leave out, in sentences."""
    found = ["not modelled: torch.compile, channels_last"]
    if estimate.machine.stack.benchmark:
        found += [
            "cudnn.benchmark: its search takes up to all that is free in the first steps, and",
            "gives it back; max_memory_reserved keeps that peak, which no figure here has in it.",
            "Afterwards other kernels run, whose workspaces are not known (docs/measured.md).",
        ]
    return found


def _on(estimate: Estimate) -> str:
    return f", {estimate.machine.name}" if estimate.machine.name else ""


def _rows(report: Report) -> list[tuple[str, str, str]]:
    estimate = report.pytorch
    assert estimate is not None
    result = estimate.result
    rows = [
        ("peak live", result.peak_live, f"in {_where(estimate)}"),
        ("max allocated", estimate.max_memory_allocated, "torch.cuda.max_memory_allocated"),
        ("max reserved", estimate.max_memory_reserved, "torch.cuda.max_memory_reserved"),
        ("cuDNN workspaces", estimate.workspace, "of what is reserved"),
        ("CUDA context", estimate.context, _context(estimate)),
        ("expected", estimate.expected, "reserved and context"),
        ("safe", estimate.safe, "an upper bound: docs/measured.md"),
        ("at the very least", estimate.floor, "live and context: no run gets below"),
    ]
    if estimate.spread:
        why = f"what {report.setup.strategy} makes of them on {report.setup.gpus} GPUs"
        rows.insert(1, ("spread live", result.peak_live + estimate.spread, why))
    if report.setup.mode != INFER:
        held = ("held for backward", result.held_for_backward, "what autograd keeps after forward")
        rows.insert(0, held)
    return [(what, format_bytes(size), why) for what, size, why in rows]


def _context(estimate: Estimate) -> str:
    assumed = context_words(estimate.machine)
    return f"outside the allocator, {assumed}{': ' if assumed else ''}see --context"


def _where(estimate: Estimate) -> str:
    layer, phase = estimate.result.peak_layer, estimate.result.peak_phase
    return f"{phase} of {printable(layer)}" if layer else f"the {phase} phase"


def _alive(estimate: Estimate) -> list[str]:
    found = []
    for kind, size in estimate.result.at_peak.items():
        why = _of_layers(estimate) if kind == "activations" else _NOT_LIVE.get(kind, "")
        found.append(f"  {_WORDS.get(kind, kind):<18} {format_bytes(size):>11}  {why}".rstrip())
    return found


def _of_layers(estimate: Estimate) -> str:
    largest = list(estimate.result.layers_at_peak((ACTIVATIONS,)).items())
    named = ", ".join(f"{printable(n)} {format_bytes(s)}" for n, s in largest[:MOST_LAYERS])
    more = f" and {len(largest) - MOST_LAYERS} more" if len(largest) > MOST_LAYERS else ""
    return named + more


def _chart(estimate: Estimate, width: int) -> list[str]:
    """Live bytes over the second step, each column the most in its share of the events."""
    rows = [
        (_LABELS[phase[:3]], live)
        for phase, _, live in estimate.result.timeline
        if phase[:3] in _LABELS and phase[3:4] == "1"  # the second step: steady
    ]
    if not rows or width < 10:
        return []
    width = min(width, len(rows))
    bins = [rows[len(rows) * k // width : len(rows) * (k + 1) // width] for k in range(width)]
    heights = [max(live for _, live in part) for part in bins]
    top = max(heights)
    found = ["", f"Live memory over a step, up to {format_bytes(top)}:"]
    found += [f"  {_line(heights, top, level)}" for level in reversed(range(CHART_HEIGHT))]
    return [*found, f"  {_axis([part[0][0] for part in bins])}"]


def _line(heights: list[int], top: int, level: int) -> str:
    """One line of the chart: `level` counts from the bottom."""
    eighths = [round(height / top * CHART_HEIGHT * 8) - level * 8 for height in heights]
    return "".join(_EIGHTHS[max(0, min(8, part))] for part in eighths)


def _axis(phases: list[str]) -> str:
    """The phases' names below where they begin."""
    text = ""
    for position, phase in enumerate(phases):
        if position == 0 or phases[position - 1] != phase:
            text = text.ljust(position)[:position] + "╵" + phase
    return text
