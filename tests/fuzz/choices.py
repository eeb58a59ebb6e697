"""Where a generated input's choices come from: a seeded generator, or the bytes of a fuzzer."""

import random
from collections.abc import Sequence
from typing import Any


class Choices:
    """Choices by a seeded generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def below(self, count: int) -> int:
        """A number from 0 to `count` - 1."""
        return self.random.randrange(count)

    def one(self, among: Sequence[Any]) -> Any:
        """One of a sequence."""
        return among[self.below(len(among))]

    def seldom(self, often: int = 8) -> bool:
        """True once in so many times."""
        return not self.below(often)

    def some(self, most: int) -> range:
        """A range to repeat something over."""
        return range(self.below(most + 1))


class ByteChoices(Choices):
    """Choices by bytes: a fuzzer that changes these follows what the program does."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def below(self, count: int) -> int:
        """A number of as many bytes as it takes; zeros where there are no more."""
        size = (count.bit_length() + 7) // 8
        taken = self.data[self.place : self.place + size]
        self.place += size
        return int.from_bytes(taken, "big") % count


def mutated(data: bytes, choices: Choices) -> bytes:
    """Bytes with a few of them changed, left out, repeated or cut off."""
    found = bytearray(data)
    for _ in range(1 + choices.below(4)):
        if not found:
            break
        place = choices.below(len(found))
        kind = choices.below(6)
        if kind == 0:
            found[place] = choices.below(256)
        elif kind == 1:
            found[place] ^= 1 << choices.below(8)
        elif kind == 2:
            del found[place : place + 1 + choices.below(8)]
        elif kind == 3:
            found[place:place] = found[place : place + 1 + choices.below(32)]
        elif kind == 4:
            found[place:place] = choices.one(
                (b"\0", b"\xff", b"\n", b"#", b"[", b"{", b": ", b"\x80")
            )
        elif choices.seldom(4):
            del found[place:]
    return bytes(found)
