"""Options that several commands share, and what they mean."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from convcalc.answers.report import BOTH, PYTORCH, TEXTBOOK
from convcalc.cli._completion import NameIn, card_names
from convcalc.cli._help import (
    ADVANCED,
    CALCULATE,
    CARD,
    PATTERN,
    SEVERAL,
    Count,
    ShownAsNamed,
    one_at_a_time,
    option,
)
from convcalc.cli._talk import say
from convcalc.facts.setup import (
    IMPLEMENTATIONS,
    INFER,
    OPTIMIZER_STATE,
    PRESENT_RELEASE,
    RELEASES,
    SPELLINGS,
    STRATEGIES,
    TRAIN,
)
from convcalc.facts.shape import MOST_AXES, SIZES, Shape
from convcalc.facts.stack import CUDNN_VERSIONS, LOADINGS
from convcalc.facts.units import BYTES_PER_ELEMENT, is_number, parse_bytes
from convcalc.facts.window import ROUNDINGS
from convcalc.network.budget import LARGEST_BATCH, LARGEST_REAL, MOST_GPUS, MOST_MICRO_BATCHES
from convcalc.network.graph import MAX_LAYERS, Settings

if TYPE_CHECKING:
    from convcalc.cli._given import Given

    _ParamType = click.ParamType[Any]
    _Choice = click.Choice[str]
else:  # generic since click 8.3
    _ParamType = click.ParamType
    _Choice = click.Choice

MOST_CARDS = 8  # named of one size
F = TypeVar("F", bound=Callable[..., Any])


class Volume(ShownAsNamed, _ParamType):
    """A size such as 224x224x3."""

    name = "WxHxD"

    def convert(self, value: Any, param: Any, ctx: Any) -> Shape:
        """The shape, or a usage error."""
        parts = str(value).lower().replace("×", "x").strip("[] ").split("x")
        counted = 2 <= len(parts) <= MOST_AXES + 1
        if not counted or not all(map(is_number, parts)):
            self.fail(f"`{value}` is not a size such as 224x224x3 ({SIZES})")
        shape = Shape(*map(int, parts))
        if not shape.elements:
            self.fail(f"`{value}` has a side of 0")
        return shape


class Assignment(_ParamType):
    """NAME=VALUE, the value an integer, yes or no."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, int | bool]:
        """The name and its value, or a usage error."""
        name, _, text = str(value).partition("=")
        words = {"yes": True, "no": False, "true": True, "false": False}
        if text.lower() in words and name.strip():
            return name.strip(), words[text.lower()]
        if not text.strip().isdecimal() or not text.isascii() or len(text) > 10 or not name.strip():
            self.fail(f"`{value[:60]}` is not a setting such as N=3 or POOL=no")
        return name.strip(), int(text)


class ByteSize(_ParamType):
    """Bytes, such as 11GiB."""

    name = "SIZE"

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The bytes, or a usage error."""
        try:
            return parse_bytes(str(value))
        except ValueError as error:
            self.fail(str(error))


class Real(click.FloatRange):
    """A number of at least 0 that is neither infinite nor none."""

    name = "number"

    def __init__(self) -> None:
        super().__init__(0, LARGEST_REAL)

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        """The number, or a usage error; comparisons let `nan` pass."""
        number = float(super().convert(value, param, ctx))
        if number != number:
            self.fail(f"`{value}` is not a number")
        return number


class Word(_Choice):
    """One of some words, in any case, since PyTorch writes `Adam`, or as others write it."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The word, or a usage error."""
        if "," in str(value) and param is not None and param.name in SEVERAL:
            self.fail(one_at_a_time(param.name, value))
        return super().convert(SPELLINGS.get(str(value).lower(), value), param, ctx)


def choice(words: Iterable[str]) -> Word:
    """One of these words."""
    return Word(list(words), case_sensitive=False)


def is_size(value: Any) -> bool:
    """Whether a value is written as bytes with their unit."""
    try:
        parse_bytes(str(value))
    except ValueError:
        return False
    return not str(value).isdecimal()


