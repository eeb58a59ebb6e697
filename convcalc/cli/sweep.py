"""`convcalc sweep`: every member of a family of patterns."""

import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from convcalc.answers.report import BOTH, TEXTBOOK
from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import ADVANCED, PATTERN, SELECTION, Count, new_command, option
from convcalc.cli._output import OUTPUT_OPTION, format_option, rendered, write
from convcalc.cli._talk import say
from convcalc.facts.units import is_number
from convcalc.text.errors import ConvcalcError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Unpack

    from convcalc.answers.families.figures import Conditions
    from convcalc.answers.families.members import Member
    from convcalc.answers.figures import NetworkRow
    from convcalc.cli._given import Given
    from convcalc.text.syntax.tree import Document

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType

WORDS = {"yes": (1,), "no": (0,), "true": (1,), "false": (0,), "both": (1, 0)}
LONGEST = 1_000_000  # values of one range


class Range(_ParamType):
    """NAME=VALUES: a number, 1..3, {1,2,4}, or yes, no or both for an optional layer."""

    name = "NAME=VALUES"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[str, tuple[int, ...] | range]:
        """The name and its values, or a usage error."""
        name, mark, text = (part.strip() for part in str(value).partition("="))
        values = WORDS.get(text.lower()) or _numbers(text)
        if not name or not mark or not values:
            self.fail(f"`{str(value)[:60]}` is not a setting such as N=1..3, N={{1,2}} or POOL=no")
        return name, values


def _numbers(text: str) -> tuple[int, ...] | range:
    """Whole numbers in `3`, `1..3`, `1,2,4` or the same in curly brackets; none in other texts."""
    inner = text[1:-1] if text[:1] + text[-1:] == "{}" else text
    parts = [part.strip() for part in inner.replace("..", ",").split(",")]
    if not all(is_number(part, 10) for part in parts):
        return ()
    numbers = tuple(map(int, parts))
    if ".." not in inner:
        return numbers
    first, last = numbers if len(numbers) == 2 else (1, 0)
    return range(first, last + 1) if last - first < LONGEST else ()


class Shard(_ParamType):
    """K/N: part K of N."""

    name = "K/N"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        """The part and the number of parts, or a usage error."""
        part, _, parts = str(value).partition("/")
        numbers = is_number(part) and is_number(parts)
        if not numbers or not 1 <= int(part) <= int(parts):
            self.fail(f"`{str(value)[:60]}` is not a part such as 2/8")
        return int(part), int(parts)


