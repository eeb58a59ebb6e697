"""The size of a volume of neurons."""

from collections.abc import Sequence
from math import prod
from operator import itemgetter
from typing import Self

# What the axes are called, by how many there are; a size is written in this order.
AXES = {1: ("length",), 2: ("width", "height"), 3: ("width", "height", "frames")}
# What a position along each axis is called.
UNITS = {1: ("samples",), 2: ("pixels", "pixels"), 3: ("pixels", "pixels", "frames")}
MOST_AXES = max(AXES)
CHANNELS = "channels"
_OPTIONS = {axes + 1: (*names, CHANNELS) for axes, names in AXES.items()}
# How a size is written, in the notes' words.
SIZES = "length x depth, width x height x depth or width x height x frames x depth"


class Shape(tuple[int, ...]):
    """Sizes along one to three axes, width first, then channels: elements for one image.

    `Shape(224, 224, 3)` is width x height x channels, `Shape(16000, 1)` length x channels,
    `Shape(112, 112, 16, 3)` width x height x frames x channels.
    """

    __slots__ = ()

    def __new__(cls, *sizes: int) -> Self:
        """The sizes in the order in which they are written."""
        return tuple.__new__(cls, sizes)

    def __getnewargs__(self) -> tuple[int, ...]:
        """For copies and pickles: the same again."""
        return tuple(self)

    width = property(itemgetter(0), doc="The size along the first axis.")
    height = property(itemgetter(1), doc="The size along the second of two or three axes.")
    channels = property(itemgetter(-1), doc="The depth.")

    @property
    def sides(self) -> tuple[int, ...]:
        """The sizes along the axes, without the channels."""
        return self[:-1]

    @property
    def axes(self) -> tuple[str, ...]:
        """What the axes are called."""
        return AXES[len(self) - 1]

    @property
    def positions(self) -> int:
        """Places of a slice: width times height."""
        return prod(self[:-1])

    @property
    def elements(self) -> int:
        """Values in the volume, for one image."""
        return prod(self)

    @property
    def in_torch(self) -> tuple[int, ...]:
        """PyTorch's order without the batch: channels, then the last axis first."""
        return self[::-1]

    @property
    def options(self) -> dict[str, int]:
        """The sizes by the names of the axes, and the channels."""
        return dict(zip(_OPTIONS[len(self)], self, strict=True))

    def with_channels(self, channels: int) -> Self:
        """The same positions with another depth."""
        return self.__class__(*self[:-1], channels)

    def with_sides(self, *sides: int) -> "Shape":
        """Other sizes along the axes with the same depth."""
        return Shape(*sides, self[-1])

    def __str__(self) -> str:
        return "x".join(map(str, self))


class Vector(Shape):
    """Values without axes, as behind a fully connected layer: every side is 1."""

    __slots__ = ()

    @property
    def in_torch(self) -> tuple[int, ...]:
        """The number of values."""
        return self[-1:]


def join_words(words: Sequence[str]) -> str:
    """Words as a sentence lists them: `width`, `width and height`, `width, height and frames`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def join_some(words: Sequence[str], most: int = 2) -> str:
    """The same of the first, with how many are left out."""
    rest = [f"{len(words) - most + 1} more"] if len(words) > most else []
    return join_words([*words[: most - 1], *rest] if rest else words)


def vector(elements: int, like: Shape) -> Vector:
    """So many values, in a network of as many axes as another volume has."""
    return Vector(*[1] * (len(like) - 1), elements)


def align_rows(shapes: tuple[Shape, ...]) -> tuple[Shape, ...]:
    """Sizes that one layer takes, with as many axes as the volume among them has.

    Rows of values, and volumes of one position, are the same whatever they come from: behind
    Conv1d and behind Conv2d. Among themselves they have as many axes as the first.
    """
    if len(set(map(len, shapes))) < 2:
        return shapes
    like = next((shape for shape in shapes if shape.positions > 1), shapes[0])
    ones = [1] * (len(like) - 1)
    return tuple(
        shape.__class__(*ones, shape.channels)
        if len(shape) != len(like) and shape.positions == 1 and not isinstance(shape, TensorShape)
        else shape
        for shape in shapes
    )


class TensorShape(Shape):
    """A tensor that is no volume: sizes in PyTorch's order without the batch.

    Where a layer asks for a volume it is a row of all its values.
    """

    sizes: tuple[int, ...]

    def __eq__(self, other: object) -> bool:
        """Tensors of as many values differ where their sizes do."""
        return tuple.__eq__(self, other) is True and getattr(other, "sizes", None) == self.sizes

    def __ne__(self, other: object) -> bool:
        """Tuples have an own rule for it."""
        return not self == other

    __hash__ = Shape.__hash__

    @property
    def in_torch(self) -> tuple[int, ...]:
        """Its own sizes."""
        return self.sizes

    @property
    def options(self) -> dict[str, int]:
        """It has no axes with names."""
        return {}

    def __str__(self) -> str:
        return "x".join(map(str, self.sizes)) or "1"


def shape_of_sizes(sizes: tuple[int, ...], axes: int) -> Shape:
    """The shape that PyTorch's sizes without the batch are in a network of so many axes."""
    if len(sizes) == axes + 1:
        return Shape(*sizes[::-1])
    if len(sizes) == 1:
        return Vector(*[1] * axes, sizes[0])
    made = TensorShape(*[1] * axes, prod(sizes))
    made.sizes = sizes
    return made
