"""What cuDNN takes while a convolution runs.

Tensor cores read volumes as N, H, W, C. cuDNN copies what lies as N, C, H, W into that
layout: the input, the weights and the result of a dense convolution, in forward and for
both gradients. A weight's gradient is summed in parts, of which each multiprocessor holds
one. Plain products of 1x1 filters need no copies, only their sums image by image; nor do the
3x3 filters that read an image, with too few weights each for tensor cores to pay.

Source: every request of cuDNN 9.19 for 10 networks at batch 32 on an H200, recorded with
`benchmarks/gpu/record.py` (docs/measured.md). cuDNN chooses by heuristics of its own, so
these are the usual requests, not all of them: of dense convolutions the median is exact.
"""

from typing import NamedTuple

from convcalc.facts import operators as op
from convcalc.memory.precision import FLOAT_SIZE

TILE = 64 * 1024  # bytes: 128x128 partial sums of float32, on each multiprocessor
MULTIPROCESSORS = 132  # of the H200 and the H100
SLICES = 14  # of the sum, where the weights are few


class Workspace(NamedTuple):
    """Bytes by batch: `fixed` and so much an image, or `bound` an image where that is less."""

    fixed: int = 0
    per_image: int = 0
    bound: int = 0

    def bytes_at(self, batch: int) -> int:
        """What is asked for at a batch."""
        size = self.fixed + self.per_image * batch
        return min(size, self.bound * batch) if self.bound else size


NONE = Workspace()
COPIES = frozenset((op.DENSE, op.STRIDED))  # convolutions whose volumes cuDNN copies
ALL = frozenset((op.DENSE, op.IMAGE, op.STRIDED, op.NARROW, op.POINTWISE, op.DEPTHWISE))
FORWARD, OF_INPUT, OF_WEIGHT = range(3)  # passes of a convolution, the last two of gradients
Three = tuple[Workspace, Workspace, Workspace]


class Operands(NamedTuple):
    """Bytes of an image of the input and of the result, and of all the weights."""

    volume: int
    weight: int
    result: int
    item: int  # bytes of a value


def workspaces_of(
    kind: op.ConvolutionKind, operands: Operands, multiprocessors: int = MULTIPROCESSORS
) -> Three:
    """Those of forward, of the input's gradient and of the weight's."""
    volume, weight, result, item = operands
    most_sums = multiprocessors * TILE  # a tile on each
    # Partial ones of the weight's gradient; half precision mostly gets by without.
    sums = 0 if item < FLOAT_SIZE else min(SLICES * weight, most_sums)
    both = volume + result
    if kind == op.DENSE:
        copies = Workspace(weight, both)
        return copies, copies, Workspace(weight + sums, both)
    if kind == op.STRIDED:
        return Workspace(0, volume), Workspace(0, both), Workspace(sums, both)
    if kind == op.NARROW and item >= FLOAT_SIZE:
        return NONE, NONE, Workspace(sums, both)
    if kind in (op.NARROW, op.POINTWISE):
        return NONE, NONE, Workspace(sums and most_sums, both, bound=weight)
    if kind in (op.IMAGE, op.DEPTHWISE) and item < FLOAT_SIZE:
        return NONE, NONE, Workspace(0, both)
    return NONE, NONE, NONE


class WorkspaceRule(NamedTuple):
    """For which convolutions cuDNN takes workspaces on a card, by the size of a value."""

    single: frozenset[op.ConvolutionKind] = ALL  # kinds, where a value has four bytes or more
    half: frozenset[op.ConvolutionKind] = ALL
    multiprocessors: int = MULTIPROCESSORS

    def workspaces_of(self, kind: op.ConvolutionKind, operands: Operands) -> Three:
        """Those of forward, of the input's gradient and of the weight's."""
        asking = self.single if operands.item >= FLOAT_SIZE else self.half
        if kind not in asking:
            return NONE, NONE, NONE
        return workspaces_of(kind, operands, self.multiprocessors)


EVERYTHING = WorkspaceRule()  # by which margins are measured