@new_command("sweep")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="PATTERN")
@option(
    PATTERN,
    "--set",
    "ranges",
    type=Range(),
    multiple=True,
    help="Values of a repeat such as N=1..3 or N={1,2,4}; POOL=no decides POOL?.",
)
@option(
    SELECTION,
    "--where",
    metavar="CONDITION",
    help="Show only networks such as 'parameters < 10M and peak < 8GiB'.",
)
@option(SELECTION, "--sort", metavar="FIGURE", help="Smallest first; -FIGURE: largest first.")
@option(SELECTION, "--top", type=Count(0), help="Show only this many.")
@option(
    SELECTION,
    "--pareto",
    metavar="FIGURES",
    help="Show only networks that no other beats in all of these, with commas between.",
)
@option(ADVANCED, "--jobs", type=Count(1), help="Processes to work with.  [all processors]")
@option(ADVANCED, "--shard", type=Shard(), help="Only part K of N equal parts of the family.")
@options.options(
    judging.JUDGING_OPTIONS,
    options.SETUP_OPTIONS,
    options.MEMORY_OPTIONS,
    (options.INPUT_OPTION,),
    options.DEFAULTS_OPTIONS,
)
@format_option("sweep")
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Go through every network of a family, a line for each.

    A family is a pattern with names (--set N=1..3), ranges (CONV{3,5}-{32,64}, *{1..3}) and
    optional layers (POOL?, decided anew for every stage). Networks that are the same are
    shown once. One that does not fit its window or the card is a line like the others:
    the exit code is 0 all the same, 2 when the pattern is wrong, 130 after Ctrl-C.
    """
    from convcalc.cli._sources import sources_or_stdin

    if len(sources) > 1:
        raise click.UsageError(f"one pattern at a time, not {len(sources)}")
    judging.say_what_is_not_known(given)
    sweep = _Sweep(sources_or_stdin(sources)[0], given)
    say(sweep.announcement())
    return sweep.print()


def _document(source: str) -> "Document":
    from convcalc.cli._sources import read_documents

    found = read_documents(source)
    if len(found) != 1:
        raise ConvcalcError(f"there are {len(found)} patterns, not one", "sweep them one by one")
    return found[0]


class _Sweep:
    """A family under the conditions of the command line."""

    def __init__(self, source: str, given: "Given") -> None:
        from convcalc.answers.families.evaluate import Evaluator
        from convcalc.answers.families.family import Family
        from convcalc.answers.families.members import refuse_wrong_values
        from convcalc.answers.families.where import Condition

        self.given = given
        names = dict(given["ranges"])
        self.settings = options.settings_of({**given, "names": ()})
        document = _document(source)
        self.family = Family(document, names, self.settings.max_layers)
        refuse_wrong_values(self.family, self.settings)
        self.conditions = _conditions(document, source, given)
        self.limited = self.conditions.limit is not None
        self.names = tuple(dimension.name for dimension in self.family.dimensions)
        where = given["where"]
        condition = None if where is None else Condition(where, self.names, self.limited)
        asked = self.conditions._replace(largest=None) if self.later else self.conditions
        self.make = partial(Evaluator, self.family, self.settings, asked,
                            given["rounding"] or "", condition)  # fmt: skip
        self.select = self._selection()

    @property
    def chosen_by(self) -> tuple[str, ...]:
        """The figures that rows are sorted or chosen by."""
        named = f"{self.given['pareto'] or ''},{self.given['sort'] or ''}".split(",")
        return tuple(name.strip().removeprefix("-") for name in named if name.strip())

    @property
    def later(self) -> bool:
        """Whether the largest batch, which takes longest, is asked for the few rows shown only."""
        few = self.given["pareto"] or (self.given["sort"] and self.given["top"] is not None)
        chosen_by = [self.given[name] or "" for name in ("pareto", "sort", "where")]
        return self.limited and bool(few) and "max_batch" not in " ".join(chosen_by)

    def _selection(self) -> Any:
        from convcalc.answers.families.select import BestRow, front_of, key_of, select_rows

        sort, front = self.given["sort"], self.given["pareto"]
        fields = [name.strip() for name in (front or "").split(",") if name.strip()]
        if front is not None and not fields:
            raise click.UsageError("--pareto names no figure")
        self.best = BestRow(sort or "", fields, self.names, self.limited)
        return partial(
            select_rows,
            sort=key_of(sort, self.names, self.limited) if sort else None,
            top=self.given["top"],
            front=front_of(fields, self.names, self.limited),
        )

    def announcement(self) -> str:
        """How many members there are, before the work starts."""
        total = self.family.total
        part = "" if not self.given["shard"] else ", part {} of {} of those".format(
            *self.given["shard"]
        )  # fmt: skip
        count = "1 member" if total == 1 else f"{total:,} members"
        return f"{count}{part}; what is the same network is shown once"

    def print(self) -> int:
        """Print line by line; whole lines whatever happens."""
        from convcalc.cli._lines import write_lines
        from convcalc.render.networks import SweepShape

        rows = self.select(self._rows())
        if self.later:
            rows = map(self._with_largest, rows)
        first = (self.given["shard"] or (1,))[0] == 1  # the parts one behind the other have one
        shape = SweepShape(self.family.dimensions, self.family.optional, self.limited, first,
                           self.chosen_by, self.given["memory"] == TEXTBOOK)  # fmt: skip
        output = self.given["output"]
        lines = rendered("sweep", self.given["style"], (rows, shape), output)
        if output in (None, "-"):
            return write_lines(lines)
        write("\n".join(lines), output)
        return 0

    def _with_largest(self, row: "NetworkRow") -> "NetworkRow":
        from convcalc.answers.families.evaluate import with_largest
        from convcalc.answers.families.select import is_whole

        if not is_whole(row):
            return row
        rounding = self.family.rounding or self.given["rounding"] or ""
        return with_largest(row, self.settings, self.conditions, rounding)

    def _rows(self) -> "Iterator[NetworkRow]":
        from convcalc.answers.families.run import FEW, evaluate_members, usable_processors
        from convcalc.cli._progress import Progress

        jobs = self.given["jobs"] or (1 if self.family.total < FEW else usable_processors())
        progress = Progress(self.family.total, "members")
        try:
            for done in evaluate_members(self._members(), self.make, jobs):
                progress.show(done.number + 1, self.best.words)
                if done.row is not None:
                    self.best.see(done.row)
                    if self.streams:
                        progress.give_way()
                    yield done.row
        finally:
            progress.give_way()

    @property
    def streams(self) -> bool:
        """Whether rows go to the terminal as they come."""
        given = self.given
        held = given["sort"] or given["pareto"] or given["output"] not in (None, "-")
        return not held and sys.stdout.isatty()

    def _members(self) -> "Iterable[Member]":
        from convcalc.answers.families.members import distinct_members, shard_members

        if self.given["shard"]:
            return shard_members(self.family, self.settings, *self.given["shard"])
        return distinct_members(self.family, self.settings)


def _conditions(document: "Document", source: str, given: "Given") -> "Conditions":
    from convcalc.answers.advice.edge import largest_batch
    from convcalc.answers.families.figures import Conditions
    from convcalc.answers.limits import limits_of
    from convcalc.memory.verdict import SAFE, FitRule
    from convcalc.network.graph import Network

    project, path = judging.project_of(source)
    network = Network([], (), document.source)
    network.budget = document.budget
    limits = limits_of(network, judging.command_budget(given), project.budget_for(path),
                       given["implementation"])  # fmt: skip
    machine = judging.machines_of(given)(limits)
    estimate = given["estimate"] or project.estimate or SAFE
    rule = FitRule(machine, estimate, given["memory"] == TEXTBOOK)
    return Conditions(limits.setup, rule, given["memory"] == BOTH, limits.memory, limits.holder,
                      largest_batch)  # fmt: skip
