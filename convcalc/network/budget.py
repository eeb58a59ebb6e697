"""The `budget` of a spec or project: limits, and the setup they are meant for."""

from typing import Any, NamedTuple

from convcalc.facts.setup import (
    INFER,
    OPTIMIZER_STATE,
    RELEASES,
    SPELLINGS,
    STRATEGIES,
    TRAIN,
)
from convcalc.facts.stack import CUDNN_VERSIONS, LOADINGS
from convcalc.facts.units import BYTES_PER_ELEMENT, as_written, parse_bytes, parse_count
from convcalc.text.errors import SpecError, nearest_hint
from convcalc.text.syntax.tree import NOT_ONE, Argument

LARGEST_BATCH, MOST_MICRO_BATCHES, MOST_GPUS, LARGEST_REAL = 2**31 - 1, 1024, 2**20, 1e9


class Budget(NamedTuple):
    """Limits in bytes and elements; None where the spec does not say."""

    memory: int | None = None
    gpu: str | None = None
    parameters: int | None = None
    macs: int | None = None
    activation: int | None = None  # elements of any single layer
    batch: int | None = None
    dtype: str | None = None
    amp: bool | None = None
    mode: str | None = None
    optimizer: str | None = None
    weight_decay: float | None = None
    accumulate: int | None = None
    gpus: int | None = None
    strategy: str | None = None
    extra: int | None = None  # bytes
    cuda_module_loading: str | None = None
    cudnn: int | None = None
    cudnn_benchmark: bool | None = None
    torch: str | None = None  # its release


def read_budget(arguments: dict[str, Argument]) -> Budget:
    """A budget from what stands in a spec.

    Raises:
        SpecError: an unknown key or a value that is none.
    """
    found: dict[str, Any] = {}
    for name, argument in arguments.items():
        if name not in _KINDS:
            raise SpecError(
                f"unknown key `{name[:60]}`",
                argument.key_span or argument.span,
                nearest_hint(name, list(_KINDS)),
                path="budget",
            )
        try:
            found[name] = budget_value(name, argument.value)
        except ValueError as error:
            raise SpecError(str(error), argument.span, path=argument.path) from None
    return Budget(**found)


def budget_value(name: str, value: object) -> Any:
    """A value under one of a budget's keys, checked.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, (list, dict)):  # of TOML
        raise ValueError(f"{NOT_ONE} a {'list' if isinstance(value, list) else 'table'}")
    return _KINDS[name](value)


def _text(value: object) -> str:
    return as_written(value) if isinstance(value, bool) else str(value)


def _bytes(value: object) -> int:
    return parse_bytes(_text(value))


def _count(value: object) -> int:
    return parse_count(_text(value))


def _positive(most: int) -> Any:
    """Integers from 1 on, bounded as on the command line."""

    def convert(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise ValueError(f"must be an integer of at least 1, not `{as_written(value)}`")
        if value > most:
            raise ValueError(f"must be at most {most:,}, not `{as_written(value)}`")
        return value

    return convert


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not `{as_written(value)}`")
    return value


def _version(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in CUDNN_VERSIONS:
        known = ", ".join(map(str, CUDNN_VERSIONS))
        raise ValueError(f"must be one of {known}, not `{as_written(value)}`")
    return value


def _release(value: object) -> str:
    """A release of PyTorch; YAML and TOML read 2.13 as a number."""
    return str(_word(*RELEASES)(str(value) if isinstance(value, float) else value))


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"must be a number of at least 0, not `{as_written(value)}`")
    if value > LARGEST_REAL:
        raise ValueError(f"must be at most {LARGEST_REAL:g}, not `{as_written(value)}`")
    return float(value)


def _word(*known: str) -> Any:
    def convert(value: object) -> str:
        meant = SPELLINGS.get(str(value), value)
        if meant not in known:
            raise ValueError(f"must be one of {', '.join(known)}, not `{as_written(value)}`")
        return str(meant)

    return convert


_KINDS: dict[str, Any] = {
    "memory": _bytes,
    "gpu": _text,
    "parameters": _count,
    "macs": _count,
    "activation": _count,
    "batch": _positive(LARGEST_BATCH),
    "dtype": _word(*BYTES_PER_ELEMENT),
    "amp": _flag,
    "mode": _word(TRAIN, INFER),
    "optimizer": _word(*OPTIMIZER_STATE),
    "weight_decay": _number,
    "accumulate": _positive(MOST_MICRO_BATCHES),
    "gpus": _positive(MOST_GPUS),
    "strategy": _word(*STRATEGIES),
    "extra": _bytes,
    "cuda_module_loading": _word(*LOADINGS),
    "cudnn": _version,
    "cudnn_benchmark": _flag,
    "torch": _release,
}
KEYS = list(_KINDS)
