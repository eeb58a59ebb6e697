"""Rectified linear unit, max(0, x)."""

from typing import ClassVar

from convcalc.layers._pointwise import OUTPUT, InPlace


class ReLU(InPlace):
    """Rectified linear unit, max(0, x)."""

    keyword: ClassVar[str] = "RELU"
    computes: ClassVar[tuple[str, ...]] = ("relu", "relu_")
    keeps: ClassVar[str] = OUTPUT
    torch_class: ClassVar[str] = "ReLU"


LAYER = ReLU
