"""Continuously differentiable exponential linear unit (Barron, 2017)."""

from typing import ClassVar

from convcalc.layers._pointwise import EITHER, InPlace


class CELU(InPlace):
    """Continuously differentiable exponential linear unit (Barron, 2017)."""

    keyword: ClassVar[str] = "CELU"
    computes: ClassVar[tuple[str, ...]] = ("celu", "celu_")
    keeps: ClassVar[str] = EITHER
    torch_class: ClassVar[str] = "CELU"


LAYER = CELU
