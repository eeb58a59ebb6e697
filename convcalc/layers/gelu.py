"""Gaussian error linear unit."""

from typing import ClassVar

from convcalc.layers._pointwise import Activation


class GELU(Activation):
    """Gaussian error linear unit."""

    keyword: ClassVar[str] = "GELU"
    computes: ClassVar[tuple[str, ...]] = ("gelu",)
    torch_class: ClassVar[str] = "GELU"


LAYER = GELU
