"""A node with what its inputs tell about it: facts, and what it sees of the image.

Receptive fields follow Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks" (2019): the field grows by (extent - 1) jumps, the jump is
multiplied by the stride, the start moves by the padding; at a merge the largest counts.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Union

from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.window import Window
from convcalc.network.graph import Node

if TYPE_CHECKING:
    from fractions import Fraction

Pixels = Union[int, "Fraction"]


class Field(NamedTuple):
    """What one output sees along an axis, in input pixels: size, distance, first pixel."""

    size: Pixels = 1
    jump: Pixels = 1
    start: Pixels = 0

    def behind_window(self, window: Window, scale: Pixels = 1) -> "Field":
        """The field behind a window; `scale` is how many outputs share one step of it."""
        start = self.start - window.padding * self.jump
        size = self.size + (window.extent - 1) * self.jump
        jump = self.jump * window.stride
        return Field(size, jump if scale == 1 else _divided_jump(jump, scale), start)


def largest_field(fields: Sequence[Field]) -> Field:
    """The field behind a merge: whatever one of the branches sees."""
    size = max(field.size for field in fields)
    return Field(size, max(field.jump for field in fields), min(field.start for field in fields))


def _divided_jump(jump: Pixels, scale: Pixels) -> Pixels:
    from fractions import Fraction  # only upsampling needs it

    value = Fraction(jump) / scale
    return int(value) if value.denominator == 1 else value


class Walked(NamedTuple):
    """A node with what its inputs tell about it."""

    node: Node
    facts: LayerFacts
    fields: tuple[Field, ...]  # along each axis

    @property
    def width(self) -> Field:
        """What it sees along the first axis."""
        return self.fields[0]

    @property
    def height(self) -> Field:
        """What it sees along the second axis, where there is one."""
        return self.fields[1]

    @property
    def field_sizes(self) -> tuple[Pixels, ...]:
        """Input pixels that one output sees, along each axis."""
        return tuple([field.size for field in self.fields])

    @property
    def jumps(self) -> tuple[Pixels, ...]:
        """Input pixels from one output to the next, along each axis."""
        return tuple([field.jump for field in self.fields])

    @property
    def name(self) -> str:
        """The layer's name."""
        return self.node.name

    @property
    def inputs(self) -> tuple[int, ...]:
        """Indices of the nodes that it takes."""
        return self.node.inputs

    @property
    def scope(self) -> tuple[str, ...]:
        """Names of the blocks around it, outermost first."""
        return self.node.scope

    @property
    def shares(self) -> int | None:
        """The node whose parameters it uses, if they are not its own."""
        return self.node.shares

    @property
    def trainable(self) -> bool:
        """Whether its parameters are learned."""
        return self.node.trainable
