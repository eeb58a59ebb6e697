"""`convcalc compare`: networks side by side."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options

if TYPE_CHECKING:
    from convcalc.answers.figures import NetworkRow
    from convcalc.network.budget import Budget
    from convcalc.network.graph import Network
    from convcalc.text.errors import ConvcalcError

FORMATS = ("table", "json", "csv", "markdown")


@click.command(name="compare")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@options.options(
    judging.JUDGING_OPTIONS, options.SETUP_OPTIONS, options.MEMORY_OPTIONS, options.PATTERN_OPTIONS
)
@click.option("--format", "style", type=click.Choice(FORMATS), default="table",
              help="How to print it.  [table]")  # fmt: skip
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write a file instead.")
def command(sources: tuple[str, ...], **given: Any) -> int:
    """Print networks side by side: what they count, and what they take to train and to run.

    With a card or a budget also the largest batch on it. SOURCE is as for analyze. Exits
    with 1 when a layer does not fit its input or a network its memory, with 2 when a source
    cannot be read.
    """
    from convcalc.cli._output import write
    from convcalc.cli._sources import read_networks, sources_or_stdin
    from convcalc.text.errors import ConvcalcError

    settings, budget = options.settings_of(given), judging.command_budget(given)
    sides: list[NetworkRow] = []
    errors: list[ConvcalcError] = []
    for source in sources_or_stdin(sources):
        try:
            for network in read_networks(source, settings):
                sides.append(compared(network, source, budget, given))
        except ConvcalcError as error:
            errors.append(error)
    if not errors:
        options.refuse_unused(settings)
    if sides or given["style"] == "json":
        write(_rendered(sides, errors, given["style"]), given["output"])
    for each in errors:
        click.echo(f"error: {each}", err=True)
    return 2 if errors else int(any(not side.fits for side in sides))


def compared(
    network: "Network", source: str, budget: "Budget", given: dict[str, Any]
) -> "NetworkRow":
    """The figures of one network under what the command line and its budget say."""
    from convcalc.answers.families.comparison import compared_row
    from convcalc.cli.sweep import largest_batch
    from convcalc.memory.verdict import SAFE, FitRule
    from convcalc.walk.propagation import propagate

    limits = judging.limits_for(network, budget, source, given["implementation"])
    project, _ = judging.project_of(source)
    machine = judging.machines_of(given)(limits.gpu)
    textbook = given["memory"] == "textbook"
    rule = FitRule(machine, given.get("estimate") or project.estimate or SAFE, textbook)
    walked = propagate(network, given["rounding"] or "")
    return compared_row(walked, limits, rule, largest_batch)


def _rendered(sides: "list[NetworkRow]", errors: "list[ConvcalcError]", style: str) -> str:
    from convcalc.render import networks as render

    if style == "json":
        return render.as_json(sides, errors)
    return {"table": render.table, "csv": render.comma, "markdown": render.markdown}[style](sides)
