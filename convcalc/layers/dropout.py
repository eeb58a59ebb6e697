"""Dropout."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.calls import Call
from convcalc.code import Argument, Code, pointwise
from convcalc.layers._base import Options
from convcalc.layers._options import flag, fraction, option
from convcalc.layers._pointwise import Pointwise
from convcalc.shape import Shape


@dataclass(frozen=True)
class Dropout(Pointwise):
    """Values set to zero at random in training; p is the fraction that is dropped."""

    keyword: ClassVar[str] = "DROPOUT"
    computes: ClassVar[tuple[str, ...]] = ("dropout", "dropout_")

    p: float = option("rate", fraction, 0.5)
    inplace: bool = option("in_place", flag, False, shown="never")

    @classmethod
    def from_call(cls, call: Call) -> Options | None:
        """The probability."""
        return {"p": call.arguments["p"], "inplace": call.in_place}

    def operators(self, elements: int) -> ops.Operators:
        """A mask is kept; with p = 0 PyTorch hands the input on."""
        return ops.dropout(elements, self.inplace) if self.p else ()

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Dropout."""
        inplace = Argument("inplace", self.inplace, False)
        return pointwise("Dropout", Argument("p", self.p, 0.5), inplace)


LAYER = Dropout
