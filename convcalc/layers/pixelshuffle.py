"""Channels laid out as pixels."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.reading import Interpolation
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.facts.window import Window
from convcalc.layers._base import Layer, Options, flat_only
from convcalc.layers._groups import uneven_problem
from convcalc.layers._options import count, option


class PixelShuffle(Layer):
    """r*r channels become a square of r*r pixels of one channel: sub-pixel convolution.

    Source: Shi et al., "Real-time single image and video super-resolution", equation 4.
    """

    keyword: ClassVar[str] = "PIXELSHUFFLE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"depth_to_space": {}}
    computes: ClassVar[tuple[str, ...]] = ("pixel_shuffle",)

    upscale_factor: int = option("factor r", count, 2)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The side of the square."""
        return {"upscale_factor": call.arguments["upscale_factor"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """r times as wide and as high; the values only change places: 0 activations."""
        (volume,) = inputs
        if len(volume.sides) != 2:
            return flat_only(volume, "pixel shuffle")
        r = self.upscale_factor
        output = Shape(volume.width * r, volume.height * r, volume.channels // r**2)
        return LayerFacts(
            output,
            0,
            windows=(Window(1), Window(1)),
            scale=(r, r),
            readings=(Interpolation(1, r), Interpolation(1, r)),
            fitted=False,
            problems=uneven_problem(volume.channels, r**2, "pixels"),
            operators=ops.new_copy(output.elements),
        )

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """Each side times r, the depth by r*r."""
        (volume,) = inputs
        r, depth = self.upscale_factor, volume.channels
        return (
            f"width {volume.width}*{r} = {volume.width * r}",
            f"height {volume.height}*{r} = {volume.height * r}",
            f"depth {depth}/{r}^2 = {depth // r**2}",
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.PixelShuffle."""
        return module_code("PixelShuffle", CodeArgument("upscale_factor", self.upscale_factor))


LAYER = PixelShuffle