class MemoryModel(_Choice):
    """Whose count of memory; a size is answered with the option that it is for."""

    def __init__(self) -> None:
        super().__init__([BOTH, TEXTBOOK, PYTORCH], case_sensitive=False)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The word, or a usage error."""
        if value not in self.choices and is_size(value):
            self.fail(f"{value} is a size: the limit of memory is {_budget_of(value)}")
        return super().convert(value, param, ctx)


class CardName(NameIn):
    """A card's name; a size is answered with the option that it is for."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The name, or a usage error."""
        size = f"{value}GiB" if is_number(str(value), 3) else str(value)
        if is_size(size):
            sold, what = _as_sold(size), "is a size" if size == str(value) else "is no card"
            limit = f"the limit of memory is {_budget_of(sold)}"
            self.fail(f"{value} {what}: {limit}{_of_size(sold)}")
        return super().convert(value, param, ctx)


def _budget_of(size: Any) -> str:
    """The option, as a shell takes it."""
    return f"--budget {''.join(str(size).split())}"


def _as_sold(size: str) -> str:
    """What a card has that is sold with `11GB`: 11GiB."""
    size = size.strip()
    return f"{size[:-2]}GiB" if size.lower().endswith("gb") else size


def _of_size(size: str) -> str:
    """The cards that are sold with a size of memory, as an alternative to it."""
    from convcalc.memory.cards import cards_of_size

    names = [card.name for card in cards_of_size(parse_bytes(size))]
    more = " ..." if names[MOST_CARDS:] else ""
    return f"; cards of that size: {', '.join(names[:MOST_CARDS])}{more}" if names else ""


class ContextSize(ByteSize):
    """Bytes, or auto:SPEC=SIZE: what makes a measured figure of a spec come true."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The bytes, or the spec and the bytes measured."""
        text = str(value)
        if not text.startswith("auto:"):
            return super().convert(value, param, ctx)
        spec, _, size = text[5:].rpartition("=")
        if not spec:
            self.fail("write auto:SPEC=SIZE, for example auto:mobilenet_v2=3100MiB")
        return spec, super().convert(size, param, ctx)


SET_OPTION = option(
    PATTERN,
    "--set",
    "names",
    type=Assignment(),
    multiple=True,
    help="Repeats such as N=3, or POOL=no to leave out POOL?.",
)
INPUT_OPTION = option(
    PATTERN,
    "--input",
    "input_size",
    type=Volume(),
    help="Size of the input; replaces the source's.",
)

DEFAULTS_OPTIONS = (  # what a pattern means that does not say everything
    option(ADVANCED, "--filters", type=Count(1, 2**31 - 1), default=64,
                 help="Filters of a CONV that does not say, before the first POOL.  [64]"),
    option(ADVANCED, "--hidden", type=Count(1, 2**31 - 1), default=4096,
                 help="Units of an FC that does not say, but the last.  [4096]"),
    option(ADVANCED, "--classes", type=Count(1, 2**31 - 1), default=1000,
                 help="Units of the last FC where it does not say.  [1000]"),
    option(ADVANCED, "--max-layers", type=Count(1), default=MAX_LAYERS,
                 help="Most layers a network may have.  [1,000,000]"),
    option(PATTERN, "--rounding", type=click.Choice(ROUNDINGS),
                 help="For layers that do not say what becomes of a fraction.  [exact]"),
)  # fmt: skip
PATTERN_OPTIONS = (SET_OPTION, INPUT_OPTION, *DEFAULTS_OPTIONS)

