"""`convcalc fit`: the largest batch on a card, and what would let a larger one fit."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import CALCULATE, Count, new_command, option
from convcalc.cli._output import (
    OUTPUT_OPTION,
    answers_for,
    error_words,
    format_option,
    print_errors,
    rendered,
    write,
)

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.answers.advice.fitting import Fitting
    from convcalc.answers.limits import Limits
    from convcalc.cli._given import Given
    from convcalc.network.budget import Budget
    from convcalc.network.graph import Network
    from convcalc.walk.propagation import Propagation

ALL_CARDS = "all"


@new_command("fit", "Print the largest batch on a card, and what lets a larger one fit.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@options.options(
    judging.JUDGING_OPTIONS, options.SETUP_OPTIONS, options.MEMORY_OPTIONS, options.PATTERN_OPTIONS
)
@option(
    CALCULATE,
    "--vary",
    type=click.Choice(["batch", "input"]),
    default="batch",
    help="Look for the largest batch, or the largest square input.  [batch]",
)
@option(
    CALCULATE,
    "--target-batch",
    type=Count(1, 2**31 - 1),
    help="Say what it takes to train with this batch.",
)
@format_option("fit")
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Print the largest batch that fits a card, and what would let a larger one fit.

    SOURCE is as for analyze. The card is --gpu, or several with commas, or `all`; or the
    limit is --budget or the spec's own `budget`. Exits with 1 when nothing fits or a
    layer does not fit its input, with 2 when a source cannot be read.
    """  # fmt: skip
    if given["target_batch"] and given["vary"] == "input":
        raise click.UsageError("--target-batch asks about batches, --vary input about inputs")
    if given["batch"] and given["vary"] == "batch":
        raise click.UsageError("fit looks for the batch: give --target-batch "
                               f"{given['batch']}, or --vary input with --batch")  # fmt: skip
    judging.say_what_is_not_known(given)
    settings, cards = options.settings_of(given), _cards(given)
    fittings, errors = answers_for(
        sources, settings, lambda network, source: _of_network(network, source, cards, given)
    )
    if fittings or given["style"] == "json":
        text = rendered("fit", given["style"], fittings, given["output"], errors=errors)
        listed = {id(each.walked): each.findings for each in fittings}.values()
        over = sum(_failed(each) and not each.walked.broken for each in fittings)
        write(text, given["output"], error_words((f for each in listed for f in each), over))
    print_errors(errors)
    return 2 if errors else int(any(_failed(fitting) for fitting in fittings))


def _of_network(
    network: "Network", source: str, cards: list[str | None], given: "Given"
) -> "Iterator[Fitting]":
    from convcalc.cli._progress import progress

    project, path = judging.project_of(source)
    given = {**given, "estimate": given["estimate"] or project.estimate}
    found = _fittings(network, cards, project.budget_for(path), given)
    return progress(found, len(cards), "cards")


def _cards(given: "Given") -> list[str | None]:
    """The cards by their own names; [None] where there is a budget instead."""
    if given["gpu"] is None:
        return [None]
    from convcalc.memory.cards import all_cards, find_card

    if given["gpu"] == ALL_CARDS:
        return [card.name for card in all_cards()]
    names = [name.strip() for name in given["gpu"].split(",") if name.strip()]
    if not names:
        raise click.UsageError("--gpu names no card; `convcalc gpus` lists them")
    return list(dict.fromkeys(find_card(name).name for name in names))


def _fittings(
    network: "Network", cards: list[str | None], project: "Budget", given: "Given"
) -> "Iterator[Fitting]":
    """The answer for each card; with several there is no advice."""
    from convcalc.walk.hints import with_hints
    from convcalc.walk.propagation import propagate

    rounding = given["rounding"] or ""
    walked = propagate(network, rounding)
    walked = with_hints(walked, rounding) if walked.findings else walked
    limits = [_limits(network, card, project, given) for card in cards]
    if given["vary"] == "input":
        yield from _by_input(walked, limits, given)
    else:
        yield from _by_batch(walked, limits, given)


def _limits(network: "Network", card: str | None, project: "Budget", given: "Given") -> "Limits":
    from convcalc.answers.limits import limits_of

    command = judging.command_budget({**given, "gpu": card})
    limits = limits_of(network, command, project, given["implementation"])
    if limits.memory is None:
        raise click.UsageError("name a card with --gpu, or a limit with --budget")
    return limits


def _by_batch(walked: "Propagation", limits: "list[Limits]", given: "Given") -> "Iterator[Fitting]":
    from convcalc.answers.advice.fitting import Columns

    columns = Columns(walked, limits[0].setup, given["rounding"] or "")
    alone = len(limits) == 1
    for each, rule in _rules(limits, given):
        yield columns.fitting_for(each, rule, alone, given["target_batch"])


def _by_input(walked: "Propagation", limits: "list[Limits]", given: "Given") -> "Iterator[Fitting]":
    from convcalc.answers.advice.inputs import Inputs

    inputs = Inputs(walked.network, limits[0].setup, given["rounding"] or "")
    for each, rule in _rules(limits, given):
        yield inputs.fitting_for(walked, each, rule)


def _rules(limits: "list[Limits]", given: "Given") -> Iterator[tuple[Any, Any]]:
    from convcalc.memory.verdict import SAFE, FitRule

    machine = judging.machines_of({**given, "gpu": None})
    for each in limits:
        textbook = given["memory"] == "textbook"
        yield each, FitRule(machine(each), given["estimate"] or SAFE, textbook)


def _failed(fitting: "Fitting") -> bool:
    """Nothing fits, or what was asked for does not, or the network itself is wrong."""
    wanted = fitting.target.fits if fitting.target else fitting.own_largest > 0
    return fitting.walked.broken or not wanted
