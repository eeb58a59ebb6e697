"""Exponential linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ELU(InPlace):
    """Exponential linear unit."""

    keyword: ClassVar[str] = "ELU"


LAYER = ELU
