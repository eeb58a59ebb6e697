"""Hyperbolic tangent."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Tanh(OutOfPlace):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "TANH"


LAYER = Tanh
