"""Layer normalisation."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import BIAS, LayerFacts, Parameter
from convcalc.layers._base import Layer
from convcalc.layers._options import flag, option, word
from convcalc.shape import Shape


@dataclass(frozen=True)
class LayerNorm(Layer):
    """Normalisation of each image by itself, over the channels of a position or over all.

    Source: Ba, Kiros and Hinton, "Layer Normalization"; over the channels as in ConvNeXt.
    """

    keyword: ClassVar[str] = "LAYERNORM"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "layernormalization": {},
        "layernorm2d": {},
        "ln": {},
    }

    over: str = option("", word("channels", "volume"), "channels", shown="changed")
    affine: bool = option("elementwise_affine", flag, True, shown="changed")

    @property
    def sees_whole_image(self) -> bool:
        """Over the volume, the statistics are the whole image's."""
        return self.over == "volume"

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """A scale and a shift for each channel, or for each value of the volume."""
        (volume,) = inputs
        shape: tuple[int, ...] = (volume.channels,)
        if self.over == "volume":
            shape = (volume.channels, volume.height, volume.width)
        learned = (Parameter("weight", shape), Parameter("bias", shape, BIAS))
        rows = 1 if self.over == "volume" else volume.width * volume.height
        return LayerFacts(
            volume,
            volume.elements,
            parameters=learned if self.affine else (),
            operators=ops.layer_norm(volume.elements, rows, 2 * self.affine),
        )


LAYER = LayerNorm
