"""Whether a network fits the memory of its card or budget, in words."""

from convcalc.answers.report import Report
from convcalc.facts.units import format_bytes, format_count
from convcalc.memory.verdict import RECLAIMS


def in_detail(report: Report) -> str:
    """The sentence, with whether a run that does not fit runs all the same."""
    reclaims = report.verdict is not None and report.verdict.reclaims
    return f"{words(report)}; {RECLAIMS}" if reclaims else words(report)


def words(report: Report) -> str:
    """A sentence with the limit, the verdict and what is to spare; empty without a limit."""
    machine, verdict = report.machine, report.verdict
    if machine is None or verdict is None:
        return ""
    size = format_bytes(verdict.limit)
    if ", from " in machine.limit:
        held = f"limit {size} of {machine.limit}"
    else:
        held = f"{machine.limit} is {size}" if machine.limit else f"{machine.name} has {size}"
    if verdict.fits:
        margin = f"{format_bytes(verdict.limit - verdict.figure)} to spare"
    else:
        margin = f"{format_bytes(verdict.figure - verdict.limit)} more"
    figure = f"{verdict.by}: {margin}"
    return f"{held}: {verdict.word} ({figure})"


def uneven_words(most: str, rest: str) -> str:
    """That the largest batch says nothing of each smaller one, and what is known of some."""
    return f"Not every batch below {most} fits, as PyTorch's cache does not grow evenly{rest}"


def larger_words(largest: int, larger: int) -> str:
    """That the largest batch is one before a gap, behind which another fits."""
    return f"{format_count(larger)} fits too, though {format_count(largest + 1)} does not"
