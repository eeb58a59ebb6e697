"""The images."""

from collections.abc import Iterator
from typing import Any, ClassVar, Self

from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import AXES, CHANNELS, Shape, Vector
from convcalc.layers._base import Assumption, Context, Layer
from convcalc.layers._options import count, non_negative, option

NAMES = ("length", "width", "height", "frames")
MOST_OF_IMAGES = 4  # channels
LEAST_SOUND = 8_000  # samples, of a second of telephone's sound
_KNOWN = "write length, or width and height, with frames for a third axis"


class Input(Layer):
    """The volume that a network starts from; the batch of images is the notes' third source."""

    keyword: ClassVar[str] = "INPUT"
    inputs: ClassVar[tuple[int, int | None]] = (0, 0)
    declares_size: ClassVar[bool] = True
    numbered_in: ClassVar[str] = "once"

    length: int | None = option("L", count, None, shown="never")
    width: int | None = option("W", count, None, shown="never")
    height: int | None = option("H", count, None, shown="never")
    frames: int | None = option("", count, None, shown="never")
    channels: int = option("D depth", count, 1, shown="never")
    vector: int = option("", non_negative, 0, shown="never")  # values without axes, among so many

    def check_options(self) -> None:
        """Axes that a volume has together."""
        given = self._names
        if self.vector and not given:
            return
        if given not in AXES.values():
            raise ValueError(f"an input has no {' and '.join(given)} alone: {_KNOWN}")

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """224x224x3, the size of an ImageNet crop; a square where one side is given."""
        *_, channels = context.input
        if given.get("vector"):
            return
        if not given:
            sentence = f"INPUT is {context.input}"
            for name, size in context.input.options.items():
                yield name, size, sentence
            return
        if "length" not in given:
            known = context.input.options
            width, height = known.get("width", 224), known.get("height", 224)
            if "width" not in given:
                side = given.get("height", width)
                yield "width", side, f"INPUT is {side} wide"
            if "height" not in given:
                side = given.get("width", height)
                yield "height", side, f"INPUT is {side} high"
        if "channels" not in given:
            yield "channels", channels, f"INPUT has {channels} channels"

    @property
    def axes(self) -> int:
        """Sizes without the channels."""
        return self.vector or len(self._names)

    def beside(self, axes: int) -> Self:
        """Values without axes count as one position of a volume of as many as the first has."""
        return self.with_options(vector=axes) if self.vector else self

    def hyperparameters(self) -> dict[str, Any]:
        """The sizes."""
        return {name: size for name, size in super().hyperparameters().items() if name != "vector"}

    def resized(self, size: Shape) -> Self:
        """An input of another size, along the same axes."""
        if self.vector:
            raise ValueError(f"the network takes a row of {self.channels} values, not {size}", "")
        if self.axes != len(size) - 1:
            other, own = _axes_text(size.axes), _axes_text(self._names)
            raise ValueError(
                f"{size} is {other}, and the network takes {own}", self._same_axes(size)
            )
        options: dict[str, Any] = {**dict.fromkeys(NAMES), **size.options}
        return self.with_options(**options)

    @property
    def _names(self) -> tuple[str, ...]:
        return tuple(axis for axis in NAMES if getattr(self, axis) is not None)

    def _same_axes(self, size: Shape) -> str:
        """What may be meant by sizes along too few axes, or too many."""
        own = tuple(getattr(self, axis) for axis in self._names)
        if len(size) == len(own) and size.channels > MOST_OF_IMAGES:  # else these are the channels
            return f"write {Shape(*size, self.channels)}"
        images, *torch_order = size
        if images == 1 and len(torch_order) == len(own) + 1 and torch_order[0] == self.channels:
            return (
                f"PyTorch writes batch and channels first; here it is {Shape(*torch_order[::-1])}"
            )
        return f"write it as {Shape(*own, self.channels)} is written"

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The images themselves: no parameters, nothing to learn."""
        if self.vector:
            output: Shape = Vector(*[1] * self.vector, self.channels)
            return LayerFacts(output, output.elements)
        output = Shape(*(getattr(self, axis) for axis in self._names), self.channels)
        return LayerFacts(output, output.elements, problems=tuple(_order(output)))


def _axes_text(axes: tuple[str, ...]) -> str:
    return " x ".join((*axes, CHANNELS))


def _order(size: Shape) -> Iterator[Problem]:
    """A size that is meant as PyTorch writes it, channels first: 3x224x224, 3x16x112x112."""
    first, *_, last = size
    if len(size) == 2:
        meant = first <= 2 and last >= LEAST_SOUND
    else:
        meant = first in (1, 3) and size[-2] == last > first
    if not meant:
        return
    wide = f"{first} long" if len(size) == 2 else f"{first} wide"
    message = f"{size} is {wide} with {last} channels: sizes are {' x '.join(size.axes)} x channels"
    image = first == 1 and size[1] in (1, 3) and len(size) == 4
    what = "batch and channels" if image else "channels"
    here = Shape(*size[: 0 if image else None : -1])
    hint = f"PyTorch writes {what} first; here it is {here}"
    yield Problem("order", message, hint, severity="warning")


LAYER = Input
