"""The options of the command line as keywords: checked, and turned into what commands work with."""

import os
from collections.abc import Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from convcalc.answers.asked import Asked
from convcalc.answers.limits import Limits, limits_of
from convcalc.answers.project import Project, Projects
from convcalc.answers.report import BOTH, PYTORCH, SAFE, TEXTBOOK
from convcalc.facts.setup import IMPLEMENTATIONS
from convcalc.facts.units import as_written
from convcalc.facts.window import ROUNDINGS
from convcalc.network.budget import Budget, budget_value
from convcalc.network.graph import Network, Settings
from convcalc.network.shipped import specs_folder
from convcalc.text.errors import ConvcalcError, nearest_hint

if TYPE_CHECKING:
    from convcalc.memory.estimate import Machine
    from convcalc.memory.verdict import FitRule


class Options(Asked, total=False):
    """Keywords that every function takes; what is left out is as on the command line.

    Sizes are bytes, or texts such as "11GiB". `input` is a text such as "224x224x3", width
    first, or a tuple in PyTorch's order, (3, 224, 224); a list of those for several inputs.
    """

    input: Any
    settings: Settings | None
    budget: int | str | None
    context: int | str | None
    cudnn: int | None
    extra: int | str | None
    torch: str | float | None


CHOICES: dict[str, Iterable[str]] = {
    "implementation": IMPLEMENTATIONS,
    "rounding": ROUNDINGS,
    "memory": (BOTH, TEXTBOOK, PYTORCH),
    "estimate": (SAFE, "expected"),
}
WORDS = ("dtype", "mode", "optimizer", "strategy", "cuda_module_loading")
BUDGET_KEYS = {"budget": "memory"}  # what a key is called in a spec's budget


class Request(NamedTuple):
    """What a call asks for beside its sources."""

    command: Budget
    settings: Settings | None = None
    input: Any = None
    implementation: str | None = None
    rounding: str = ""
    memory: str = BOTH
    estimate: str | None = None
    context: int | None = None
    workspace_factor: float | None = None

    @property
    def textbook(self) -> bool:
        """Whether the notes' model alone is asked for."""
        return self.memory == TEXTBOOK

    def limits_for(self, network: Network) -> Limits:
        """What a network is held to: these options, its own budget, its project file.

        Raises:
            ConvcalcError: one of them says something that cannot be.
        """
        project, path = project_for(network)
        return limits_of(network, self.command, project.budget_for(path), self.implementation)

    def machine_for(self, limits: Limits) -> "Machine":
        """The machine that limits name, with the constants of these options."""
        from convcalc.memory.estimate import find_machine

        return find_machine(limits.gpu, self.context, self.workspace_factor, limits.stack)

    def estimate_for(self, network: Network) -> str:
        """The figure that verdicts are given by."""
        return self.estimate or project_for(network)[0].estimate or SAFE

    def rule_for(self, network: Network, limits: Limits) -> "FitRule":
        """How a network is judged."""
        from convcalc.memory.verdict import FitRule

        return FitRule(self.machine_for(limits), self.estimate_for(network), self.textbook)


def request_of(function: str, given: Mapping[str, Any]) -> Request:
    """The options of a call, checked.

    Raises:
        TypeError: an option that there is not.
        ConvcalcError: a value that is none, or an unknown card.
    """
    for name in given:
        if name not in Options.__annotations__:
            hint = nearest_hint(name, list(Options.__annotations__))
            raise TypeError(f"{function}() has no option `{name}`" + (f"; {hint}" if hint else ""))
    said = {name: value for name, value in given.items() if value is not None}
    for name, known in CHOICES.items():
        if name in said:
            said[name] = _choice(name, said[name], known) if said[name] != "" else ""
    keys = {name: BUDGET_KEYS.get(name, name) for name in said}
    budget = {key: _checked(name, key, said[name]) for name, key in keys.items()
              if key in Budget._fields and (name, key) != ("memory", "memory")}  # fmt: skip
    if "gpu" in budget:
        from convcalc.memory.cards import find_card

        find_card(budget["gpu"])
    context, factor = said.get("context"), said.get("workspace_factor")
    return Request(
        Budget(**budget),
        said.get("settings"),
        said.get("input"),
        said.get("implementation"),
        said.get("rounding", ""),
        said.get("memory", BOTH),
        said.get("estimate"),
        None if context is None else _checked("context", "memory", context),
        None if factor is None else _checked("workspace_factor", "weight_decay", factor),
    )


def _checked(name: str, key: str, value: Any) -> Any:
    """A value as `key` of a spec's budget is read; words in any case, any type of integers."""
    try:
        return budget_value(key, _as_word(value) if name in WORDS else _plain(value))
    except ValueError as error:
        raise ConvcalcError(f"{name}: {error}") from None


def _as_word(value: Any) -> str:
    return str(value).lower().removeprefix("torch.")  # torch.float16 is a word too


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, int, float, str)):
        return value
    try:
        return index(value)  # NumPy's integers among others
    except TypeError:
        return value


def _choice(name: str, value: Any, known: Iterable[str]) -> str:
    word = str(value).lower()
    if word not in known:
        words = ", ".join(known)
        raise ConvcalcError(f"{name}: must be one of {words}, not `{as_written(value)}`")
    return word


def project_for(network: Network) -> tuple[Project, str | None]:
    """The project file that counts for a network, and the network's file where it has one.

    Raises:
        ConvcalcError: the project file says something that cannot be.
    """
    path = network.source if os.path.isfile(network.source) else None
    if path is not None and os.path.dirname(os.path.abspath(path)) == specs_folder():
        path = None  # a shipped spec: no project file is beside it
    return Projects(warn).project_of(os.path.dirname(path) if path else os.curdir), path


def warn(line: str) -> None:
    """What the command line tells beside its answer, as a warning of Python."""
    import warnings

    warnings.warn(line.partition(": ")[2], UserWarning, stacklevel=2)
