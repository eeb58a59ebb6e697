"""Options of the commands that judge a network by a limit, and what they mean."""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from convcalc.budget import Budget
from convcalc.cli._options import ByteSize, machine_of

if TYPE_CHECKING:
    from convcalc.memory.estimate import Machine
    from convcalc.project import Project

JUDGING_OPTIONS = (
    click.option("--budget", type=ByteSize(), help="The limit of memory, such as 11GiB."),
    click.option("--estimate", type=click.Choice(["safe", "expected"]),
                 help="The PyTorch model's figure that counts.  [safe]"),
)  # fmt: skip


def command_budget(given: dict[str, Any]) -> Budget:
    """What the command line says, as a budget.

    Raises:
        ConvcalcError: an unknown card.
    """
    if given["gpu"] is not None:
        from convcalc.memory.cards import find_card

        find_card(given["gpu"])
    return Budget(
        memory=given["budget"],
        gpu=given["gpu"],
        batch=given["batch"],
        dtype=given["dtype"],
        amp=given["amp"],
        mode=given["mode"],
        optimizer=given["optimizer"],
        weight_decay=given["weight_decay"],
        accumulate=given["accumulate"],
    )


def machines_of(given: dict[str, Any]) -> "Callable[[str | None], Machine]":
    """The machine of each card, with the constants that the command line gives."""
    from convcalc.memory.estimate import Machine, machine

    found = machine_of(given) or Machine()
    context = found.context if given["context"] is not None else None

    @cache
    def of(gpu: str | None) -> Machine:
        return machine(gpu, context, given["workspace_factor"])

    return of


def project_of(source: str) -> "tuple[Project, str | None]":
    """The project file that counts for a source, and the source's file if it is one.

    Raises:
        ConvcalcError: the project file says something that cannot be.
    """
    import os

    from convcalc.project import Projects

    path = source if os.path.isfile(source) else None
    return Projects().of(os.path.dirname(path) if path else os.curdir), path
