"""Gaussian error linear unit."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class GELU(OutOfPlace):
    """Gaussian error linear unit."""

    keyword: ClassVar[str] = "GELU"
    computes: ClassVar[tuple[str, ...]] = ("gelu",)

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept."""
        return ops.keeps_input(elements)


LAYER = GELU
