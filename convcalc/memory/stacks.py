"""Which rule of cuDNN's workspaces holds for a card and a stack, and what is safe there. Data.

`expected` is a model, and cards differ from it: by kernels that cuDNN's heuristics choose, by
fragmentation, by what else a process loads. `safe` adds a margin to it:

    safe = (reserved with workspaces) x (1 + part / 100) + most context
           + largest x (the largest workspace that any rule asks for) + fixed

`part`, `largest` and `fixed` are the smallest (by the median of what they add) with which
`safe` held in 97 % of the published rows of a card, 99 % on our own H100 and H200; how many,
and by how much `safe` was above what was used, is in docs/measured.md.
"""

from typing import NamedTuple

from convcalc.facts.operators import ConvolutionKind
from convcalc.facts.stack import Stack
from convcalc.memory.workspaces import ALL, COPIES, WorkspaceRule

Capability = tuple[int, int]


class Margin(NamedTuple):
    """What `safe` adds: hundredths of what is reserved, workspaces, and MiB."""

    part: int
    largest: float
    fixed: int


class StackRow(NamedTuple):
    """From a compute capability on: what cuDNN asks for in float32 and in half, the margin."""

    since: Capability
    single: frozenset[ConvolutionKind]
    half: frozenset[ConvolutionKind]
    margin: Margin
    source: str


NONE: frozenset[ConvolutionKind] = frozenset()
_UNMEASURED = "not measured; the margin is that of H100 and H200"

# cuDNN 9, on stacks of today.
PRESENT = (
    StackRow((0, 0), NONE, NONE, Margin(10, 1, 0), _UNMEASURED),
    StackRow((7, 0), NONE, ALL, Margin(10, 1, 0), _UNMEASURED),  # tensor cores of half precision
    StackRow((8, 0), ALL, ALL, Margin(10, 1, 0), "cuDNN 9.19 on H200 and H100: docs/measured.md"),
)
# cuDNN 7 and 8, as published rows of 2021 to 2023 have it.
PAST = (
    StackRow((0, 0), NONE, NONE, Margin(1, 3, 15), "46 rows of a K80, mean error 6.4 %"),
    StackRow((5, 0), NONE, NONE, Margin(5, 0, 85), "48 rows of a V100, mean error 3.1 %"),
    StackRow((7, 0), NONE, COPIES, Margin(5, 0, 85), "48 rows of a V100, mean error 3.1 %"),
    StackRow((8, 0), COPIES, COPIES, Margin(2, 2, 16), "77 rows of an A100, mean error 3.9 %"),
    StackRow((8, 6), COPIES, COPIES, Margin(3, 0, 130), "48 rows of an RTX 3090, mean 3.6 %"),
    StackRow((8, 9), COPIES, COPIES, Margin(2, 2, 16), "not measured; as the A100"),
)


def row_for(capability: Capability, stack: Stack) -> StackRow:
    """The row of a card's capability under a stack."""
    rows = PRESENT if stack.cudnn >= 9 else PAST
    return next(row for row in reversed(rows) if capability >= row.since)


def workspace_rule(row: StackRow, multiprocessors: int) -> WorkspaceRule:
    """The row's rule for a card; without workspaces all cards share one."""
    asks = row.single or row.half
    return WorkspaceRule(row.single, row.half, multiprocessors if asks else 0)
