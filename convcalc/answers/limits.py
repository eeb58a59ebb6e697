"""What a network is held to: the command line, the spec's budget and the project, merged.

Each key comes from the first of the three that has it. The limit of memory is one thing
with two names, `memory` and `gpu`: the first that has either decides, and where it has
both, the smaller counts.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from convcalc.facts.setup import Setup
from convcalc.facts.stack import PRESENT_STACK, Stack
from convcalc.network.budget import Budget, read_budget
from convcalc.network.graph import Network
from convcalc.text.errors import ConvcalcError, Hint, SpecError
from convcalc.text.syntax.tree import Argument

if TYPE_CHECKING:
    from convcalc.memory.cards import Card


class Limits(NamedTuple):
    """A setup, and limits in bytes and elements; None where there is none."""

    setup: Setup
    gpu: str | None = None  # the card whose constants count
    memory: int | None = None
    source: str = ""  # what the limit of memory is: a card's name, or "the budget"
    origin: str = ""  # who says so, where that is not the command line
    stack: Stack = PRESENT_STACK
    parameters: int | None = None
    macs: int | None = None
    activation: int | None = None
    replaced: int | None = None  # a smaller limit of memory in the spec, bytes, that does not count

    @property
    def holder(self) -> str:
        """Whose the limit of memory is, such as `rtx-3090, from net.yaml's budget`."""
        return f"{self.source}, from {self.origin}" if self.origin else self.source


def limits_of(
    network: Network, command: Budget, project: Budget, implementation: str | None = None
) -> Limits:
    """The limits of a network.

    Raises:
        ConvcalcError: an unknown card, or a budget that is wrong by itself.
    """
    own = read_budget(network.budget)
    if own.gpu is not None:
        _refuse_unknown(own.gpu, network.budget["gpu"])
    levels = (command, own, project)
    merged = first_of(levels)
    if command.strategy is not None and (merged.gpus or 1) == 1:
        raise ConvcalcError(
            f"{command.strategy} is how several GPUs share the training, and there is one",
            Hint("say how many: --gpus N", plain="say how many"),
        )
    memory, source, level = _memory_limit(levels)
    promised = None if level else _memory_limit((own,))[0]
    return Limits(
        setup_of(merged, implementation),
        merged.gpu,
        memory,
        source,
        ("", f"{_name_of(network)} budget", "the project file")[level],
        stack_of(merged),
        merged.parameters,
        merged.macs,
        merged.activation,
        promised if promised is not None and memory is not None and promised < memory else None,
    )


def _refuse_unknown(gpu: str, argument: Argument) -> None:
    try:
        _card_limit(gpu)
    except ConvcalcError as error:
        raise SpecError(
            error.message, argument.span, error.whole_hint, path=argument.path
        ) from None


def first_of(levels: Iterable[Budget]) -> Budget:
    """Each key from the first level that has it."""
    found = (
        next((v for v in values if v is not None), None) for values in zip(*levels, strict=True)
    )
    return Budget._make(found)


def setup_of(merged: Budget, implementation: str | None = None) -> Setup:
    """The setup that a budget is meant for, with the defaults where it does not say."""
    default = Setup()
    return Setup(
        merged.batch or default.batch_size,
        merged.dtype or default.dtype,
        merged.mode or default.mode,
        merged.optimizer or default.optimizer,
        default.amp if merged.amp is None else merged.amp,
        default.weight_decay if merged.weight_decay is None else merged.weight_decay,
        merged.accumulate or default.accumulate,
        implementation or default.implementation,
        merged.gpus or default.gpus,
        merged.strategy or default.strategy,
        merged.extra or default.extra,
        merged.torch or default.torch,
    )


def stack_of(merged: Budget) -> Stack:
    """The software that a budget is meant for."""
    default = PRESENT_STACK
    return Stack(
        merged.cuda_module_loading or default.loading,
        merged.cudnn or default.cudnn,
        default.benchmark if merged.cudnn_benchmark is None else merged.cudnn_benchmark,
    )


def _name_of(network: Network) -> str:
    """The file of a network, as the owner of its budget."""
    name = network.source.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{name}'s" if name and len(name) < 80 and "\n" not in name else "its own"


def _memory_limit(levels: tuple[Budget, ...]) -> tuple[int | None, str, int]:
    """The limit, what it is of, and which level says so."""
    for number, level in enumerate(levels):
        card = _card_limit(level.gpu) if level.gpu is not None else None
        if level.memory is not None and (card is None or level.memory <= card.capacity):
            return level.memory, "the budget", number
        if card is not None:
            return card.capacity, card.name, number
    return None, "", 0


def _card_limit(name: str) -> "Card":
    from convcalc.memory.cards import find_card  # read when a card is named

    return find_card(name)
