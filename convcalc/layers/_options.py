"""Hyperparameters of a layer: how they are spelled, what values they take."""

from typing import Any

from convcalc.facts import kinds
from convcalc.facts.kinds import Kind, OneWord, WholeNumber
from convcalc.facts.shape import AXES, join_words
from convcalc.facts.units import as_written
from convcalc.facts.window import Ends, Padding

REQUIRED: Any = object()  # the default of an option that must be written
Sizes = kinds.Sizes
Paddings = Padding | str  # or `same`
SAME = "same"


class Option:
    """What patterns and YAML can set of a layer; its name is that of the layer's attribute.

    `spellings` are other names: the notes' letter first, then Keras's and other frameworks'.
    `kind` says which values there are. `shown` in the table: "always", "changed" or "never".
    """

    name: str

    def __init__(self, spellings: tuple[str, ...], kind: Kind, default: Any, shown: str) -> None:
        self.spellings, self.kind, self.default, self.shown = spellings, kind, default, shown

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @property
    def required(self) -> bool:
        """Whether a layer must say it."""
        return self.default is REQUIRED


def option(spellings: str, kind: Kind, default: Any = REQUIRED, *, shown: str = "always") -> Any:
    """An `Option`, typed as the values that it has in a layer."""
    return Option(tuple(spellings.split()), kind, default, shown)


count = WholeNumber(1)
non_negative = WholeNumber(0)
size = kinds.SizeAlongAxes(1)
shift = kinds.SizeAlongAxes(0)
read_padding = kinds.WordOr(SAME, shift, valid=0)  # zeros on each side; `same` is d(F - 1)/2
padding_by_end = kinds.WordOr(SAME, kinds.PaddingAlongAxes(0), valid=0)  # or on each end
read_flag = kinds.TrueOrFalse()
real_number = kinds.RealNumber()
real_or_infinite = kinds.RealOrInfinite()
read_fraction = kinds.RealNumber(0, 1)
power = kinds.NumberFrom(1)
any_text = kinds.AnyText()
one_word = OneWord
rounding = one_word("exact", "floor", "ceil")


def default_along(default: Any, value: Any) -> Any:
    """An option's default for as many axes as a value has: sizes hold along every one."""
    if isinstance(default, tuple) and isinstance(value, tuple):
        return default[:1] * len(value)
    return default


def along_axes(value: Any, axes: int) -> Any:
    """A value of sizes along axes, one of which stands for all; anything else as it is.

    Raises:
        ValueError: sizes for another number of axes.
    """
    if not isinstance(value, tuple) or len(value) == axes:
        return value
    if len(value) == 1:
        return value * axes
    if any(isinstance(each, Ends) for each in value) and not any(value[axes:]):
        return (*value, *[0] * axes)[:axes]  # ends that are not written have none
    raise ValueError(
        f"has sizes along {len(value)} axes, `{as_written(value)}`, but its input has {axes}, "
        f"{join_words(AXES[axes])}"
    )
