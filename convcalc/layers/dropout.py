"""Dropout."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._options import flag, fraction, option
from convcalc.layers._pointwise import Pointwise


@dataclass(frozen=True)
class Dropout(Pointwise):
    """Values set to zero at random in training; p is the fraction that is dropped."""

    keyword: ClassVar[str] = "DROPOUT"

    p: float = option("rate", fraction, 0.5)
    inplace: bool = option("in_place", flag, False, shown="never")


LAYER = Dropout
