"""The middle of a volume."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.facts import LayerFacts, Problem
from convcalc.layers._base import Layer
from convcalc.layers._options import Pair, option
from convcalc.layers._options import size as size_option
from convcalc.shape import Shape
from convcalc.window import Window


@dataclass(frozen=True)
class Crop(Layer):
    """A window cut from the middle, to a size or to the size of a second input.

    U-Net and FCN crop their skips: `crop: {from: [conv4, up1]}` cuts `conv4` to the width
    and height of `up1`. What is left over counts one more on the right and at the bottom.
    """

    keyword: ClassVar[str] = "CROP"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"centercrop": {}, "center_crop": {}}
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)

    size: Pair | None = option("output_size", size_option, None, shown="changed")

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Only a view of values that exist: 0 activations."""
        volume = inputs[0]
        width, height = self.size or (inputs[-1].width, inputs[-1].height)
        output = Shape(min(width, volume.width), min(height, volume.height), volume.channels)
        cut = (volume.width - output.width, volume.height - output.height)
        return LayerFacts(
            output,
            0,
            windows=tuple(Window(1, 1, -(c // 2), 1, c // 2 - c) for c in cut),  # type: ignore[arg-type]
            operators=ops.crop(),
            problems=_too_small(volume, width, height),
        )


def _too_small(volume: Shape, width: int, height: int) -> tuple[Problem, ...]:
    if width <= volume.width and height <= volume.height:
        return ()
    message = f"cannot cut {width}x{height} out of {volume}"
    return (Problem("crop", message, f"at most {volume.width}x{volume.height}", "size"),)


LAYER = Crop
