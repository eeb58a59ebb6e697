"""ReLU with a slope below zero."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._base import Options
from convcalc.layers._options import option, real_number
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class LeakyReLU(InPlace):
    """x above zero, a small multiple of it below."""

    keyword: ClassVar[str] = "LEAKYRELU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"lrelu": {}}
    computes: ClassVar[tuple[str, ...]] = ("leaky_relu", "leaky_relu_")

    negative_slope: float = option("alpha", real_number, 0.01, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The slope below zero."""
        slope = call.arguments.get("negative_slope", 0.01)
        return {"negative_slope": slope, "inplace": call.in_place}

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place the output, from which it can be told."""
        return ops.keeps_output(elements, True) if self.inplace else ops.keeps_input(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.LeakyReLU."""
        slope = CodeArgument("negative_slope", self.negative_slope, 0.01)
        return pointwise_code("LeakyReLU", slope, CodeArgument("inplace", self.inplace, False))


LAYER = LeakyReLU
