"""A learned factor for each channel."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import LayerFacts, Parameter
from convcalc.layers._base import Layer
from convcalc.shape import Shape


@dataclass(frozen=True)
class LayerScale(Layer):
    """Each channel times a weight of its own, at the end of ConvNeXt's blocks.

    Source: Touvron et al., "Going deeper with Image Transformers", section 2.
    """

    keyword: ClassVar[str] = "LAYERSCALE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"layer_scale": {}}

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (C, 1, 1) as torchvision has them."""
        (volume,) = inputs
        weight = Parameter("weight", (volume.channels, 1, 1))
        operators = ops.scale_by_parameter(volume.elements)
        return LayerFacts(volume, volume.elements, parameters=(weight,), operators=operators)


LAYER = LayerScale
