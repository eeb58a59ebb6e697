"""Live memory over one training step or pass, in bins: how much, of what kind, at which layer.

Read from the simulated run's tape. Each bin stands for a stretch of events, and shows the
moment in it at which the most bytes are alive, so that no peak is lost.
"""

from collections import Counter
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from convcalc.memory.result import SimulationResult

LARGEST_NAMED = 4  # tensors named in a bin
PHASE_NAMES = {"fwd": "forward", "bwd": "backward", "opt": "optimizer", "zer": "zero_grad",
               "bat": "batch", "mod": "model"}  # fmt: skip


class MemoryBin(NamedTuple):
    """The fullest moment of a stretch of events. Bytes."""

    phase: str
    layer: str  # at work then; "" outside of any
    live: int
    kinds: dict[str, int]
    largest: list[tuple[str, str, int]]  # kind, layer that made it, bytes


def memory_bins(result: "SimulationResult", most: int) -> list[MemoryBin]:
    """At most `most` bins over the steady step; over the only pass in inference."""
    tape, rows = result.run.tape, result.timeline
    start = result.run.phases[0].start if result.run.phases else 0
    positions = [k for k, (phase, _, _) in enumerate(rows) if _is_steady(phase, rows[-1][0])]
    if not positions:
        return []
    count = min(most, len(positions))
    fullest = {
        max(positions[len(positions) * k // count : len(positions) * (k + 1) // count],
            key=lambda position: rows[position][2])
        for k in range(count)
    }  # fmt: skip
    last = max(fullest)
    alive: dict[int, None] = {}
    kinds: Counter[str] = Counter()
    bins = []
    for position in range(last + 1):
        event = tape.events[start + position]
        storage = max(event, ~event)
        if event >= 0:
            alive[storage] = None
            kinds[tape.kinds[storage]] += tape.sizes[storage]
        else:
            alive.pop(storage, None)
            kinds[tape.kinds[storage]] -= tape.sizes[storage]
        if position in fullest:
            phase, layer, live = rows[position]
            top = nlargest(LARGEST_NAMED, alive, key=tape.sizes.__getitem__)
            named = [(tape.kinds[s], result.node_name(tape.owners[s]), tape.sizes[s]) for s in top]
            present = {kind: size for kind, size in kinds.items() if size}
            bins.append(MemoryBin(PHASE_NAMES.get(phase[:3], phase), layer, live, present, named))
    return bins


def _is_steady(phase: str, last: str) -> bool:
    """Whether a phase such as `fwd1` or `bwd1.2` belongs to the last step simulated."""
    return phase[3:4] == last[3:4] and phase[:3] in ("fwd", "bwd", "opt", "zer")
