"""A node with what its inputs tell about it: facts, and what it sees of the image.

Receptive fields follow Araujo, Norris and Sim, "Computing Receptive Fields of
Convolutional Neural Networks" (2019): the field grows by (extent - 1) jumps, the jump is
multiplied by the stride, the start moves by the padding; at a merge the branches' union counts.

Behind upsampling a window may lie within one coarse cell or across several: what an output sees
depends on its position, and the same again some positions further on. There a field lists the
pixels of each position of that period, and its size is the largest.
"""

from collections.abc import Sequence
from math import gcd, lcm
from typing import TYPE_CHECKING, NamedTuple, Union

from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.window import Window
from convcalc.network.graph import Node

if TYPE_CHECKING:
    from fractions import Fraction

    from convcalc.facts.reading import Reading

Pixels = Union[int, "Fraction"]
Span = tuple[Pixels, Pixels]  # first pixel, and the one behind the last
LONGEST_PERIOD = 4096  # positions: beyond it, outputs are taken to lie evenly


class Field(NamedTuple):
    """What one output sees along an axis, in input pixels: size, distance, first pixel."""

    size: Pixels = 1
    jump: Pixels = 1
    start: Pixels = 0
    spans: tuple[Span | None, ...] = ()  # of a period of positions that differ; () if none do

    def through(self, reading: "Reading", outputs: int) -> "Field":
        """The field behind a layer, of whose outputs there are so many."""
        if not self.spans and isinstance(reading, Window):
            start = self.start - reading.padding * self.jump
            size = self.size + (reading.extent - 1) * self.jump
            return Field(size, self.jump * reading.stride, start)
        if outputs < 1:
            return self  # behind what is empty nobody sees anything
        inputs, steps = reading.rate
        jump = _divided(self.jump * inputs, steps)
        period = len(self.spans) or 1
        length = steps * period // gcd(inputs, period)
        if length > LONGEST_PERIOD:
            read = reading.inputs_of(0)
            return Field(self.size + max(0, read[-1] - read[0] if read else 0) * self.jump, jump,
                         self.start + (read[0] if read else 0) * self.jump)  # fmt: skip
        spans = [self._seen(reading.inputs_of(position)) for position in range(length)]
        return _of_spans(spans, jump, outputs)

    def _seen(self, inputs: range) -> Span | None:
        """What is seen through inputs at these positions."""
        most = len(self.spans) + 1  # then every position of a period was there
        ends = inputs if len(inputs) <= 2 * most else (*inputs[:most], *inputs[-most:])
        return _union([self.span_at(position) for position in ends])

    def span_at(self, position: int) -> Span | None:
        """What the output at a position sees; None where that is nothing."""
        if not self.spans:
            start = self.start + position * self.jump
            return start, start + self.size
        rounds, place = divmod(position, len(self.spans))
        span, shift = self.spans[place], rounds * len(self.spans) * self.jump
        return (span[0] + shift, span[1] + shift) if span else None


def union_of(fields: Sequence[Field], outputs: int) -> Field:
    """The field behind a merge: whatever one of the branches sees."""
    first = fields[0]
    if len(fields) == 1 or (not first.spans and fields.count(first) == len(fields)):
        return first
    jump = max(field.jump for field in fields)
    length = lcm(*[len(field.spans) or 1 for field in fields])
    if length > LONGEST_PERIOD or any(field.jump != jump for field in fields):
        size = max(field.size for field in fields)
        return Field(size, jump, min(field.start for field in fields))
    spans = [_union([field.span_at(position) for field in fields]) for position in range(length)]
    return _of_spans(spans, jump, outputs)


def _of_spans(spans: list[Span | None], jump: Pixels, outputs: int) -> Field:
    sizes = [span[1] - span[0] for span in spans[: max(1, outputs)] if span]
    start = next((span[0] for span in spans if span), 0)
    return Field(max(sizes, default=0), jump, start, tuple(spans) if len(spans) > 1 else ())


def _union(spans: list[Span | None]) -> Span | None:
    seen = [span for span in spans if span]
    return (min(a for a, _ in seen), max(b for _, b in seen)) if seen else None


def _divided(jump: Pixels, steps: int) -> Pixels:
    if steps == 1:
        return jump
    from fractions import Fraction  # only upsampling needs it

    value = Fraction(jump) / steps
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
