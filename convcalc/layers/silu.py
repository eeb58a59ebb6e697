"""Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

from typing import ClassVar

from convcalc.layers._pointwise import InPlace


class SiLU(InPlace):
    """Sigmoid-weighted linear unit, x * sigmoid(x), also called swish."""

    keyword: ClassVar[str] = "SILU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"swish": {}}
    computes: ClassVar[tuple[str, ...]] = ("silu", "silu_")
    torch_class: ClassVar[str] = "SiLU"


LAYER = SiLU
