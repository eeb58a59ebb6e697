"""The images."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.layers._base import Assumption, Context, Layer
from convcalc.layers._options import count, option


@dataclass(frozen=True)
class Input(Layer):
    """The volume that a network starts from; the batch of images is the notes' third source."""

    keyword: ClassVar[str] = "INPUT"
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)
    declares_size: ClassVar[bool] = True
    numbered_in: ClassVar[str] = "once"

    width: int = option("W", count, shown="never")
    height: int = option("H", count, shown="never")
    channels: int = option("D depth", count, shown="never")

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """224x224x3, the size of an ImageNet crop; a square where one side is given."""
        width, height, channels = context.input
        if not given:
            sentence = f"INPUT is {context.input}"
            yield from (("width", width, sentence), ("height", height, sentence))
            yield "channels", channels, sentence
            return
        if "width" not in given:
            side = given.get("height", width)
            yield "width", side, f"INPUT is {side} wide"
        if "height" not in given:
            side = given.get("width", height)
            yield "height", side, f"INPUT is {side} high"
        if "channels" not in given:
            yield "channels", channels, f"INPUT has {channels} channels"

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The images themselves: no parameters, nothing to learn."""
        output = Shape(self.width, self.height, self.channels)
        return LayerFacts(output, output.elements)


LAYER = Input
