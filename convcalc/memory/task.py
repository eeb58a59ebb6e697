"""Operators ready to run, over numbered values, with sizes in bytes."""

from typing import NamedTuple

from convcalc.facts import operators as op
from convcalc.memory.recording import Replay


class Way(NamedTuple):
    """How the gradient of an operand arises, in bytes.

    `made` is the tensor that backward makes (0: the output's gradient is handed on, or
    sliced), `final` what it becomes by a sum or a cast (0: it stays); `between` is the sum
    where it is both.
    """

    value: int
    made: int
    final: int = 0
    between: int = 0
    dense: bool = True
    scratch: tuple[int, ...] = ()  # temporaries meanwhile
    copied: bool = False  # into the order of the parameter, when it becomes its .grad


class Task:
    """One operator, ready to run: operands and results are numbers of values."""

    __slots__ = (
        "convolution",
        "dead_end",
        "extras",
        "held",
        "last_first",
        "node",
        "operands",
        "output",
        "parts",
        "positions",
        "product",
        "replay",
        "result",
        "results",
        "saves",
        "size",
        "taken",
        "ways",
    )

    def __init__(self, node: int, operands: tuple[int, ...], output: int, size: int) -> None:
        self.node = node
        self.operands = operands
        self.output = output
        self.size = size  # bytes of the result
        self.held: tuple[int, ...] = ()  # values that a Python variable holds meanwhile
        self.result: op.ResultPlace = op.NEW
        self.parts: tuple[int, ...] = ()
        self.positions = -1  # the value of an extra that another task takes: of maxima
        self.results: tuple[int, ...] = (output,)  # all values that it makes
        self.extras: tuple[tuple[int, str, bool, bool], ...] = ()  # bytes, kind, saved, first
        self.saves: tuple[int, ...] = ()  # values
        self.ways: tuple[Way, ...] = ()  # in the order of computation; none: no backward
        self.taken: dict[str, int] = {}  # the operands by what a record calls them
        self.replay: Replay | None = None  # runs as it was observed
        self.dead_end = False  # whether its graph leads to no loss, and goes with its variables
        self.product = False  # whether cuBLAS works on it
        self.convolution: op.ConvolutionKind = op.NO_CONVOLUTION  # how cuDNN works on it
        self.last_first = False  # whether that is from the last operand to the first

    @property
    def has_graph(self) -> bool:
        """Whether autograd makes a node for it, which keeps what is saved."""
        return bool(self.ways) or self.dead_end

    @property
    def saves_what_it_makes(self) -> bool:
        """Whether the operator must run before everything that it saves exists."""
        return self.output in self.saves or any(
            kept and not first for _, _, kept, first in self.extras
        )


class Values:
    """Elements, bytes of each, and need of a gradient, by number of the value."""

    __slots__ = ("bases", "channels_last", "counts", "items", "layouts", "needs", "permanent")

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.layouts: dict[int, op.Layout] = {}  # of views that do not lie WHOLE
        self.channels_last: set[int] = set()  # that lie as N, H, W, C
        # Of views: the values whose storage they show, which gradients go to, and their bytes.
        self.bases: dict[int, tuple[int, int]] = {}
        self.items: list[int] = []
        self.needs: list[bool] = []
        self.permanent = 0  # the first values are the images and parameters

    def new_value(self, count: int, item: int, needs: bool) -> int:
        """Number a value of `count` elements for the whole batch, `item` bytes each."""
        self.counts.append(count)
        self.items.append(item)
        self.needs.append(needs)
        return len(self.counts) - 1

    def size_of(self, value: int) -> int:
        """Bytes of a value."""
        return self.counts[value] * self.items[value]
