"""Dropout."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, pointwise_code
from convcalc.layers._base import AXES, Options, class_along
from convcalc.layers._options import option, read_flag, read_fraction
from convcalc.layers._pointwise import Pointwise


class Dropout(Pointwise):
    """Values set to zero at random in training; p is the fraction that is dropped.

    `channels`: whole channels at a time.
    """

    keyword: ClassVar[str] = "DROPOUT"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "dropout1d": {"channels": True, AXES: 1},
        "dropout2d": {"channels": True, AXES: 2},
        "dropout3d": {"channels": True, AXES: 3},
    }
    computes: ClassVar[tuple[str, ...]] = (
        "dropout",
        "dropout_",
        "feature_dropout",
        "feature_dropout_",
    )

    p: float = option("rate", read_fraction, 0.5)
    channels: bool = option("", read_flag, False, shown="changed")  # whole ones, as nn.Dropout2d
    inplace: bool = option("in_place", read_flag, False, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The probability."""
        channels = call.operator.startswith("feature")
        return {"p": call.arguments["p"], "channels": channels, "inplace": call.in_place}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape; noise for each channel is small."""
        facts = super().facts_for(inputs, rounding)
        if not self.channels or not self.p:
            return facts
        noise = ops.noise(inputs[0].elements, inputs[0].channels, self.inplace)
        return facts._replace(operators=noise)

    def torch_operators(self, elements: int) -> ops.Operators:
        """A mask is kept; with p = 0 PyTorch hands the input on."""
        return ops.dropout(elements, self.inplace) if self.p else ()

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Dropout, or nn.Dropout2d, which wants volumes."""
        arguments = CodeArgument("p", self.p, 0.5), CodeArgument("inplace", self.inplace, False)
        if self.channels:
            return module_code(class_along("Dropout", inputs[0]), *arguments)
        return pointwise_code("Dropout", *arguments)


LAYER = Dropout
