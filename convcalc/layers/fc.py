"""Fully connected layer."""

from collections.abc import Iterator
from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter
from convcalc.facts.shape import Shape, Vector, vector
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ROWS, Code, CodeArgument, module_code
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import Assumption, Context, Layer, Options
from convcalc.layers.conv import Conv


class FullyConnected(Layer):
    """K neurons that see the whole input; a volume is flattened first (notes, 2.4)."""

    keyword: ClassVar[str] = "FC"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"linear": {}, "dense": {}}
    numbered_in: ClassVar[str] = "network"
    pooled_instead: ClassVar[str] = "gap"
    computes: ClassVar[tuple[str, ...]] = ("linear",)

    out_features: int = opt.option("K units filters out features out_channels", opt.count)
    bias: bool = opt.option("use_bias", opt.read_flag, True, shown="changed")

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """4096 hidden units as in AlexNet and VGG, 1000 classes as in ImageNet."""
        if "out_features" in given:
            return
        if context.last:
            units = context.default("classes")
            yield "out_features", units, f"the last FC has {units} units"
        else:
            units = context.default("hidden")
            yield "out_features", units, f"hidden FC layers have {units} units"

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Weights are (K, values that a neuron sees); None along the last axis of a volume."""
        volume = call.output.volume
        if volume is not None and not isinstance(volume, Vector):
            return None
        return {
            "out_features": call.arguments["weight"].shape[0],
            "bias": call.has_argument("bias"),
        }

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (K, W*H*D): a convolution with F = W, P = 0, S = 1 (notes, 2.5)."""
        (volume,) = inputs
        output = vector(self.out_features, volume)
        weight = Parameter("weight", (self.out_features, volume.elements))
        bias = Parameter("bias", (self.out_features,), BIAS)
        return LayerFacts(
            output,
            output.elements,
            parameters=(weight, bias) if self.bias else (weight,),
            macs=weight.elements,
            operators=self._torch_operators(volume),
            windows=sliding.whole_input(volume),
        )

    def as_convolution(self, volume: Shape) -> Layer | None:
        """F = W, P = 0, S = 1 and as many filters as neurons (notes, 2.5)."""
        once = tuple(1 for _ in volume.sides)
        none = tuple(0 for _ in volume.sides)
        return Conv(
            out_channels=self.out_features,
            kernel_size=volume.sides,
            stride=once,
            padding=none,
            dilation=once,
            bias=self.bias,
        )

    def weights_filled_in(self, volume: Shape, output: Shape) -> str:
        """(W*H*D)*K: every neuron sees everything."""
        return f"({'*'.join(map(str, volume))})*{self.out_features}"

    def _torch_operators(self, volume: Shape) -> ops.Operators:
        if volume.positions == 1:
            return ops.linear(self.out_features, 1 + self.bias)
        return ops.view() + ops.linear(self.out_features, 1 + self.bias, operand=-1)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.Linear on rows."""
        return module_code(
            "Linear",
            CodeArgument("in_features", inputs[0].elements),
            CodeArgument("out_features", self.out_features),
            CodeArgument("bias", self.bias, True),
            takes=ROWS,
            gives=ROWS,
        )


LAYER = FullyConnected
