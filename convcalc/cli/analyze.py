"""`convcalc analyze`: the per-layer table of each network."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.answers.figures import shown_of_layers
from convcalc.answers.report import TEXTBOOK, Report, build
from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._sources import read_networks, sources_or_stdin
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from convcalc.answers.limits import Limits
    from convcalc.memory.estimate import Machine
    from convcalc.network.budget import Budget
    from convcalc.network.graph import Network

FORMATS = ("table", "json", "csv", "markdown", "html")


@click.command(name="analyze")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@options.options(
    options.SETUP_OPTIONS,
    options.MEMORY_OPTIONS,
    (judging.BUDGET_OPTION,),
    options.PATTERN_OPTIONS,
)
@click.option("--format", "style", type=click.Choice(FORMATS), default="table",
              help="How to print it.  [table]")  # fmt: skip
@click.option("--columns", help="Columns of table, csv and markdown, separated by commas.")
@click.option("--depth", type=click.IntRange(0),
              help="Blocks deeper than this become one row of sums.")  # fmt: skip
@click.option("--gpus", type=click.IntRange(1), default=1,
              help="GPUs that share the training, each with a batch of its own.  [1]")  # fmt: skip
@click.option("--timeline", is_flag=True, help="Live bytes after every event, in JSON.")
@click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write a file instead.")
def command(sources: tuple[str, ...], **given: Any) -> int:
    """Print each layer's size, weights, multiply-adds and memory.

    SOURCE is a file, the name of a shipped spec such as vgg16, a pattern such as
    'INPUT -> CONV -> RELU -> FC', or - for standard input. Exits with 1 when a layer
    does not fit its input or the network its memory, with 2 when a source cannot be read.
    """
    columns = _columns(given["columns"])
    settings = options.settings_of(given)
    budget, machines = judging.command_budget(given), judging.machines_of(given)
    reports: list[Report] = []
    read: list[tuple[Network, str]] = []
    errors: list[ConvcalcError] = []
    for source in sources_or_stdin(sources):
        try:
            for network in read_networks(source, settings):
                limits = judging.limits_for(network, budget, source, given["implementation"])
                machine = _machine(limits, machines, given["memory"])
                report = build(network, limits.setup, given["rounding"], machine, given["memory"])
                report.gpus = given["gpus"]
                reports.append(report)
                read.append((network, source))
        except ConvcalcError as error:
            errors.append(error)
    if not errors:
        _refuse_nothing(reports, sources)
        options.refuse_unused(settings)
    _print(reports, errors, columns, given, _compared(read, budget, given))
    return 2 if errors else int(any(report.broken or report.over for report in reports))


def _compared(read: "list[tuple[Network, str]]", budget: "Budget", given: dict[str, Any]) -> str:
    """Several networks side by side, behind their tables; empty for one."""
    if len(read) < 2 or given["style"] not in ("table", "markdown"):
        return ""
    from convcalc.cli.compare import compared
    from convcalc.render import networks

    sides = [compared(network, source, budget, given) for network, source in read]
    return networks.table(sides) if given["style"] == "table" else networks.markdown(sides)


def _machine(
    limits: "Limits", machines: "Callable[[str | None], Machine]", model: str
) -> "Machine | None":
    """What the network is to run on; None where that changes no figure."""
    if model == TEXTBOOK and limits.memory is None:
        return None
    return machines(limits.gpu).with_limit(limits.memory, limits.source)


def _refuse_nothing(reports: list[Report], sources: tuple[str, ...]) -> None:
    if not reports:
        words = "holds" if len(sources) == 1 else "hold"
        raise click.UsageError(f"{', '.join(sources)} {words} blocks for others to include, "
                               "and no network")  # fmt: skip


def _columns(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    from convcalc.answers.figures import of_layers
    from convcalc.text.errors import nearest

    known = [figure.key for figure in of_layers()]

    keys = tuple(key.strip().lower().replace("-", "_") for key in text.split(",") if key.strip())
    for key in keys:
        if key not in known:
            hint = nearest(key, known)
            raise click.BadParameter(f"no column `{key}`; {hint}", param_hint="--columns")
    if not keys:
        raise click.BadParameter("names no column", param_hint="--columns")
    return keys


def _print(
    reports: list[Report],
    errors: list[ConvcalcError],
    columns: tuple[str, ...] | None,
    given: dict[str, Any],
    compared: str,
) -> None:
    from convcalc.cli._output import write

    if reports or given["style"] == "json":
        text = _rendered(reports, errors, columns, given)
        write(f"{text.rstrip()}\n\n{compared}" if compared else text, given["output"])
    if given["style"] == "csv":
        from convcalc.render import limit

        for report in reports:
            for finding in report.findings:
                click.echo(str(finding), err=True)
            if report.over:
                click.echo(f"error: {printable(report.name)}: {limit.words(report)}", err=True)
    for error in errors:
        click.echo(f"error: {error}", err=True)


def _rendered(
    reports: list[Report],
    errors: list[ConvcalcError],
    columns: tuple[str, ...] | None,
    given: dict[str, Any],
) -> str:
    style = given["style"]
    if style == "json":
        from convcalc.render import json

        return json.render(reports, errors, given["timeline"])
    if style == "html":
        from convcalc.render import html

        return html.render(reports)
    chosen, columns = columns is not None, columns or shown_of_layers()
    if style == "csv":
        from convcalc.render import csv

        return csv.render(reports, columns, given["depth"])
    if style == "markdown":
        from convcalc.render import markdown

        return markdown.render(reports, columns, given["depth"])
    from convcalc.cli._output import colour_wanted, terminal_width
    from convcalc.render import table

    to_file = given["output"] is not None
    width = None if to_file else terminal_width()
    return table.render(reports, columns, width, not to_file and colour_wanted(),
                        chosen, given["depth"])  # fmt: skip
