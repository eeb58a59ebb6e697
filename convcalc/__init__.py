"""convcalc: sizes, weights and GPU memory of convolutional networks, without a framework."""

TYPE_CHECKING = False  # as type checkers know it: `typing` takes longer than the rest of this file
if TYPE_CHECKING:
    from convcalc.answers.report import Report
    from convcalc.api.commands import analyze, check, compare, diff, fit, sweep
    from convcalc.api.sources import load, load_all, loads
    from convcalc.text.errors import ConvcalcError

__version__ = "0.1.0"
__all__ = ["ConvcalcError", "Report", "analyze", "check", "compare", "diff", "fit", "load",
           "load_all", "loads", "sweep"]  # fmt: skip

_HOMES = {
    **dict.fromkeys(("load", "load_all", "loads"), "api.sources"),
    **dict.fromkeys(("analyze", "check", "compare", "diff", "fit", "sweep"), "api.commands"),
    "Report": "answers.report",
    "ConvcalcError": "text.errors",
}


def __getattr__(name: str) -> object:
    # Imported at first use: `import convcalc` alone costs next to nothing.
    if name not in _HOMES:
        raise AttributeError(f"module 'convcalc' has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module(f"convcalc.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
