"""Bytes of a value in each precision.

Source: docs/internals.md, Autocast; which operators run in half is theirs to say
(`convcalc.facts.operators`), after aten/src/ATen/autocast_mode.h.
"""

from typing import NamedTuple

SIZES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2}
HALF_SIZE, FLOAT_SIZE = 2, 4


class Precision(NamedTuple):
    """Bytes of a value of: parameters and the batch, statistics, and half (0: no autocast).

    `half_to_float`: (log_)softmax reads float16 and writes float32, without a copy of its
    input (ATen/native/SoftMax.cpp: on CUDA, and not for bfloat16).
    """

    size: int
    statistic: int
    half: int = 0
    half_to_float: bool = False


def precision_of(dtype: str, amp: bool, on_cpu: bool = False) -> Precision:
    """What `dtype` and autocast make of the network.

    Under autocast parameters and images are float32, and half is float16 unless `dtype` is
    bfloat16. Statistics are float32 at least on CUDA, on a CPU as the parameters.
    """
    if amp:
        return Precision(FLOAT_SIZE, FLOAT_SIZE, HALF_SIZE, dtype != "bfloat16" and not on_cpu)
    size = SIZES[dtype]
    return Precision(size, size if on_cpu else max(size, FLOAT_SIZE))
