"""x * ReLU6(x + 3)/6, SiLU from straight lines."""

from typing import ClassVar

from convcalc.layers._pointwise import InPlace


class HardSwish(InPlace):
    """x * ReLU6(x + 3)/6, SiLU from straight lines."""

    keyword: ClassVar[str] = "HARDSWISH"
    computes: ClassVar[tuple[str, ...]] = ("hardswish", "hardswish_")
    torch_class: ClassVar[str] = "Hardswish"


LAYER = HardSwish
