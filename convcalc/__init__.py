"""convcalc: sizes, weights and GPU memory of convolutional networks, without a framework."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from convcalc.answers.report import Report, analyze
    from convcalc.network.loading import load, load_all

__version__ = "0.1.0"
__all__ = ["Report", "analyze", "load", "load_all"]

_HOMES = {
    "load": "network.loading",
    "load_all": "network.loading",
    "analyze": "answers.report",
    "Report": "answers.report",
}


def __getattr__(name: str) -> Any:
    # Imported at first use: `import convcalc` alone costs next to nothing.
    if name not in _HOMES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"convcalc.{_HOMES[name]}"), name)
