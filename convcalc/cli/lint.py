"""`convcalc lint`: the sizing rules of CS231n's notes."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _options as options
from convcalc.cli._sources import read_networks, sources_or_stdin
from convcalc.text.errors import NOTE, ConvcalcError

if TYPE_CHECKING:
    from convcalc.network.graph import Network
    from convcalc.render.lint import Linted


@click.command(name="lint")
@click.argument("sources", nargs=-1, metavar="SOURCE...")
@click.option("--select", multiple=True, metavar="CODE",
              help="Apply these rules only; several with commas.")  # fmt: skip
@click.option("--ignore", multiple=True, metavar="CODE",
              help="Leave these rules out; several with commas.")  # fmt: skip
@click.option("--rules", "only_rules", is_flag=True, help="Print the rules instead.")
@options.options(options.PATTERN_OPTIONS)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found.")
@click.option("--format", "style", type=click.Choice(["text", "json"]), default="text",
              help="How to print it.  [text]")  # fmt: skip
def command(sources: tuple[str, ...], **given: Any) -> int:
    """Hold networks against the rules of thumb for sizes in CS231n's notes.

    SOURCE is as for analyze. Exits with 1 when a rule warns or a layer does not fit; notes
    alone do not count. Exits with 2 when a source cannot be read.
    """
    from convcalc.cli._output import write
    from convcalc.render import lint as render

    if given["only_rules"]:
        write(render.rules() if given["style"] == "text" else render.rules_json(), None)
        return 0
    results, errors = _linted(sources, given)
    if given["style"] == "json":
        write(render.render_json(results, errors), None)
    elif results:
        write(render.render(results), None)
    for error in errors:
        click.echo(f"error: {error}", err=True)
    if errors:
        return 2
    warned = any(each.severity != NOTE for _, _, findings in results for each in findings)
    return int(warned and not given["exit_zero"])


def _linted(
    sources: tuple[str, ...], given: dict[str, Any]
) -> "tuple[list[Linted], list[ConvcalcError]]":
    from convcalc.answers.rules import rule

    settings = options.settings_of(given)
    select, ignore = _codes(given["select"]), _codes(given["ignore"])
    for code in (*select, *ignore):
        rule(code)  # an unknown one is wrong usage, whatever the sources are
    results: list[Linted] = []
    errors: list[ConvcalcError] = []
    for source in sources_or_stdin(sources):
        try:
            for network in read_networks(source, settings):
                results.append(_network(network, select, ignore, given["rounding"] or ""))
        except ConvcalcError as error:
            errors.append(error)
    if not errors:
        options.refuse_unused(settings)
    return results, errors


def _codes(texts: tuple[str, ...]) -> list[str]:
    return [code.strip() for text in texts for code in text.split(",") if code.strip()]


def _network(network: "Network", select: list[str], ignore: list[str], rounding: str) -> "Linted":
    """What is wrong with the shapes, then what the rules find."""
    from convcalc.answers.rules import lint
    from convcalc.walk.hints import with_hints
    from convcalc.walk.propagation import propagate

    walked = with_hints(propagate(network, rounding), rounding)
    wrong = [finding for finding in walked.findings if finding.severity != NOTE]
    return network.title, network.source, [*wrong, *lint(walked, select, ignore)]
