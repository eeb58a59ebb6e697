"""ReLU capped at 6, min(max(0, x), 6)."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._base import Options
from convcalc.layers._pointwise import InPlace


@dataclass(frozen=True)
class ReLU6(InPlace):
    """ReLU capped at 6, min(max(0, x), 6)."""

    keyword: ClassVar[str] = "RELU6"
    computes: ClassVar[tuple[str, ...]] = ("relu6", "relu6_", "hardtanh", "hardtanh_")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """ReLU6 is a hard tanh from 0 to 6."""
        limits = [call.arguments.get("min_val", 0), call.arguments.get("max_val", 6)]
        return {"inplace": call.in_place} if limits == [0, 6] else None

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept; in place a clone of it."""
        return ops.keeps_input(elements, self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ReLU6."""
        return pointwise_code("ReLU6", CodeArgument("inplace", self.inplace, False))


LAYER = ReLU6
