"""Help that fits: options in sections, no limits of numbers that nobody meets."""

from collections.abc import Callable
from typing import Any

import click

from convcalc.cli._talk import say

CALCULATE, CARD, PATTERN = "What to calculate", "The card", "The pattern"
SELECTION, VERDICT, OUTPUT, ADVANCED = "What to show", "What counts", "Output", "Advanced"
SECTIONS = (CALCULATE, CARD, SELECTION, VERDICT, OUTPUT, PATTERN, ADVANCED)  # in their order
LONGEST_VALUE = 22  # characters of words to choose from, beside an option; others stand behind it


SEVERAL = ("batch", "dtype", "optimizer", "gpu")  # options of which `compare` takes several


def one_at_a_time(option: str, value: Any) -> str:
    """What answers several values of an option that takes one."""
    return f"one at a time here: `convcalc compare SOURCE --{option} {value}` takes several"


class Count(click.IntRange):
    """A whole number within bounds."""

    name = "integer"  # in `'1k' is not a valid integer`

    def convert(self, value: Any, param: Any, ctx: Any) -> int:
        """The number, or a usage error; several batches are for another command."""
        words = str(value).split(",")
        if words[1:] and param is not None and param.name == "batch":
            self.fail(one_at_a_time(param.name, value))
        return int(super().convert(value, param, ctx))


class ShownAsNamed:
    """A type whose name stands in the help as it is, such as WxHxD."""

    name: str


class Option(click.Option):
    """An option with the section of the help that it stands in."""

    def __init__(self, *arguments: Any, section: str = OUTPUT, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.section = section

    def make_metavar(self, ctx: click.Context) -> str:
        """What stands for the value: N for a count, X for a number."""
        one = getattr(self.type, "one", self.type)  # where it takes several
        if self.metavar is None and isinstance(one, click.IntRange):
            return "N"
        if self.metavar is None and isinstance(one, click.FloatRange):
            return "X"
        if self.metavar is None and isinstance(one, ShownAsNamed):
            return one.name
        return super().make_metavar(ctx)

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """The option and its help, which has the words to choose from where they are many.

        Beside the option they would push every help of the section into a narrow column.
        """
        record = super().get_help_record(ctx)
        metavar = self.make_metavar(ctx)
        if record is None or len(metavar) <= LONGEST_VALUE or "|" not in metavar:
            return record
        names, (words, dot, default) = record[0], record[1].partition(".  [")
        choices = metavar[1:-1].replace("|", ", ")
        return names.replace(metavar, "WORD"), f"{words}: {choices}{dot}{default}"

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Nothing of ranges: a value outside is answered when it is given."""
        found = super().get_help_extra(ctx)
        found.pop("range", None)
        return found


class Command(click.Command):
    """A command whose help has the options in sections, and that tells of values without a use."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does; tells of options that there are not, and of values that are not used."""
        if not ctx.resilient_parsing and self._may_have_several(args):
            from convcalc.cli._guesses import hint_for_values

            if hint := hint_for_values(args, self, SEVERAL):
                ctx.fail(hint)
        try:
            given = self.make_parser(ctx).parse_args(list(args))[2]
        except click.NoSuchOption as error:
            from convcalc.cli._guesses import hint_for_option

            if not ctx.resilient_parsing and (hint := hint_for_option(error.option_name, self)):
                ctx.fail(f"no such option `{error.option_name}`: {hint}")
            given = []
        rest = super().parse_args(ctx, args)
        for name in [] if ctx.resilient_parsing else _repeated(given):
            say(f"warning: {name} is given more than once; the last value counts")
        return rest

    def _may_have_several(self, args: list[str]) -> bool:
        """Whether two words stand behind an option of which another command takes several."""
        names = {name for each in self.params if each.name in SEVERAL for name in each.opts}
        return any(
            word in names and args[place + 2 :] and args[place + 2][:1] != "-"
            for place, word in enumerate(args)
        )

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The sections that have options, `--help` with the output's."""
        rows: dict[str, list[tuple[str, str]]] = {name: [] for name in SECTIONS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                rows[getattr(parameter, "section", OUTPUT)].append(record)
        for name, found in rows.items():
            if found:
                with formatter.section(name):
                    formatter.write_dl(found)


def _repeated(given: list[click.Parameter]) -> list[str]:
    """Options of one value that stand there again; `given` has one for each time."""
    options = [each for each in given if isinstance(each, click.Option)]
    single = [each for each in options if not each.multiple and not each.is_flag]
    return [max(each.opts, key=len) for each in dict.fromkeys(single) if single.count(each) > 1]


def new_command(name: str, short_help: str | None = None) -> Callable[[Any], Command]:
    """Make a command of a function; `short_help` where its first sentence is too long."""
    return click.command(name, cls=Command, short_help=short_help)


def option(section: str, *names: str, **named: Any) -> Callable[[Any], Any]:
    """An option in a section of the help."""
    return click.option(*names, cls=Option, section=section, **named)