SETUP_OPTIONS = (
    option(CALCULATE, "-b", "--batch", type=Count(1, LARGEST_BATCH),
                 help="Images in a batch.  [1]"),
    option(CALCULATE, "--dtype", type=choice(BYTES_PER_ELEMENT),
                 help="Type of every value.  [float32]"),
    option(CALCULATE, "--mode", type=choice((TRAIN, INFER)),
                 help="Train the network, or only run it.  [train]"),
    option(CALCULATE, "--optimizer", type=choice(OPTIMIZER_STATE),
                 help="What it trains with; `compare` takes several.  [momentum]"),
    option(CALCULATE, "--amp/--no-amp", default=None,
                 help="Automatic mixed precision (autocast to 16 bits)."),
    option(ADVANCED, "--weight-decay", type=Real(),
                 help="Only whether it is 0 matters: it takes temporaries.  [0]"),
    option(ADVANCED, "--accumulate", type=Count(1, MOST_MICRO_BATCHES),
                 help="Micro-batches whose gradients add up before a step.  [1]"),
    option(ADVANCED, "--implementation", type=choice(IMPLEMENTATIONS),
                 help="Of the optimizer's step.  [foreach, as on CUDA]"),
    option(ADVANCED, "--torch", type=choice(RELEASES),
                 help=f"The release of PyTorch that is simulated.  [{PRESENT_RELEASE}]"),
)  # fmt: skip

# What an explanation depends on: what PyTorch keeps of the layer for the backward pass.
KEEPING_OPTIONS = tuple(SETUP_OPTIONS[place] for place in (0, 1, 2, 4))

MEMORY_OPTIONS = (
    option(CALCULATE, "--memory", type=MemoryModel(), default=BOTH,
                 help="As CS231n's notes count it, or as PyTorch uses it.  [both]"),
    option(CARD, "--gpu", type=CardName(card_names),
                 help="The card to judge by, such as 3090 or 'T4 16GB'."),
    option(ADVANCED, "--context", type=ContextSize(),
                 help="CUDA context of the process, or auto:SPEC=SIZE to work it out from what "
                 "nvidia-smi shows while SPEC runs the same way.  [the card's]"),
    option(ADVANCED, "--workspace-factor", type=Real(),
                 help="cuDNN workspaces, as a multiple of the batch's largest convolution.  "
                 "[one by one, as the card and cuDNN ask for them]"),
    option(ADVANCED, "--cuda-module-loading", type=click.Choice(LOADINGS),
                 help="How CUDA loads kernels where the training runs; eager: all at once, as "
                 "before CUDA 11.7.  [lazy]"),
    option(ADVANCED, "--cudnn", type=click.Choice([str(each) for each in CUDNN_VERSIONS]),
                 help="cuDNN's version, by which workspaces differ.  [9]"),
    option(ADVANCED, "--cudnn-benchmark/--no-cudnn-benchmark", default=None,
                 help="torch.backends.cudnn.benchmark is on: the report says what is not known."),
    option(ADVANCED, "--gpus", type=Count(1, MOST_GPUS),
                 help="GPUs that share the training, each with a batch of its own.  [1]"),
    option(ADVANCED, "--strategy", type=choice(STRATEGIES),
                 help="How they share it.  [ddp]"),
    option(ADVANCED, "--extra", type=ByteSize(),
                 help="What is kept on the card besides, such as augmented copies of the batch."),
)  # fmt: skip


def options(*groups: tuple[Callable[[F], F], ...]) -> Callable[[F], F]:
    """Add groups of options to a command, in the order that --help shows them."""

    def decorate(function: F) -> F:
        for add in reversed([each for group in groups for each in group]):
            function = add(function)
        return function

    return decorate


def settings_of(given: "Given") -> Settings:
    """What the pattern options say."""
    return Settings(
        dict(given["names"]),
        input=given.get("input_size"),
        filters=given["filters"],
        hidden=given["hidden"],
        classes=given["classes"],
        max_layers=given["max_layers"],
        mode=given.get("mode") or TRAIN,
    )


def refuse_unused(settings: Settings) -> None:
    """A `--set` that no source knows is a mistake in its name; other defaults are warned of."""
    for name in settings.names:
        if name not in settings.used:
            hint = f"; it has {', '.join(sorted(settings.asked))}" if settings.asked else ""
            raise click.UsageError(f"--set {name}: no repeat and no optional layer "
                                   f"of that name{hint}")  # fmt: skip
    context = click.get_current_context()
    for name in ("filters", "hidden", "classes"):
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in settings.used_defaults:
            say(f"warning: --{name} changes nothing: every layer that it is for says how many")
