"""Pixels laid out as channels."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.facts.window import Window
from convcalc.layers._base import Layer, Options, flat_only
from convcalc.layers._options import count, option


class PixelUnshuffle(Layer):
    """A square of r*r pixels of a channel becomes r*r channels, the reverse of PIXELSHUFFLE."""

    keyword: ClassVar[str] = "PIXELUNSHUFFLE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"space_to_depth": {}}
    computes: ClassVar[tuple[str, ...]] = ("pixel_unshuffle",)

    downscale_factor: int = option("factor r", count, 2)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The side of the square."""
        return {"downscale_factor": call.arguments["downscale_factor"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Squares that do not overlap; the values only change places: 0 activations."""
        (volume,) = inputs
        if len(volume.sides) != 2:
            return flat_only(volume, "pixel unshuffle")
        r = self.downscale_factor
        window = Window(r, r)
        sides = (window.output(volume.width), window.output(volume.height))
        output = Shape(*sides, volume.channels * r**2)
        operators = ops.new_copy(output.elements)
        return LayerFacts(output, 0, windows=(window, window), operators=operators)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.PixelUnshuffle."""
        return module_code(
            "PixelUnshuffle", CodeArgument("downscale_factor", self.downscale_factor)
        )


LAYER = PixelUnshuffle
