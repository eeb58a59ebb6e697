"""A set of digests in little memory: which networks have been seen."""

from array import array
from hashlib import blake2b

SIZE = 16  # bytes of a digest: two of a million million networks collide once in 10^14
FIRST = 1024  # slots, a power of 2
FULLEST = 3, 5  # part of the slots that may be taken


class Digests:
    """An open hash table of 16-byte digests: 27 to 54 bytes a member, 80 while it grows."""

    def __init__(self) -> None:
        self.count = 0
        self._resize_table(FIRST)

    def _resize_table(self, slots: int) -> None:
        self._mask = slots - 1
        self._low = array("Q", bytes(8 * slots))
        self._high = array("Q", bytes(8 * slots))

    def add_digest(self, content: bytes) -> bool:
        """Whether this content is new; it is remembered by its digest."""
        digest = blake2b(content, digest_size=SIZE).digest()
        low = int.from_bytes(digest[:8], "little") or 1  # 0 marks a free slot
        if not self._put_digest(low, int.from_bytes(digest[8:], "little")):
            return False
        self.count += 1
        if self.count * FULLEST[1] > len(self._low) * FULLEST[0]:
            self._grow_table()
        return True

    def _put_digest(self, low: int, high: int) -> bool:
        lows, highs, mask = self._low, self._high, self._mask
        place = low & mask
        while lows[place]:
            if lows[place] == low and highs[place] == high:
                return False
            place = (place + 1) & mask
        lows[place] = low
        highs[place] = high
        return True

    def _grow_table(self) -> None:
        lows, highs = self._low, self._high
        self._resize_table(2 * len(lows))
        for low, high in zip(lows, highs, strict=True):
            if low:
                self._put_digest(low, high)
