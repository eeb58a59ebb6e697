"""ReLU6(x + 3)/6, a sigmoid from straight lines."""

from typing import ClassVar

from convcalc.layers._pointwise import InPlace


class HardSigmoid(InPlace):
    """ReLU6(x + 3)/6, a sigmoid from straight lines."""

    keyword: ClassVar[str] = "HARDSIGMOID"
    computes: ClassVar[tuple[str, ...]] = ("hardsigmoid", "hardsigmoid_")
    torch_class: ClassVar[str] = "Hardsigmoid"


LAYER = HardSigmoid
