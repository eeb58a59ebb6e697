"""Calls of torch's operators: what readers of models hand to the layer types.

A layer type says which operators it computes (`Layer.computes`) and reads its options from
a call of one (`Layer.from_call`). Arguments go by their names in torch's schemas. Volumes
have the order N, C, H, W here whatever it is in the model; rows are (N, C).
"""

from math import prod
from typing import Any, NamedTuple

from convcalc.facts.operators import WHOLE, Layout
from convcalc.facts.operators.recorded import RecordedCall
from convcalc.facts.setup import OWN
from convcalc.facts.shape import MOST_AXES, Shape, Vector

VALUE, PARAMETER, BUFFER = "value", "parameter", "buffer"
CHANNELS_LAST = "channels_last"  # the layout of a volume whose axes are in another order
CONSTANT = "constant"  # what a model holds or writes down, and has not registered
INTO = "into"  # the argument that has what a call writes into a view of, and gives
Sizes = tuple[int, ...]


class Tensor(NamedTuple):
    """A tensor in a call: what a layer made, a parameter or buffer of the model, or a constant."""

    name: str
    shape: tuple[int, ...]  # with the batch, if it is a value
    kind: str = VALUE
    channels_last: bool = False  # permuted to N, H, W, C
    trainable: bool = True
    dtype: str = OWN  # or another letter of `setup.BYTES`
    layout: Layout = WHOLE  # WHOLE: without gaps, in the order of its axes

    @property
    def volume(self) -> Shape | None:
        """The size for one image, or None where it is neither a volume nor a row."""
        if 3 <= len(self.shape) <= MOST_AXES + 2:
            return Shape(*self.shape[:0:-1])
        return Vector(1, 1, self.shape[1]) if len(self.shape) == 2 else None

    @property
    def elements(self) -> int:
        """Values in the tensor."""
        return prod(self.shape)


class MissingArgument(KeyError):
    """A call is of another form of its operator than the one that is read."""


class Arguments(dict[str, Any]):
    """The arguments of a call by name, of which one that is missing says so."""

    def __missing__(self, name: str) -> Any:
        raise MissingArgument(name)


class TracedCall(NamedTuple):
    """An operator with its arguments; `place` is the module that it stands in."""

    operator: str
    arguments: dict[str, Any]
    output: Tensor
    place: str = ""
    word: str = ""  # what the model's file calls the operator, where it is not torch's word
    reason: str = ""  # why an operator that is read elsewhere is not read here

    @property
    def tensors(self) -> list[Tensor]:
        """All tensors among the arguments, in order; lists of them included."""
        found: list[Tensor] = []
        for argument in self.arguments.values():
            if isinstance(argument, Tensor):
                found.append(argument)
            elif isinstance(argument, (list, tuple)):
                found += [each for each in argument if isinstance(each, Tensor)]
        return found

    @property
    def values(self) -> list[Tensor]:
        """What layers made, among the tensors."""
        return [tensor for tensor in self.tensors if tensor.kind == VALUE]

    @property
    def parameters(self) -> list[Tensor]:
        """What the model learns, among the tensors."""
        return [tensor for tensor in self.tensors if tensor.kind == PARAMETER]

    @property
    def in_place(self) -> bool:
        """Whether the operator writes its result where its input was."""
        return self.operator.endswith("_")

    def has_argument(self, name: str) -> bool:
        """Whether an argument is given and not None."""
        return self.arguments.get(name) is not None

    def sizes_argument(self, name: str, default: int | Sizes = 0) -> Sizes:
        """An argument of a number an axis, width first; one number stands for all."""
        value = self.arguments.get(name)
        if value is None or value == []:
            value = default
        axes = max(1, max(len(each.shape) for each in [*self.values, self.output]) - 2)
        if isinstance(value, int):
            return (value,) * axes
        if value is default:
            return default
        return tuple(value)[::-1] if len(value) > 1 else tuple(value) * axes


Owned = tuple[tuple[int, ...], str]  # a tensor's sizes and type


class ObservedCall(NamedTuple):
    """A call as PyTorch was seen to run it, with what it is the first to take."""

    operator: str
    shape: tuple[int, ...]  # of the result, for one image
    given: str  # the size of its first input, as it is written
    record: RecordedCall
    part: int = 0  # which result, where there are several
    batch_axis: int = 0  # where the batch stands among the result's axes, or BATCH_FOLDED
    macs: int = 0  # for one image
    parameters: tuple[Owned, ...] = ()
    buffers: tuple[Owned, ...] = ()
    axes: int = 0  # of the result as a volume, where the network's volumes differ in theirs
    layout: str = "whole"  # how its result lies, or CHANNELS_LAST: a volume, as N, H, W, C

    def of_part(self, part: int, size: tuple[Sizes, int]) -> "ObservedCall":
        """The same call for another of its results, of that size and place of the batch."""
        shape, batch_axis = size
        return self._replace(shape=shape, part=part, batch_axis=batch_axis, macs=0, buffers=())
