"""Learned offsets."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.layers import _broadcast as broadcast
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag


class Bias(Layer):
    """A weight of its own added to each channel.

    `over` "volume": to each value of an image, as embeddings of positions are; "one" or "scalar":
    the same to all, of shape (1) or (). Fixed numbers (`learned: false`), such as the mean of
    the training set, are a buffer.
    """

    keyword: ClassVar[str] = "BIAS"
    computes: ClassVar[tuple[str, ...]] = ("add", "sub")

    over: str = option("", broadcast.OVER, "channels", shown="changed")
    learned: bool = option("", read_flag, True, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The sum with a tensor that the model holds, or the difference to a fixed one."""
        options = broadcast.read_call(call)
        wrong = call.operator == "sub" and (call.tensors[0] not in call.values)
        if not options or wrong or call.arguments.get("alpha", 1) != 1:
            return None
        return None if call.operator == "sub" and options["learned"] else options

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Biases (C, 1, 1), (C, H, W), (1) or ()."""
        (volume,) = inputs
        shift = ops.shift_by_parameter if self.learned else ops.shift
        operators = shift(
            volume.elements, autocast=broadcast.autocast_type(self.over, self.learned)
        )
        facts = LayerFacts(volume, volume.elements, operators=operators)
        return broadcast.with_tensor(facts, "bias", self.over, self.learned, BIAS)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A module of its own."""
        kind = "Bias" if self.learned else "FixedBias"
        size = broadcast.tensor_shape(self.over, output)
        return broadcast.module_code(
            kind, "Values plus weights.", "x + self.weight", "zeros(size)", size
        )


LAYER = Bias
