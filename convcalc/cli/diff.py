"""`convcalc diff`: what a change of a network costs."""

from typing import TYPE_CHECKING, Any

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import VERDICT, new_command, option
from convcalc.cli._output import (
    OUTPUT_OPTION,
    error_words,
    format_option,
    print_errors,
    rendered,
    write,
)

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.answers.difference import Difference
    from convcalc.answers.folders import Compared, FileDifference
    from convcalc.answers.thresholds import Threshold
    from convcalc.cli._given import Given
    from convcalc.network.graph import Network, Settings
    from convcalc.text.errors import ConvcalcError

    _ParamType = click.ParamType[Any]
else:  # generic since click 8.3
    _ParamType = click.ParamType


class ThresholdType(_ParamType):
    """A condition such as peak>+5%."""

    name = "CONDITION"

    def convert(self, value: Any, param: Any, ctx: Any) -> "Threshold":
        """The condition, or a usage error."""
        from convcalc.answers.thresholds import parse_threshold

        try:
            return parse_threshold(str(value))
        except ValueError as error:
            self.fail(str(error))


@new_command("diff", "Print what a change of a network costs.")
@click.argument("old", type=SOURCE, metavar="OLD")
@click.argument("new", type=SOURCE, metavar="NEW")
@option(
    VERDICT,
    "--fail-on",
    type=ThresholdType(),
    multiple=True,
    help="Exit with 1 when this holds, such as 'peak>+5%' or 'parameters>10M'.",
)
@options.options(
    judging.JUDGING_OPTIONS[1:],
    options.SETUP_OPTIONS,
    options.MEMORY_OPTIONS,
    options.PATTERN_OPTIONS,
)
@format_option("diff")
@OUTPUT_OPTION
def command(old: str, new: str, **given: "Unpack[Given]") -> int:
    """Print which layers differ, and what parameters, operations and memory change by.

    OLD and NEW are sources as for analyze, git:REV:path for a file at a revision, or two
    folders; git:REV alone is the other side's path there. Prints nothing when nothing
    differs. Exits with 1 when a --fail-on holds or a layer does not fit its input, with 2
    when a source cannot be read.
    """  # fmt: skip
    from convcalc.answers.folders import compare_files, paired_files
    from convcalc.network.git import whole_source

    judging.say_what_is_not_known(given)
    old, new = whole_source(old, new), whole_source(new, old)
    settings = options.settings_of(given)

    def compare(before: str, after: str) -> "Compared":
        return _compared(before, after, settings, given)

    pairs = paired_files(old, new)
    if pairs is not None:
        return _print_folders(*compare_files(pairs, compare), given)
    difference, errors = compare(old, new)
    if difference is None:
        return _unread(errors, given)
    options.refuse_unused(settings)
    text = rendered("diff", given["style"], difference, given["output"])
    if text or given["output"] is not None:
        write(text, given["output"], _wrong([difference]))
    return int(bool(difference.failed) or difference.broken)


def _print_folders(
    found: "list[FileDifference]", errors: "list[ConvcalcError]", given: "Given"
) -> int:
    text = rendered("diff-folders", given["style"], found, given["output"], errors=errors)
    if text or given["output"] is not None:
        write(text, given["output"], _wrong([each.difference for each in found]))
    print_errors(errors)
    wrong = any(each.difference.failed or each.difference.broken for each in found)
    return 2 if errors else int(wrong)


def _wrong(differences: "list[Difference]") -> str:
    """What a file lists as wrong: misfits, and each --fail-on that holds."""
    failed = sum(len(each.failed) for each in differences)
    errors = error_words(f for each in differences for f in each.findings)
    held = f"{failed} --fail-on hold{'s' * (failed == 1)}" if failed else ""
    return ", ".join(filter(None, (errors, held)))


def _network(source: str, settings: "Settings") -> "Network":
    from convcalc.cli._sources import read_networks
    from convcalc.network.git import PREFIX, load_revision
    from convcalc.text.errors import ConvcalcError
    from convcalc.text.source import printable

    read = load_revision if source.startswith(PREFIX) else read_networks
    found = read(source, settings)
    if len(found) != 1:
        raise ConvcalcError(f"{printable(source)[:80]} has {len(found)} networks, not one")
    return found[0]


def _compared(old: str, new: str, settings: "Settings", given: "Given") -> "Compared":
    """The difference, with what --fail-on finds; or what could not be read."""
    from convcalc.text.errors import ConvcalcError

    networks: list[Network] = []
    errors: list[ConvcalcError] = []
    for source in (old, new):
        try:
            networks.append(_network(source, settings))
        except ConvcalcError as error:
            errors += error.parts()
    if errors:
        return None, errors
    found = _difference(networks, new, given)
    failed = tuple(each.sentence(found) for each in given["fail_on"] if each.holds(found))
    return found._replace(failed=failed), []


def _difference(networks: "list[Network]", new: str, given: "Given") -> "Difference":
    """Both under one setup: the command line's, then that of the new one's budget."""
    from convcalc.answers.difference import compare_networks
    from convcalc.answers.limits import limits_of
    from convcalc.memory.verdict import SAFE, FitRule
    from convcalc.walk.propagation import propagate

    project, path = judging.project_of(new)
    command = judging.command_budget({**given, "budget": None})
    budget = project.budget_for(path)
    limits = limits_of(networks[1], command, budget, given["implementation"])
    machine = judging.machines_of(given)(limits)
    estimate = given["estimate"] or project.estimate or SAFE
    rule = FitRule(machine, estimate, given["memory"] == "textbook")
    walked = [propagate(network, given["rounding"] or "") for network in networks]
    return compare_networks(walked[0], walked[1], limits.setup, rule)


def _unread(errors: "list[ConvcalcError]", given: "Given") -> int:
    if given["style"] == "json":
        from convcalc.render import diff_json, json

        write(diff_json.failure([json.error(each) for each in errors]), given["output"])
    print_errors(errors)
    return 2
