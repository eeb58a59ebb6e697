"""Rectified linear unit, max(0, x)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ReLU(InPlace):
    """Rectified linear unit, max(0, x)."""

    keyword: ClassVar[str] = "RELU"


LAYER = ReLU
