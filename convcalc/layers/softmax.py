"""Class probabilities along the depth."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._base import Options
from convcalc.layers._options import option, read_flag
from convcalc.layers._pointwise import Pointwise


class Softmax(Pointwise):
    """Class probabilities along the depth; `log`: their logarithms."""

    keyword: ClassVar[str] = "SOFTMAX"
    numbered_in: ClassVar[str] = "network"
    elementwise: ClassVar[bool] = False  # over the depth
    spellings: ClassVar[dict[str, dict[str, object]]] = {"log_softmax": {"log": True}}
    computes: ClassVar[tuple[str, ...]] = ("softmax", "log_softmax")

    log: bool = option("", read_flag, False, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Over the channels."""
        rank = len(call.output.shape)
        if call.arguments["dim"] not in (1, 1 - rank):
            return None
        return {"log": call.operator == "log_softmax"}

    def torch_operators(self, elements: int) -> ops.Operators:
        """The output is kept; an island of float32 under autocast."""
        return ops.softmax(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Softmax or nn.LogSoftmax over the channels."""
        return pointwise_code("LogSoftmax" if self.log else "Softmax", CodeArgument("dim", 1))


LAYER = Softmax
