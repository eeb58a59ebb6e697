"""ReLU with a learned slope below zero."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import Options
from convcalc.layers._options import count, option
from convcalc.layers._pointwise import Pointwise


class PReLU(Pointwise):
    """A learned slope, one for all channels as in PyTorch's default, or one for each."""

    keyword: ClassVar[str] = "PRELU"
    elementwise: ClassVar[bool] = False  # the slopes are the channels'
    computes: ClassVar[tuple[str, ...]] = ("prelu",)

    num_parameters: int = option("slopes", count, 1, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """As many slopes as the weight has."""
        return {"num_parameters": call.arguments["weight"].elements}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """As other activation functions, with the slopes as weights."""
        slope = Parameter("weight", (self.num_parameters,))
        return super().facts_for(inputs, rounding)._replace(parameters=(slope,))

    def torch_operators(self, elements: int) -> ops.Operators:
        """The input is kept, and the slopes learn."""
        return ops.prelu(elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.PReLU."""
        return module_code("PReLU", CodeArgument("num_parameters", self.num_parameters, 1))


LAYER = PReLU
