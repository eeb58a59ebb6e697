"""ReLU with a slope below zero."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.layers._options import option, real
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class LeakyReLU(InPlace):
    """x above zero, a small multiple of it below."""

    keyword: ClassVar[str] = "LEAKYRELU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"lrelu": {}}

    negative_slope: float = option("alpha", real, 0.01, shown="changed")

    def operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place the output, from which it can be told."""
        return ops.keeps_output(elements, True) if self.inplace else ops.keeps_input(elements)


LAYER = LeakyReLU
