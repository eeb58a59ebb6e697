"""`convcalc compare`: networks side by side."""

from typing import TYPE_CHECKING, Any, cast

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import SEVERAL, new_command
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
    from collections.abc import Iterator
    from typing import Unpack

    from convcalc.answers.figures import NetworkRow
    from convcalc.cli._given import Given
    from convcalc.network.budget import Budget
    from convcalc.network.graph import Network

    _ParamType = click.ParamType[Any]
else:  # generic since click 8.3
    _ParamType = click.ParamType


@new_command("compare", "Print networks side by side.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@options.options(
    judging.JUDGING_OPTIONS, options.SETUP_OPTIONS, options.MEMORY_OPTIONS, options.PATTERN_OPTIONS
)
@format_option("compare")
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Print networks side by side: what they count, and what they take to train and to run.

    With a card or a budget also the largest batch on it. The batch, the type, the optimizer
    and the card may be several with commas, such as sgd,adam: a line for each, and what one
    network takes under each of them, by part. SOURCE is as for analyze. Exits with 1 when a
    layer does not fit its input or a network its memory, with 2 when a source cannot be read.
    """
    judging.say_what_is_not_known(given)
    settings, setups = options.settings_of(given), list(_each_setup(given))
    budgets = [judging.command_budget(each) for each in setups]

    def read(network: "Network", source: str) -> "list[NetworkRow]":
        return [
            _named(compared(network, source, budget, each), given, each)
            for each, budget in zip(setups, budgets, strict=True)
        ]

    rows, errors = answers_for(sources, settings, read)
    if given["mode"] and rows and all(row.values["max_batch"] is None for row in rows):
        raise click.UsageError("--mode says what the largest batch is to do: name a card with "
                               "--gpu, or a --budget")  # fmt: skip
    if rows or given["style"] == "json":
        text = rendered("compare", given["style"], rows, given["output"], errors=errors)
        listed = [finding for row in rows for finding in row.findings]
        over = sum(not row.fits and not row.broken for row in rows)
        write(text, given["output"], error_words(listed, over))
    print_errors(errors)
    return 2 if errors else int(any(not row.fits for row in rows))


class Several(_ParamType):
    """Values of another type with commas in between: a tuple where there is more than one."""

    def __init__(self, one: Any) -> None:
        self.one = one
        self.name = one.name

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """That of a single value."""
        found: str | None = self.one.get_metavar(param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> Any:
        """The words of a single value."""
        return self.one.shell_complete(ctx, param, incomplete)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """The value, or a tuple of them, each once."""
        if not isinstance(value, str) or "," not in value:
            return self.one.convert(value, param, ctx)
        words = [word.strip() for word in value.split(",") if word.strip()]
        if not words:
            self.fail("there is no value between the commas")
        return tuple(dict.fromkeys(self.one.convert(word, param, ctx) for word in words))


for each in command.params:
    if each.name in SEVERAL:
        each.type = Several(each.type)


def _each_setup(given: "Given") -> "Iterator[Given]":
    """The command line with each value in the place of several."""
    from itertools import product

    held = dict(given)
    several = {
        name: value for name, value in held.items() if name in SEVERAL and isinstance(value, tuple)
    }
    for values in product(*several.values()):
        yield cast("Given", {**held, **dict(zip(several, values, strict=True))})


def _named(row: "NetworkRow", given: "Given", setup: "Given") -> "NetworkRow":
    """A row that says which of several values it is under."""
    asked, held = dict(given), dict(setup)
    under = {name: held[name] for name in SEVERAL if isinstance(asked[name], tuple)}
    if not under:
        return row
    found = row._replace(head={**row.head, "under": under})
    return found._replace(head={**found.head, "name": f"{row.head['name']}, {found.under_words}"})


def compared(network: "Network", source: str, budget: "Budget", given: "Given") -> "NetworkRow":
    """The figures of one network under what the command line and its budget say."""
    from convcalc.answers.families.comparison import compared_row
    from convcalc.memory.verdict import FitRule
    from convcalc.walk.propagation import propagate

    limits = judging.limits_for(network, budget, source, given["implementation"])
    machine = judging.machines_of(given)(limits)
    textbook = given["memory"] == "textbook"
    rule = FitRule(machine, judging.estimate_of(given, source), textbook)
    walked = propagate(network, given["rounding"] or "")
    return compared_row(walked, limits, rule)
