"""`convcalc check`: the gate in CI."""

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from convcalc.cli import _judging as judging
from convcalc.cli import _options as options
from convcalc.cli._completion import SOURCE
from convcalc.cli._help import ADVANCED, OUTPUT, VERDICT, new_command, option
from convcalc.cli._output import OUTPUT_OPTION, format_option, rendered, write
from convcalc.cli._talk import say

if TYPE_CHECKING:
    from typing import Unpack

    from convcalc.answers.verdicts.judge import Policy
    from convcalc.answers.verdicts.result import CheckResult
    from convcalc.answers.verdicts.run import Runner
    from convcalc.answers.verdicts.sources import Origin
    from convcalc.cli._given import Given
    from convcalc.text.source import Source


QUIET_STYLES = ("text", "github", "markdown")  # github tells of nothing else as it is


@new_command("check", "Say whether networks fit their windows, a card or a budget.")
@click.argument("sources", type=SOURCE, nargs=-1, metavar="SOURCE...")
@options.options(
    judging.JUDGING_OPTIONS, options.SETUP_OPTIONS, options.MEMORY_OPTIONS, options.PATTERN_OPTIONS
)
@format_option("check", "text, under GitHub Actions github")
@option(
    VERDICT,
    "--ignore",
    "ignored",
    multiple=True,
    metavar="CODE",
    help="Leave out findings of this code, such as fit; several with commas.",
)
@option(VERDICT, "--lint", is_flag=True, help="Hold networks to the notes' sizing rules too.")
@option(VERDICT, "--strict", is_flag=True, help="Warnings fail too.")
@option(VERDICT, "--exit-zero", is_flag=True, help="Exit with 0 even when a network fails.")
@option(OUTPUT, "-q", "--quiet", is_flag=True, help="Print what fails, and the last line, only.")
@option(
    ADVANCED,
    "--stdin-filename",
    type=click.Path(),
    help="What to call standard input, and where its project file is looked for.",
)
@OUTPUT_OPTION
def command(sources: tuple[str, ...], **given: "Unpack[Given]") -> int:
    """Check that networks fit: every window its input, the memory its card or budget.

    SOURCE is a file, a folder, a glob, the name of a shipped spec such as vgg16, a
    pattern, or - for standard input. The limit of memory is --budget, --gpu, the spec's
    own `budget` or the project file's. Exits with 1 when a network fails, with 2 when a
    source cannot be read.
    """  # fmt: skip
    from convcalc.answers.verdicts.sources import find_origins
    from convcalc.cli._progress import progress
    from convcalc.cli._sources import STDIN, sources_or_stdin

    if given["stdin_filename"] is not None and sources and STDIN not in sources:
        raise click.UsageError("--stdin-filename is for standard input: give - as the source")
    runner = _runner(given)
    found = find_origins(sources_or_stdin(sources), say)
    results: list[CheckResult] = []
    for part in progress(map(runner.judge_origin, found), len(found), "checked"):
        results += part
    if all(result.verdict != "error" for result in results):
        options.refuse_unused(runner.settings)
    _print(results, given)
    return _code(results, found, given)


def _code(results: "Sequence[CheckResult]", found: "Sequence[Origin]", given: "Given") -> int:
    """2 for what cannot be read, 1 for what does not fit, whatever the format."""
    if not found:
        failing = "" if given["strict"] else "; --strict makes that a failure"
        say(f"warning: there is no spec to check{failing}")
    if any(result.verdict == "error" for result in results):
        return 2
    failed = any(result.verdict != "pass" for result in results) or (given["strict"] and not found)
    return int(failed and not given["exit_zero"])


def _runner(given: "Given") -> "Runner":
    from convcalc.answers.verdicts.run import Runner
    from convcalc.cli._sources import run_callable

    settings = options.settings_of(given)
    policy = _policy(given)._replace(run_callable=lambda source: run_callable(source, settings))
    return Runner(policy, settings, _Stdin(given["stdin_filename"]), say)


def _policy(given: "Given") -> "Policy":
    from convcalc.answers.rules import lint_network
    from convcalc.answers.verdicts.codes import known_codes
    from convcalc.answers.verdicts.judge import Policy, advice_for

    codes = [code.strip() for text in given["ignored"] for code in text.split(",") if code.strip()]
    return Policy(
        judging.command_budget(given),
        given["implementation"],
        given["rounding"] or "",
        given["estimate"],
        given["memory"] == "textbook",
        given["strict"],
        known_codes(codes, "--ignore: "),
        judging.machines_of(given),
        advice_for(given["rounding"] or "", prompt=True),
        lint_network if given["lint"] else None,
    )


def _print(results: "list[CheckResult]", given: "Given") -> None:
    style = given["style"] or ("github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text")
    if given["quiet"] and style not in QUIET_STYLES:
        styles = ", ".join(QUIET_STYLES)
        raise click.UsageError(f"--quiet is for --format {styles}, not {style}")
    text = rendered("check", style, results, given["output"], root=_root(), quiet=given["quiet"])
    write(text, given["output"], _closing(results) if given["output"] else "")
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if style == "github" and summary:
        from convcalc.render import github

        _append(github.summary(results), summary)


def _closing(results: "list[CheckResult]") -> str:
    from convcalc.render.text import closing

    return closing(results) if any(each.verdict != "pass" for each in results) else ""


def _root() -> str:
    """The folder that CI servers count paths from, or the current one."""
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        if os.environ.get(name):
            return os.environ[name]
    return os.getcwd()


def _append(text: str, path: str) -> None:
    try:
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        say(f"warning: cannot write the step's summary: {error.strerror}")


class _Stdin:
    """Standard input, read once and when it is asked for."""

    def __init__(self, path: str | None) -> None:
        self.path = path

    def read(self) -> "Source":
        """The text under its name."""
        from convcalc.cli._sources import read_stdin

        return read_stdin(self.path or "<stdin>")
