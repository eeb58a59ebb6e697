"""Hyperbolic tangent."""

from typing import ClassVar

from convcalc.layers._pointwise import OUTPUT, Activation


class Tanh(Activation):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "TANH"
    computes: ClassVar[tuple[str, ...]] = ("tanh",)
    keeps: ClassVar[str] = OUTPUT
    torch_class: ClassVar[str] = "Tanh"


LAYER = Tanh
