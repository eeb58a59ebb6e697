"""`convcalc analyze`: the per-layer table of each network."""

from typing import TYPE_CHECKING

import click

from convcalc.answers.report import TEXTBOOK, Report, build_report
from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE, NameIn, column_keys
from convcalc.cli._help import ADVANCED, OUTPUT, SELECTION, Count, new_command, option
from convcalc.cli._output import (
    OUTPUT_OPTION,
    answers_for,
    error_words,
    format_option,
    print_errors,
    rendered,
    write,
)
from convcalc.cli._talk import say
from convcalc.text.source import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack

    from convcalc.answers.limits import Limits
    from convcalc.cli._given import Given
    from convcalc.memory.estimate import Machine
    from convcalc.network.graph import Network

TABLES = ("table", "csv", "markdown")
FOR_STYLES = {
    "columns": TABLES,
    "sort": TABLES,
    "top": TABLES,
    "depth": TABLES,
    "details": ("table",),
    "timeline": ("json",),
}


@new_command("analyze")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@options.options(
    options.SETUP_OPTIONS,
    options.MEMORY_OPTIONS,
    judging.JUDGING_OPTIONS,
    options.PATTERN_OPTIONS,
)
@format_option("analyze")
@option(
    SELECTION,
    "--top",
    type=Count(0),
    help="Show only this many layers: those that hold most memory, or by --sort.",
)
@option(
    SELECTION,
    "--sort",
    metavar="FIGURE",
    help="Sort layers by a column, smallest first; -FIGURE: largest first.",
)
@option(OUTPUT, "--depth", type=Count(0),
              help="Blocks deeper than this become one row of sums; not for json.")  # fmt: skip
@option(OUTPUT, "--details", is_flag=True,
              help="Print all figures of both models, and what was assumed.")  # fmt: skip
@option(ADVANCED, "--timeline", is_flag=True, help="Live bytes after every event, in JSON.")
@OUTPUT_OPTION
@option(OUTPUT, "--columns", type=NameIn(column_keys, "NAMES"),
              help="Columns of table, csv and markdown with commas, by title or key: "
              f"{', '.join(column_keys())}.")  # fmt: skip
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Print each layer's size, weights, multiply-adds and memory.

    SOURCE is a file, a shipped spec such as vgg16, a pattern such as 'INPUT -> CONV -> FC',
    or - for standard input. Exits with 1 when a layer does not fit its input or the
    network its memory, with 2 when a source cannot be read.
    """
    _refuse_ignored(given)
    columns, sort = _columns(given["columns"]), _sort(given["sort"])
    settings = options.settings_of(given)
    budget, machines = judging.command_budget(given), judging.machines_of(given)

    def read(network: "Network", source: str) -> "list[tuple[Report, Network, str]]":
        limits = judging.limits_for(network, budget, source, given["implementation"])
        machine = _machine(limits, machines, given["memory"])
        by = judging.estimate_of(given, source)
        report = build_report(network, limits.setup, given["rounding"] or "", machine,
                              given["memory"], by)  # fmt: skip
        return [(report, network, source)]

    found, errors = answers_for(sources, settings, read)
    reports = [report for report, _, _ in found]
    if not errors:
        _refuse_nothing(reports, sources)
    view = {"columns": columns, "sort": sort, "top": given["top"], "depth": given["depth"],
            "timeline": given["timeline"], "details": given["details"]}  # fmt: skip
    text = rendered("analyze", given["style"], reports, given["output"], errors=errors, **view)
    if len(found) > 1 and given["style"] in ("table", "markdown"):
        from convcalc.cli.compare import compared

        rows = [compared(network, source, budget, given) for _, network, source in found]
        beside = rendered("compare", given["style"], rows, given["output"])
        text = f"{text.rstrip()}\n\n{beside}"
    if reports or given["style"] == "json":
        listed = [] if given["style"] == "csv" else [f for each in reports for f in each.findings]
        over = sum(report.over and not report.broken for report in reports)
        write(text, given["output"], error_words(listed, over))
    if given["style"] == "csv":
        _print_findings(reports)
    print_errors(errors)
    return 2 if errors else int(any(report.broken or report.over for report in reports))


def _refuse_ignored(given: "Given") -> None:
    """Raise for an option that the format has no use for."""
    values = dict(given)
    for name, styles in FOR_STYLES.items():
        asked = values[name] is not None and values[name] is not False
        if asked and given["style"] not in styles:
            wanted = ", ".join(styles)
            raise click.UsageError(f"--{name} is for --format {wanted}, not {given['style']}")


def _machine(
    limits: "Limits", machines: "Callable[[Limits], Machine]", model: str
) -> "Machine | None":
    """What the network is to run on; None where that changes no figure."""
    if model == TEXTBOOK and limits.memory is None:
        return None
    return machines(limits).with_limit(limits.memory, limits.holder)


def _refuse_nothing(reports: list[Report], sources: tuple[str, ...]) -> None:
    if not reports:
        words = "holds" if len(sources) == 1 else "hold"
        raise click.UsageError(f"{', '.join(sources)} {words} blocks for others to include, "
                               "and no network")  # fmt: skip


def _columns(text: str | None) -> tuple[str, ...]:
    """Keys of the columns that are asked for; none where the user leaves them to us."""
    if text is None:
        return ()
    from convcalc.answers.figures import of_layers
    from convcalc.text.errors import nearest_hint

    known = of_layers()
    keys = []
    for name in filter(None, map(str.strip, text.split(","))):
        found = next((figure for figure in known if figure.is_called(name)), None)
        if found is None:
            hint = nearest_hint(name, [word for figure in known for word in figure.names])
            words = f"{hint} known: {', '.join(column_keys())}".strip()
            raise click.BadParameter(f"no column `{name[:40]}`; {words}", param_hint="--columns")
        keys.append(found.key)
    if not keys:
        raise click.BadParameter("names no column", param_hint="--columns")
    return tuple(keys)


def _sort(text: str | None) -> str:
    """The key of the column to sort by, `-` in front where the largest is first; or nothing."""
    if text is None:
        return ""
    from convcalc.answers.heaviest_rows import ordering_figures
    from convcalc.text.errors import nearest_hint

    known = ordering_figures()
    name = text.strip().removeprefix("-")
    found = next((figure for figure in known if figure.is_called(name)), None)
    if found is None:
        hint = nearest_hint(name, [word for figure in known for word in figure.names])
        words = f"{hint} known: {', '.join(figure.key for figure in known)}".strip()
        raise click.BadParameter(f"no column `{name[:40]}` to sort by; {words}",
                                 param_hint="--sort")  # fmt: skip
    return f"{'-' * text.strip().startswith('-')}{found.key}"


def _print_findings(reports: list[Report]) -> None:
    """What a table of numbers has no place for."""
    from convcalc.render import limit

    for report in reports:
        for finding in report.findings:
            say(str(finding))
        if report.over:
            say(f"error: {printable(report.name)}: {limit.words(report)}")
