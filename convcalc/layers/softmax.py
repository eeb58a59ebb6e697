"""Class probabilities along the depth."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Softmax(OutOfPlace):
    """Class probabilities along the depth."""

    keyword: ClassVar[str] = "SOFTMAX"
    numbered_in: ClassVar[str] = "network"


LAYER = Softmax
