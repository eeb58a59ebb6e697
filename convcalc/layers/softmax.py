"""Class probabilities along the depth."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._pointwise import OutOfPlace


@dataclass(frozen=True)
class Softmax(OutOfPlace):
    """Class probabilities along the depth."""

    keyword: ClassVar[str] = "SOFTMAX"
    numbered_in: ClassVar[str] = "network"
    elementwise: ClassVar[bool] = False  # over the depth

    def operators(self, elements: int) -> ops.Operators:
        """The output is kept; an island of float32 under autocast."""
        return ops.softmax(elements)


LAYER = Softmax
