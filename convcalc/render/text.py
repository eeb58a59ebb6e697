"""Results of a check for people: a line a network, findings below those that fail."""

from collections import Counter
from collections.abc import Iterator

from convcalc.answers.report import TEXTBOOK
from convcalc.answers.verdicts.codes import OVER_LIMIT
from convcalc.answers.verdicts.result import (
    ERROR_VERDICT,
    INVALID,
    OVER,
    PASS,
    VERDICTS,
    CheckResult,
)
from convcalc.facts.units import format_bytes
from convcalc.network.shipped import name_at_prompt
from convcalc.render.formats import View
from convcalc.render.tables import wrapped
from convcalc.text.errors import NOTE, Finding
from convcalc.text.source import printable, shortened

MOST_FINDINGS = 50  # of one network
LONGEST = 200  # characters of a name: every line is as wide as the widest
COLOURS = {PASS: "32", OVER: "31;1", INVALID: "31;1", ERROR_VERDICT: "31;1"}  # of ECMA-48
SAID = {
    PASS: "passed",
    OVER: "over budget",
    INVALID: "invalid",
    ERROR_VERDICT: "could not be read",
}


def render(results: list[CheckResult], view: View) -> str:
    """Every result, or only what fails; and how many there are of each kind."""
    told = [result for result in results if not view.quiet or result.verdict != PASS]
    width = max((len(_title(result)) for result in told), default=0)
    lines = [line for result in told for line in _lines(result, width, view.colour)]
    return "\n".join([*wrapped(lines, view.width, quoted="      "), closing(results)])


def closing(results: list[CheckResult]) -> str:
    """How many networks passed and failed, such as `3 checked: 2 passed, 1 over budget`.

    Where all passed and nothing limits some, that of these no more is known than that sizes fit.
    """
    found = Counter(result.verdict for result in results)
    parts = [f"{found[verdict]} {SAID[verdict]}" for verdict in VERDICTS if found[verdict]]
    said = f"{len(results)} checked{': ' if parts else ''}{', '.join(parts)}"
    unlimited = sum(result.unlimited for result in results)
    if not unlimited or found[PASS] < len(results):
        return said
    which = "" if unlimited == len(results) else f" of {unlimited:,}"
    return f"{said}; memory{which} not checked: no limit given (--gpu, --budget)"


def facts(result: CheckResult) -> str:
    """The figure beside its limit, and what else was compared."""
    if result.figure is None or result.limits is None:
        return ""
    if not result.sizes_fit:
        limited = any(check.limit is not None for check in result.checks)
        return "limits are not judged: sizes do not fit" if limited else ""
    batch = result.limits.setup.batch_size
    text = f"{format_bytes(result.figure)} {result.by} at batch {batch}"
    if result.limit is not None:
        text += f", limit {format_bytes(result.limit)} of {printable(result.limits.holder)}"
        if result.limits.replaced is not None:
            text += f", in place of its own {format_bytes(result.limits.replaced)}"
    elif result.unlimited:
        text += ", no limit given"
    if result.limits.stack.benchmark and result.by != TEXTBOOK:
        text += ", without what cudnn.benchmark's search takes"
    silenced = len(result.ignored)
    return f"{text}, {silenced} ignored" if silenced else text


def shown(result: CheckResult) -> list[Finding]:
    """The findings that are worth a line: no notes, and nothing worked out from a broken walk."""
    return [
        finding
        for finding in result.findings
        if finding.severity != NOTE
        and (result.sizes_fit or not finding.code.startswith(OVER_LIMIT))
    ]


def _title(result: CheckResult) -> str:
    source = shortened(name_at_prompt(result.source), LONGEST)
    if result.name == result.source:
        return source
    return f"{shortened(result.name, LONGEST)}  {source}"


def _lines(result: CheckResult, width: int, colour: bool) -> Iterator[str]:
    verdict = f"{result.verdict:<7}"
    if colour:
        verdict = f"\x1b[{COLOURS[result.verdict]}m{verdict}\x1b[0m"
    yield f"{verdict} {_title(result):<{width}}  {facts(result)}".rstrip()
    findings = shown(result)
    for finding in findings[:MOST_FINDINGS]:
        yield from (f"  {line}" for line in worded(finding).split("\n"))
    if len(findings) > MOST_FINDINGS:
        more = len(findings) - MOST_FINDINGS
        yield f"  ... and {more:,} more; --format json has them all"
    if result.floor and not result.sizes_fit:
        yield f"  {result.floor}"


def worded(finding: Finding) -> str:
    """A finding with its line and marker, as every command prints it."""
    text = str(finding)
    return text if finding.layer else text.replace("] : ", "]: ", 1)
