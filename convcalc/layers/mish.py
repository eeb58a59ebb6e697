"""x * tanh(softplus(x))."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class Mish(InPlace):
    """x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "MISH"


LAYER = Mish
