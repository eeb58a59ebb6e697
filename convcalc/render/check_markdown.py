"""Results of a check as Markdown, for a comment on a pull request."""

from convcalc.answers.verdicts.result import PASS, CheckResult
from convcalc.render import github
from convcalc.render.diff_markdown import LARGEST
from convcalc.render.formats import View
from convcalc.render.tables import escape
from convcalc.render.text import closing, shown, worded


def render(results: list[CheckResult], view: View) -> str:
    """A table, failures first, and under it what is wrong, as much as a comment takes."""
    told = [each for each in results if each.verdict != PASS] if view.quiet else results
    text = github.summary(told, LARGEST // 2).rstrip("\n")
    if view.quiet:
        text = text.replace(closing(told), closing(results), 1)
    room = LARGEST - len(text.encode()) - 100
    for result in told:
        wrong = "\n".join(map(worded, shown(result))).replace("```", "'''")
        part = f"\n\n**{escape(result.name)}**\n\n```\n{wrong}\n```"
        room -= len(part.encode())
        if wrong and room > 0:
            text += part
        elif wrong:
            return f"{text}\n\n... and more; --format json has them all\n"
    return f"{text}\n"
