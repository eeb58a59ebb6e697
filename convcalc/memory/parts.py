"""What a run takes of a card, taken apart into what people know by name."""

from convcalc.memory.estimate import Estimate, Machine
from convcalc.memory.tape import (
    BATCH,
    BUCKETS,
    BUFFERS,
    GRADIENTS,
    OF_LAYERS,
    PARAMETERS,
    STATE,
    TEMPORARIES,
    WORKSPACE,
)

OPTIMIZER, CACHE, CONTEXT, MARGIN = (
    "optimizer", "workspaces and cache", "CUDA context", "margin",
)  # fmt: skip
ANY_CARD = "any card"
GATHERED, SHARED = "gathered", "DDP's buckets"  # of other GPUs, and for them
_PART_OF = {
    PARAMETERS: "parameters",
    BUFFERS: "parameters",
    GRADIENTS: "gradients",
    STATE: OPTIMIZER,
    BATCH: "activations",
    **dict.fromkeys(OF_LAYERS, "activations"),
    TEMPORARIES: "temporaries",
    BUCKETS: SHARED,
    WORKSPACE: CACHE,
}


def context_words(machine: Machine) -> str:
    """Whose context a figure has, where nobody said; that of one card is five times another's."""
    return ANY_CARD if machine.assumes_context else ""


def figure_parts(estimate: Estimate, safe: bool) -> dict[str, int]:
    """Bytes by part of the `safe` or the expected figure; they add up to it exactly."""
    parts: dict[str, int] = {}
    for kind, size in estimate.result.at_peak.items():
        if kind != WORKSPACE:  # in the segments already
            name = _PART_OF.get(kind, kind)
            parts[name] = parts.get(name, 0) + size
    parts[CACHE] = estimate.max_memory_reserved - estimate.spread - estimate.result.peak_live
    parts[MARGIN] = (estimate.safe if safe else estimate.expected) - estimate.expected
    parts[CONTEXT] = estimate.context
    _spread_out(parts, estimate.spread)
    return {name: size for name, size in parts.items() if size}


def _spread_out(parts: dict[str, int], added: int) -> None:
    """What several GPUs hold for each other, and what they gather."""
    if added > 0:
        parts[GATHERED] = added
    for name in (OPTIMIZER, "gradients", "parameters", "temporaries", "activations"):
        if added < 0 and name in parts:
            saved = min(parts[name], -added)
            parts[name] -= saved
            added += saved
