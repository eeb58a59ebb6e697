"""The caching allocator with expandable segments: one segment a pool, which only grows.

Source: docs/internals.md, Allocator (PYTORCH_ALLOC_CONF=expandable_segments:True): a pool's segment
is mapped in pages of 2 MiB (small) or 20 MiB (large); blocks are found best fit and split
when 512 bytes remain; where none fits, the free tail is extended by whole pages.
"""

from convcalc.memory.allocator import LARGE_SEGMENT, SMALL_SEGMENT, Allocator, FreeBlocks, add_free

SMALL, LARGE = "small", "large"


class Expandable(Allocator):
    """As the allocator, with one segment a pool that is extended at its end."""

    __slots__ = ("mapped",)

    def __init__(self) -> None:
        super().__init__()
        self.large.kept_whole = 0
        self.mapped = {SMALL: 0, LARGE: 0}  # end of each pool's segment

    def _grow_pool(self, pool: FreeBlocks, wanted: int) -> None:
        kind, page = (SMALL, SMALL_SEGMENT) if pool is self.small else (LARGE, LARGE_SEGMENT)
        end = self.mapped[kind]
        tail = end - pool.ends.get(end, end)
        size = -(-(wanted - tail) // page) * page
        self.mapped[kind] = end + size
        add_free(pool.parts, end, size)
        self._reserve_segment(size)
