"""Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class SiLU(InPlace):
    """Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

    keyword: ClassVar[str] = "SILU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"swish": {}}


LAYER = SiLU
