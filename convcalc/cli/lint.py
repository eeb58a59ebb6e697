"""`convcalc lint`: the sizing rules of CS231n's notes."""

from typing import TYPE_CHECKING

import click

from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import VERDICT, new_command, option
from convcalc.cli._output import (
    OUTPUT_OPTION,
    answers_for,
    format_option,
    print_errors,
    rendered,
    write,
)
from convcalc.text.errors import NOTE

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.cli._given import Given
    from convcalc.network.graph import Network
    from convcalc.render.lint import Linted


@new_command("lint", "Hold networks against the notes' rules of thumb for sizes.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@option(VERDICT, "--select", multiple=True, metavar="CODE",
              help="Apply these rules only; several with commas.")  # fmt: skip
@option(VERDICT, "--ignore", multiple=True, metavar="CODE",
              help="Leave these rules out; several with commas.")  # fmt: skip
@option(VERDICT, "--rules", "only_rules", is_flag=True, help="Print the rules instead.")
@options.options(options.PATTERN_OPTIONS)
@option(VERDICT, "--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@format_option("lint")
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Hold networks against the rules of thumb for sizes in CS231n's notes.

    SOURCE is as for analyze. Exits with 1 when a rule warns or a layer does not fit; notes
    alone do not count. Exits with 2 when a source cannot be read.
    """
    from convcalc.answers.rules import find_rule
    from convcalc.render import lint as render

    if given["only_rules"] and (sources or given["select"] or given["ignore"]):
        raise click.UsageError("--rules prints every rule: leave out what is to be linted")
    if given["only_rules"]:
        write(render.rules(given["style"]), given["output"])
        return 0
    settings, rounding = options.settings_of(given), given["rounding"] or ""
    select, ignore = _codes(given["select"]), _codes(given["ignore"])
    for code in (*select, *ignore):
        find_rule(code)  # an unknown one is wrong usage, whatever the sources are
    results, errors = answers_for(
        sources, settings, lambda network, _: [_network(network, select, ignore, rounding)]
    )
    if results or given["style"] == "json":
        text = rendered("lint", given["style"], results, given["output"], errors=errors)
        warned = sum(each.severity != NOTE for *_, found in results for each in found)
        words = f"{warned} finding{'s' * (warned > 1)} listed there" if warned else ""
        write(text, given["output"], words)
    print_errors(errors)
    if errors:
        return 2
    warned = any(each.severity != NOTE for _, _, findings in results for each in findings)
    return int(warned and not given["exit_zero"])


def _codes(texts: tuple[str, ...]) -> list[str]:
    return [code.strip() for text in texts for code in text.split(",") if code.strip()]


def _network(network: "Network", select: list[str], ignore: list[str], rounding: str) -> "Linted":
    """What is wrong with the shapes, then what the rules find."""
    from convcalc.answers.rules import lint_network
    from convcalc.walk.hints import with_hints
    from convcalc.walk.propagation import propagate

    walked = with_hints(propagate(network, rounding), rounding)
    wrong = [finding for finding in walked.findings if finding.severity != NOTE]
    return network.title, network.source, [*wrong, *lint_network(walked, select, ignore)]
