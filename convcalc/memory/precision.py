"""Bytes of a value in each precision.

Source: memory-model.md, 3.3; which operators run in half is theirs to say
(`convcalc.operators`), after aten/src/ATen/autocast_mode.h.
"""

from typing import NamedTuple

SIZES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
HALF_SIZE, FLOAT_SIZE = 2, 4


class Precision(NamedTuple):
    """Bytes of a value of: parameters and the batch, statistics, and half (0: no autocast)."""

    size: int
    statistic: int
    half: int = 0


def precision(dtype: str, amp: bool) -> Precision:
    """What `dtype` and autocast make of the network; autocast keeps float32 parameters."""
    if amp:
        return Precision(FLOAT_SIZE, FLOAT_SIZE, HALF_SIZE)
    size = SIZES[dtype]
    return Precision(size, max(size, FLOAT_SIZE))
