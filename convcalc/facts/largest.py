"""Which of some values stand out, by the one rule of every mark and every sentence on them."""

from collections.abc import Sequence
from itertools import groupby

from convcalc.facts.shape import join_some
from convcalc.facts.units import format_bytes

LARGEST = "largest: "  # before those that stand out


def heaviest(values: Sequence[int]) -> set[int]:
    """Positions of the values that stand out: the largest, until they hold half of the total.

    At most one in twenty, but three of any, and none where all are alike. Of values that are
    as large all stand out or none; twice as many may therefore.
    """
    most = max(3, len(values) // 20)
    total, held = sum(values), 0
    found: list[int] = []
    order = sorted(range(len(values)), key=lambda index: -values[index])
    for value, alike in groupby(order, values.__getitem__):
        group = list(alike)
        if held * 2 >= total or len(found) >= most or len(found) + len(group) > 2 * most:
            break
        held += value * len(group)
        found += group
    return set(found) if len(found) < len(values) else set()


def heaviest_words(names: Sequence[str], sizes: Sequence[int], said: str = "") -> str:
    """Those of some bytes that stand out, and what they come to: `a and 2 more, 1.00 KiB together`.

    Args:
        names: what each is called.
        sizes: bytes of each.
        said: what follows the names, such as how they are marked.
    """
    found = sorted(heaviest(sizes), key=lambda index: (-sizes[index], index))
    if not found:
        several = sum(map(bool, sizes))
        return f"evenly in {several} layers" if several > 1 else ""
    whole = format_bytes(sum(sizes[index] for index in found))
    each = f", {whole} together" if found[1:] else f"{',' if said else ''} {whole}"
    return f"{LARGEST}{join_some([names[index] for index in found])}{said}{each}"
