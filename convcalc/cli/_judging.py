"""What the setup and judging options mean for a network, with its budget and project file."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from convcalc.answers.limits import Limits, limits_of
from convcalc.cli._help import ADVANCED, CARD, option
from convcalc.cli._options import ByteSize
from convcalc.facts.stack import Stack
from convcalc.network.budget import Budget

if TYPE_CHECKING:
    from convcalc.answers.project import Project
    from convcalc.cli._given import Given
    from convcalc.memory.estimate import Machine
    from convcalc.network.graph import Network

BUDGET_OPTION = option(
    CARD, "--budget", type=ByteSize(), help="The limit of memory, such as 11GiB."
)
JUDGING_OPTIONS = (
    BUDGET_OPTION,
    option(ADVANCED, "--estimate", type=click.Choice(["safe", "expected"]),
                 help="The PyTorch model's figure that counts.  [safe]"),
)  # fmt: skip


def command_budget(given: "Given") -> Budget:
    """What the command line says, as a budget.

    Raises:
        ConvcalcError: an unknown card.
    """
    gpu = given.get("gpu")
    if gpu is not None:
        from convcalc.memory.cards import find_card

        find_card(gpu)
    cudnn = given.get("cudnn")
    values: dict[str, Any] = {
        name: value for name, value in given.items() if name in Budget._fields
    }
    named = Budget(**values)
    return named._replace(memory=given.get("budget"), cudnn=int(cudnn) if cudnn else None)


def say_what_is_not_known(given: "Given") -> None:
    """What tables of figures have no place for."""
    if given["cudnn_benchmark"] and given["memory"] != "textbook":
        from convcalc.cli._talk import say
        from convcalc.render.answer import BENCHMARK

        say(f"note: {BENCHMARK}")


def limits_for(
    network: "Network", command: Budget, source: str, implementation: str | None
) -> Limits:
    """What a network of a source is held to: the command line, its budget, the project file.

    Raises:
        ConvcalcError: one of them says something that cannot be.
    """
    project, path = project_of(source)
    return limits_of(network, command, project.budget_for(path), implementation)


def estimate_of(given: "Given", source: str) -> str:
    """The figure that counts: as the command line says, then the project file; else `safe`."""
    from convcalc.answers.report import SAFE

    return given.get("estimate") or project_of(source)[0].estimate or SAFE


def machines_of(given: "Given") -> "Callable[[Limits], Machine]":
    """The machine that limits name, with the constants that the command line gives."""
    context = given["context"]
    if isinstance(context, tuple):
        context = _calibrated(given, *context)

    @cache
    def of(gpu: str | None, stack: Stack) -> "Machine":
        from convcalc.memory.estimate import find_machine

        return find_machine(gpu, context, given["workspace_factor"], stack)

    return lambda limits: of(limits.gpu, limits.stack)


def _calibrated(given: "Given", spec: str, measured: int) -> int:
    """The context that makes the bytes measured of a spec come true."""
    from convcalc.cli._talk import say
    from convcalc.facts.units import format_bytes
    from convcalc.memory.estimate import calibrate_machine, find_machine
    from convcalc.network.loading import load
    from convcalc.walk.propagation import propagate

    network = load(spec)
    limits = limits_for(network, command_budget(given), spec, given["implementation"])
    bare = find_machine(given["gpu"], None, given["workspace_factor"], limits.stack)
    context = calibrate_machine(bare, propagate(network), limits.setup, measured).context
    text = f"context: {format_bytes(context)} from {spec}; keep it with --context "
    say(f"{text}{context // 2**20}MiB")
    return context


def project_of(source: str) -> "tuple[Project, str | None]":
    """The project file that counts for a source, and the source's file if it is one.

    Raises:
        ConvcalcError: the project file says something that cannot be.
    """
    import os

    import click

    from convcalc.answers.project import Projects
    from convcalc.cli._talk import say

    path = source if os.path.isfile(source) else None
    found = click.get_current_context().meta  # a folder is looked into once a command
    projects: Projects = found.setdefault("convcalc.projects", Projects(say))
    return projects.project_of(os.path.dirname(path) if path else os.curdir), path
