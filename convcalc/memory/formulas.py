"""Bytes on each GPU when training is spread over several, as formulas.

With P, G and K the bytes of parameters, gradients and optimizer state, n GPUs, W the most
that forward and backward have alive besides (activations, temporaries, the batch) and T the
most that the optimizer's step has:

    ddp     P + G + K + B + max(W, T)               B: buckets, copies of all gradients
    zero-1  P + G + K/n + max(W, T/n)
    zero-2  P + (G + K)/n + max(W, T/n)
    zero-3  (P + G + K)/n + max(2U + U + W, T/n)    U: the largest unit: gathered, the next
                                                    one prefetched, and its whole gradient

Sources: torch/nn/parallel/distributed.py (`gradient_as_bucket_view`) for DDP;
Rajbhandari et al. 2020, "ZeRO", section 5, for stages 1 to 3; FSDP's FULL_SHARD is stage 3.
They add nothing for NCCL's buffers, a few hundred MiB a process.
"""

from collections import Counter
from itertools import accumulate
from typing import NamedTuple

from convcalc.facts.setup import DDP, ZERO_1, ZERO_2, ZERO_3
from convcalc.memory.result import SimulationResult
from convcalc.memory.run import BACKWARD, FORWARD, OPTIMIZER
from convcalc.memory.tape import BUCKETS, GRADIENTS, PARAMETERS, STATE


class Shares(NamedTuple):
    """What the formulas are made of, in bytes."""

    parameters: int
    gradients: int
    state: int
    working: int
    step: int
    largest_unit: int


def per_gpu(result: SimulationResult, gpus: int, bucket_view: bool = False) -> dict[str, int]:
    """Bytes on each of `gpus` GPUs, each of which sees the setup's batch, by strategy.

    `bucket_view`: DDP's gradient_as_bucket_view, which saves the copies.
    """
    p, g, k, working, step, unit = sharded_terms(result)
    own_step = _share_of(step, gpus)
    return {
        DDP: p + g + k + (0 if bucket_view else g) + max(working, step),
        ZERO_1: p + g + _share_of(k, gpus) + max(working, own_step),
        ZERO_2: p + _share_of(g + k, gpus) + max(working, own_step),
        ZERO_3: _share_of(p + g + k, gpus) + max(3 * unit + working, own_step),
    }


def sharded_terms(result: SimulationResult) -> Shares:
    """The terms of the formulas for a simulated training run."""
    tape, plan = result.run.tape, result.run.plan
    found: Counter[str] = Counter()
    for kind, size in zip(tape.kinds, tape.sizes, strict=True):
        found[kind] += size
    gradients = sum(plan.values.size_of(value) for value in plan.trainable)
    working, step = _peak_besides(result, FORWARD, BACKWARD), _peak_besides(result, OPTIMIZER)
    unit = _largest_unit(result)
    return Shares(found[PARAMETERS], gradients, found[STATE], working, step, unit)


def _peak_besides(result: SimulationResult, *phases: str) -> int:
    """The most that is alive in the phases besides P, G and K."""
    tape, persistent = result.run.tape, (PARAMETERS, GRADIENTS, STATE, BUCKETS)
    sizes = [
        0 if kind in persistent else size for kind, size in zip(tape.kinds, tape.sizes, strict=True)
    ]
    live = list(accumulate(sizes[e] if e >= 0 else -sizes[~e] for e in tape.events))
    spans = [p for p in result.run.phases if p.name in phases]
    return max(
        (max(live[max(0, span.start - 1) : span.end], default=0) for span in spans), default=0
    )


def _largest_unit(result: SimulationResult) -> int:
    """Parameters of the largest block, or of the largest layer outside of any block."""
    item = result.run.plan.lowering.precision.size
    units: Counter[str] = Counter()
    for number, node in enumerate(result.graph.nodes):
        name = node.scope[0] if node.scope else str(number)  # members of a sweep have no names
        units[name] += sum(p.bytes_at(item) for p in node.facts.parameters)
    return max(units.values(), default=0)


def _share_of(size: int, gpus: int) -> int:
    return -(-size // gpus)
