"""x * tanh(softplus(x))."""

from typing import ClassVar

from convcalc.layers._pointwise import InPlace


class Mish(InPlace):
    """x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "MISH"
    computes: ClassVar[tuple[str, ...]] = ("mish", "mish_")
    torch_class: ClassVar[str] = "Mish"


LAYER = Mish
