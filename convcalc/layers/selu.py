"""Scaled exponential linear unit (Klambauer et al., 2017)."""

from typing import ClassVar

from convcalc.layers._pointwise import EITHER, InPlace


class SELU(InPlace):
    """Scaled exponential linear unit (Klambauer et al., 2017)."""

    keyword: ClassVar[str] = "SELU"
    computes: ClassVar[tuple[str, ...]] = ("selu", "selu_")
    keeps: ClassVar[str] = EITHER
    torch_class: ClassVar[str] = "SELU"


LAYER = SELU
