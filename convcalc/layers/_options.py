"""Hyperparameters of a layer: how they are spelled, what values they take."""

import dataclasses
from collections.abc import Callable
from typing import Any

from convcalc.facts.units import as_written

REQUIRED: Any = dataclasses.MISSING
Sizes = tuple[int, ...]
SAME = "same"
LARGEST_REAL = 1e30  # JSON knows no infinity


def option(
    spellings: str, kind: Callable[[object], Any], default: Any = REQUIRED, *, shown: str = "always"
) -> Any:
    """A dataclass field that patterns and YAML can set.

    `spellings` are the names besides the field's own: the notes' letter first, then
    Keras's and other frameworks'. `kind` turns what was written into the value or raises
    ValueError in the user's words. `shown` in the table: "always", "changed" or "never".
    """
    metadata = {"spellings": tuple(spellings.split()), "kind": kind, "shown": shown}
    return dataclasses.field(default=default, metadata=metadata)


def whole_number(least: int) -> Callable[[object], int]:
    """An integer of at least `least`."""

    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"must be an integer, not `{as_written(value)}`")
        if value < least:
            raise ValueError(f"must be at least {least}, not {value}")
        return value

    return convert


count = whole_number(1)
non_negative = whole_number(0)


def sizes_along_axes(least: int) -> Callable[[object], Sizes]:
    """A size an axis, `3x5`, or one integer, `(3,)`, which holds along every axis."""
    number = whole_number(least)

    def convert(value: object) -> Sizes:
        if isinstance(value, tuple):
            return tuple(map(number, value))
        if isinstance(value, int) and not isinstance(value, bool):
            return (number(value),)
        raise ValueError(
            f"must be an integer or a size such as 3x5 (width x height), not `{as_written(value)}`"
        )

    return convert


size = sizes_along_axes(1)
shift = sizes_along_axes(0)


def read_padding(value: object) -> Sizes | str:
    """Zeros on each side: an integer, `3x5`, or `same` for d(F - 1)/2."""
    if value == SAME:
        return SAME
    if isinstance(value, str):
        raise ValueError(
            f"must be an integer, a size such as 1x2 or `same`, not `{as_written(value)}`"
        )
    return shift(value)


def read_flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        hint = "; write true or false" if str(value).lower() in ("yes", "no", "on", "off") else ""
        raise ValueError(f"must be true or false, not `{as_written(value)}`{hint}")
    return value


def real_number(value: object) -> float:
    """A number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"must be a number, not `{as_written(value)}`")
    if abs(value) > LARGEST_REAL:
        raise ValueError(f"must be at most {LARGEST_REAL:g}")
    return float(value)


def read_fraction(value: object) -> float:
    """A number from 0 up to and including 1."""
    number = real_number(value)
    if not 0 <= number <= 1:
        raise ValueError(f"must be from 0 to 1, not {as_written(value)}")
    return number


def one_word(*choices: str, **synonyms: str) -> Callable[[object], str]:
    """One of a few words, or a synonym of one."""

    def convert(value: object) -> str:
        text = str(value).lower()
        text = synonyms.get(text, text)
        if text not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}, not `{as_written(value)}`")
        return text

    return convert


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
    raise ValueError(
        f"has {len(value)} sizes, `{as_written(value)}`, but its input has {axes} "
        f"{'axes' if axes > 1 else 'axis'}"
    )
