"""Smooth ReLU, log(1 + exp(x))."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.layers._pointwise import Activation


class Softplus(Activation):
    """Smooth ReLU, log(1 + exp(x))."""

    keyword: ClassVar[str] = "SOFTPLUS"
    computes: ClassVar[tuple[str, ...]] = ("softplus",)
    autocast: ClassVar[ops.AutocastRule] = ops.FLOAT32
    torch_class: ClassVar[str] = "Softplus"


LAYER = Softplus
