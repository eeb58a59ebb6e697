"""A part of a volume's width and height."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import Sizes, option, shift
from convcalc.layers._options import size as size_option


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

    size: Sizes | None = option("output_size", size_option, None, shown="changed")
    offset: Sizes | None = option("", shift, None, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The window in the middle needs no offset."""
        volume, output = call.values[0].volume, call.output.volume
        if volume is None or output is None:
            return None
        offset = call.sizes_argument("offset")
        middle = offset == _middle(volume, output)
        return {"size": output.sides, "offset": None if middle else offset}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Only a view of values that exist: 0 activations."""
        volume = inputs[0]
        wanted = self.size or inputs[-1].sides
        output = volume.with_sides(*map(min, wanted, volume.sides))
        offset = self.offset or _middle(volume, output)
        return LayerFacts(
            output,
            0,
            windows=tuple(map(_cut_window, offset, volume.sides, output.sides)),
            operators=ops.crop(volume, output),
            problems=self._outside_problems(inputs, wanted),
        )

    def _outside_problems(self, inputs: tuple[Shape, ...], size: Sizes) -> tuple[Problem, ...]:
        volume = inputs[0]
        offset = self.offset or tuple(0 for _ in volume.sides)
        most = tuple(side - before for side, before in zip(volume.sides, offset, strict=True))
        if all(wanted <= room for wanted, room in zip(size, most, strict=True)):
            return ()
        message = f"cannot cut {as_written(size)} out of {volume}"
        if any(offset):
            message += f", {as_written(offset)} from its corner"
        hint = f"at most {as_written(most)}" if min(most) > 0 else "write a smaller offset"
        operands = (0, 1) if len(inputs) == 2 else ()
        return (Problem("crop", message, hint, "size", operands),)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A slice of the rows and the columns."""
        offset = self.offset or _middle(inputs[0], output)
        cuts = zip(offset[::-1], output.sides[::-1], strict=True)
        parts = ", ".join(f"{before}:{before + side}" for before, side in cuts)
        return Code(f"{{0}}[:, :, {parts}]")


def _middle(volume: Shape, output: Shape) -> Sizes:
    """What goes in front where the part in the middle stays."""
    sides = zip(volume.sides, output.sides, strict=True)
    return tuple((before - after) // 2 for before, after in sides)


def _cut_window(offset: int, before: int, after: int) -> Window:
    """A window of one element over all but `offset` elements in front and the rest behind."""
    return Window(1, padding=-offset, padding_end=offset - (before - after))


LAYER = Crop
