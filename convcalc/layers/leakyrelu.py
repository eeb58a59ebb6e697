"""ReLU with a slope below zero."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._options import option, real
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class LeakyReLU(InPlace):
    """x above zero, a small multiple of it below."""

    keyword: ClassVar[str] = "LEAKYRELU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"lrelu": {}}

    negative_slope: float = option("alpha", real, 0.01, shown="changed")


LAYER = LeakyReLU
