"""Exponential linear unit."""

from typing import ClassVar

from convcalc.layers._pointwise import EITHER, InPlace


class ELU(InPlace):
    """Exponential linear unit."""

    keyword: ClassVar[str] = "ELU"
    computes: ClassVar[tuple[str, ...]] = ("elu", "elu_")
    keeps: ClassVar[str] = EITHER
    torch_class: ClassVar[str] = "ELU"


LAYER = ELU
