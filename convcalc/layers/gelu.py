"""Gaussian error linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class GELU(OutOfPlace):
    """Gaussian error linear unit."""

    keyword: ClassVar[str] = "GELU"


LAYER = GELU
