"""Logistic function, 1/(1 + exp(-x))."""

from typing import ClassVar

from convcalc.layers._pointwise import OUTPUT, Activation


class Sigmoid(Activation):
    """Logistic function, 1/(1 + exp(-x))."""

    keyword: ClassVar[str] = "SIGMOID"
    computes: ClassVar[tuple[str, ...]] = ("sigmoid",)
    keeps: ClassVar[str] = OUTPUT
    torch_class: ClassVar[str] = "Sigmoid"


LAYER = Sigmoid
