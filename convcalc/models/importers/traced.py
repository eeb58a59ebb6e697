"""A model as a tracer hands it over."""

from collections.abc import Callable
from typing import Any, NamedTuple

from convcalc.facts.setup import TRAIN
from convcalc.facts.torch_calls import Tensor, TracedCall

NEXT = -1  # until the value is made anew
COUNTER = "num_batches_tracked"  # a buffer of norms, which counts their steps


class Lifetime(NamedTuple):
    """How long Python holds what an operator has made, beyond its last use.

    Positions count the trace's operators.
    """

    values: tuple[str, ...]  # names of those that live in one storage
    made: int
    last_use: int
    until: int


class Traced(NamedTuple):
    """Calls in the order in which they run."""

    name: str  # of the network
    source: str  # as the user wrote it
    input: Tensor
    calls: list[TracedCall]
    outputs: list[str]  # names of values
    kinds: dict[str, str]  # classes of the modules, by path
    assumed: tuple[str, ...] = ()  # in sentences
    parameters: dict[str, int] = {}  # noqa: RUF012 - never written to; elements of the model's
    more: tuple[Tensor, ...] = ()  # inputs behind the first
    buffers: frozenset[str] = frozenset()  # names of the model's
    unused: tuple[Tensor, ...] = ()  # the model's own, of which no result is made
    positions: dict[str, int] = {}  # noqa: RUF012 - never written to; of values' operators
    lifetimes: tuple[Lifetime, ...] = ()
    again: tuple[tuple[int, int], ...] = ()  # first and last position of what is checkpointed
    observe: Callable[[], dict[str, Any]] | None = None  # runs it, and tells of every call
    # Results that nothing takes: another result of the same operator, and which one it is.
    untaken: dict[str, tuple[str, int]] = {}  # noqa: RUF012 - never written to
    mode: str = TRAIN  # in which its code has run

    @property
    def given(self) -> tuple[Tensor, ...]:
        """All inputs."""
        return (self.input, *self.more)


def plain_attributes(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes of a module that are numbers, words, or lists of these."""
    return {
        name: value
        for name, value in attributes.items()
        if not name.startswith("_") and isinstance(value, int | float | str | tuple | list)
    }
