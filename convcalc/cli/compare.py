"""`convcalc compare`: networks side by side."""

from typing import TYPE_CHECKING

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import new_command
from convcalc.cli._output import (
    OUTPUT_OPTION,
    answers_for,
    format_option,
    print_errors,
    rendered,
    write,
)

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.answers.figures import NetworkRow
    from convcalc.cli._given import Given
    from convcalc.network.budget import Budget
    from convcalc.network.graph import Network


@new_command("compare", "Print networks side by side.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@options.options(
    judging.JUDGING_OPTIONS, options.SETUP_OPTIONS, options.MEMORY_OPTIONS, options.PATTERN_OPTIONS
)
@format_option("compare")
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Print networks side by side: what they count, and what they take to train and to run.

    With a card or a budget also the largest batch on it. SOURCE is as for analyze. Exits
    with 1 when a layer does not fit its input or a network its memory, with 2 when a source
    cannot be read.
    """
    judging.say_what_is_not_known(given)
    settings, budget = options.settings_of(given), judging.command_budget(given)
    rows, errors = answers_for(
        sources, settings, lambda network, source: [compared(network, source, budget, given)]
    )
    if given["mode"] and rows and all(row.values["max_batch"] is None for row in rows):
        raise click.UsageError("--mode says what the largest batch is to do: name a card with "
                               "--gpu, or a --budget")  # fmt: skip
    if rows or given["style"] == "json":
        text = rendered("compare", given["style"], rows, given["output"], errors=errors)
        write(text, given["output"])
    print_errors(errors)
    return 2 if errors else int(any(not row.fits for row in rows))


def compared(network: "Network", source: str, budget: "Budget", given: "Given") -> "NetworkRow":
    """The figures of one network under what the command line and its budget say."""
    from convcalc.answers.advice.edge import largest_batch
    from convcalc.answers.families.comparison import compared_row
    from convcalc.memory.verdict import FitRule
    from convcalc.walk.propagation import propagate

    limits = judging.limits_for(network, budget, source, given["implementation"])
    machine = judging.machines_of(given)(limits)
    textbook = given["memory"] == "textbook"
    rule = FitRule(machine, judging.estimate_of(given, source), textbook)
    walked = propagate(network, given["rounding"] or "")
    return compared_row(walked, limits, rule, largest_batch)
