"""The blocks that cuBLAS takes through the caching allocator, and never gives back.

Source: aten/src/ATen/cuda/CublasHandlePool.cpp: a workspace a handle, handles a thread.
Backward runs in a thread of its own, so a training step has two; the first product with a
bias, which is cuBLASLt's, has one of its own besides. On an H200 under torch 2.11 they come
with the first product of either pass, and not at all without one (docs/measured.md).
"""

from typing import NamedTuple

from convcalc.memory.allocator import Requests
from convcalc.memory.tape import Tape

WORKSPACE = 8_519_680  # bytes; the default :4096:2:16:8
WORKSPACE_SM90 = 33_554_432  # bytes; compute capability 9.0 and later
LT_WORKSPACE = 1_048_576  # bytes, of cuBLASLt


class Blocks(NamedTuple):
    """Their size in bytes, and whether they come with the products or one before all else."""

    size: int = WORKSPACE
    with_products: bool = False

    def requests_among(self, tape: Tape) -> Requests:
        """Where they are allocated among a tape's events."""
        if not self.with_products:
            return [(0, self.size)] if self.size else []
        found = [(position, self.size) for position in tape.products]
        if found:
            found.insert(1, (found[0][0], LT_WORKSPACE))
        return found
