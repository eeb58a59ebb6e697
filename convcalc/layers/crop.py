"""A part of a volume's width and height."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import Pair, option, shift
from convcalc.layers._options import size as size_option


@dataclass(frozen=True)
class Crop(Layer):
    """A window cut out, to a size or to the size of a second input.

    U-Net and FCN crop their skips: `crop: {from: [conv4, up1]}` cuts `conv4` to the width
    and height of `up1`. `offset` counts the columns and rows in front that go; without it
    the window is in the middle, or half a step before it.
    """

    keyword: ClassVar[str] = "CROP"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"centercrop": {}, "center_crop": {}}
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    valued: ClassVar[int | None] = 1

    computes: ClassVar[tuple[str, ...]] = ("crop",)

    size: Pair | None = option("output_size", size_option, None, shown="changed")
    offset: Pair | None = option("", shift, None, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The window in the middle needs no offset."""
        volume, output = call.values[0].volume, call.output.volume
        if volume is None or output is None:
            return None
        left = (volume.width - output.width, volume.height - output.height)
        offset = call.pair_argument("offset")
        middle = offset == (left[0] // 2, left[1] // 2)
        return {"size": (output.width, output.height), "offset": None if middle else offset}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Only a view of values that exist: 0 activations."""
        volume = inputs[0]
        width, height = self.size or (inputs[-1].width, inputs[-1].height)
        output = Shape(min(width, volume.width), min(height, volume.height), volume.channels)
        left = (volume.width - output.width, volume.height - output.height)
        offset = self.offset or (left[0] // 2, left[1] // 2)
        return LayerFacts(
            output,
            0,
            windows=(_cut_window(offset[0], left[0]), _cut_window(offset[1], left[1])),
            operators=ops.crop(volume, output),
            problems=self._outside_problems(inputs, (width, height)),
        )

    def _outside_problems(self, inputs: tuple[Shape, ...], size: Pair) -> tuple[Problem, ...]:
        volume, offset = inputs[0], self.offset or (0, 0)
        most = (volume.width - offset[0], volume.height - offset[1])
        if size[0] <= most[0] and size[1] <= most[1]:
            return ()
        message = f"cannot cut {as_written(size)} out of {volume}"
        if any(offset):
            message += f", {as_written(offset)} from its corner"
        hint = f"at most {as_written(most)}" if min(most) > 0 else "write a smaller offset"
        operands = (0, 1) if len(inputs) == 2 else ()
        return (Problem("crop", message, hint, "size", operands),)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A slice of the rows and the columns."""
        volume = inputs[0]
        left = (volume.width - output.width, volume.height - output.height)
        across, down = self.offset or (left[0] // 2, left[1] // 2)
        rows, columns = f"{down}:{down + output.height}", f"{across}:{across + output.width}"
        return Code(f"{{0}}[:, :, {rows}, {columns}]")


def _cut_window(offset: int, left: int) -> Window:
    """A window of one element over all but `offset` elements in front and the rest behind."""
    return Window(1, padding=-offset, padding_end=offset - left)


LAYER = Crop
