"""Layer normalisation."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ROWS, Code, CodeArgument, module_code
from convcalc.layers._base import AXES, Layer, Options
from convcalc.layers._options import one_word, option, read_flag


class LayerNorm(Layer):
    """Normalisation of each image by itself, over the channels of a position or over all.

    Source: Ba, Kiros and Hinton, "Layer Normalization"; over the channels as in ConvNeXt.
    """

    keyword: ClassVar[str] = "LAYERNORM"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "layernormalization": {},
        "layernorm2d": {AXES: 2},
        "ln": {},
    }
    computes: ClassVar[tuple[str, ...]] = ("layer_norm",)

    over: str = option("", one_word("channels", "volume"), "channels", shown="changed")
    affine: bool = option("elementwise_affine", read_flag, True, shown="changed")

    @property
    def sees_whole_image(self) -> bool:
        """Over the volume, the statistics are the whole image's."""
        return self.over == "volume"

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Over what its shape says: the channels of a position, or the whole volume."""
        volume, shape = call.values[0].shape, tuple(call.arguments["normalized_shape"])
        if call.has_argument("weight") != call.has_argument("bias"):
            return None
        options = {"affine": call.has_argument("weight")}
        if shape == volume[1:] and len(volume) > 2:
            return {"over": "volume", **options}
        rows = set(volume[2:]) <= {1} or call.values[0].channels_last
        return options if rows and shape == volume[1:2] else None

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """A scale and a shift for each channel, or for each value of the volume."""
        (volume,) = inputs
        shape: tuple[int, ...] = (volume.channels,)
        if self.over == "volume":
            shape = volume[::-1]
        learned = (Parameter("weight", shape), Parameter("bias", shape, BIAS))
        rows = 1 if self.over == "volume" else volume.positions
        return LayerFacts(
            volume,
            volume.elements,
            parameters=learned if self.affine else (),
            operators=ops.layer_norm(
                volume.elements,
                rows,
                2 * self.affine,
                channels_last=self.over == "channels" and rows > 1,
            ),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.LayerNorm, over the volume or over the channels of each position."""
        affine = CodeArgument("elementwise_affine", self.affine, True)
        if self.over == "volume":
            size = output[::-1]
            return module_code("LayerNorm", CodeArgument("normalized_shape", size), affine)
        channels = CodeArgument("normalized_shape", output.channels)
        if inputs[0].positions == 1:
            return module_code("LayerNorm", channels, affine, takes=ROWS, gives=ROWS)
        places = range(1, len(output.sides) + 1)
        to_last = (0, *(place + 1 for place in places), 1)
        back = (0, len(output.sides) + 1, *places)
        call = f"{{self}}({{0}}.permute{to_last}).permute{back}"
        return module_code("LayerNorm", channels, affine, call=call)


LAYER = LayerNorm
