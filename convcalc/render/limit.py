"""Whether a network fits the memory of its card or budget, in words."""

from convcalc.answers.report import Report
from convcalc.facts.units import format_bytes


def words(report: Report) -> str:
    """A sentence with the limit, the verdict and what is to spare; empty without a limit."""
    machine = report.machine
    if machine is None or machine.capacity is None:
        return ""
    holder = f"{machine.limit} is" if machine.limit else f"{machine.name} has"
    return f"{holder} {format_bytes(machine.capacity)}: {_verdict(report, machine.capacity)}"


def _verdict(report: Report, capacity: int) -> str:
    if report.pytorch is None:
        assert report.textbook is not None
        total = report.textbook.total
        return f"{'does not fit' if report.over else 'fits'} ({_margin(total, capacity, '')})"
    estimate = report.pytorch
    if estimate.floor > capacity:
        margin = f"even the very least is {format_bytes(estimate.floor - capacity)} more"
    else:
        margin = _margin(estimate.expected, capacity, "expected is ")
    return f"{estimate.verdict} ({margin})"


def _margin(figure: int, capacity: int, what: str) -> str:
    if figure > capacity:
        return f"{what}{format_bytes(figure - capacity)} more"
    return f"{format_bytes(capacity - figure)} to spare"
