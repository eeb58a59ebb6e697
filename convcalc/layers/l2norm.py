"""Normalisation of each position by the length of its channels."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code
from convcalc.layers._base import Layer


class L2Norm(Layer):
    """Each position's channels divided by the root of the sum of their squares.

    SSD does so with its first map, and scales it by a `layerscale` behind.
    Source: Liu, Rabinovich and Berg, "ParseNet", section 3.3; `F.normalize(x)` in PyTorch.
    """

    keyword: ClassVar[str] = "L2NORM"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "normalize": {},
        "l2_normalize": {},
        "unit_normalization": {},
    }
    computes: ClassVar[tuple[str, ...]] = ("normalize",)

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape, in a volume of its own; nothing to learn."""
        (volume,) = inputs
        operators = ops.l2_norm(volume.elements, volume.positions)
        return LayerFacts(volume, volume.elements, operators=operators)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A function over the channels."""
        return Code("nn.functional.normalize({0})")


LAYER = L2Norm
