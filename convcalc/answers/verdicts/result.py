"""What a check tells about one network: its verdict, each single check, the findings."""

from typing import NamedTuple

from convcalc.answers import rules
from convcalc.answers.limits import Limits
from convcalc.text.errors import Finding

PASS, OVER, INVALID, ERROR_VERDICT = "pass", "over", "invalid", "error"
VERDICTS = (PASS, OVER, INVALID, ERROR_VERDICT)
PASSED, FAILED, IGNORED = "passed", "failed", "ignored"
# Names of checks, beside those of the limited figures:
READ, SHAPES, LINT, MEMORY = "read", "shapes", "lint", "memory"


class Check(NamedTuple):
    """One thing that was checked; memory in bytes, the others in elements."""

    name: str
    status: str = PASSED
    limit: int | None = None
    figure: int | None = None


class CheckResult(NamedTuple):
    """One network, or one source that holds none that can be read."""

    name: str
    source: str
    verdict: str
    checks: tuple[Check, ...]
    findings: tuple[Finding, ...] = ()
    ignored: tuple[Finding, ...] = ()
    limits: Limits | None = None  # None where nothing could be read
    by: str = ""  # which figure is compared with the limit of memory
    figure: int | None = None  # bytes
    floor: str = ""  # how all that does not fit is rounded down, where that mends it
    path: str | None = None  # of the file, None for a pattern or standard input

    @property
    def limit(self) -> int | None:
        """The limit of memory in bytes."""
        return self.limits.memory if self.limits else None

    @property
    def unlimited(self) -> bool:
        """Whether it could be read, and nothing limits what it takes or has."""
        return self.limits is not None and all(check.limit is None for check in self.checks)

    @property
    def sizes_fit(self) -> bool:
        """Whether every window tiles its input; else figures tell nothing."""
        return all(check.status != FAILED for check in self.checks if check.name == SHAPES)

    def findings_of(self, check: str) -> list[Finding]:
        """The findings that a check has led to."""
        return [finding for finding in self.findings if check_of(finding.code) == check]


def check_of(code: str) -> str:
    """The check that a finding belongs to."""
    if code in ("spec", "unreadable"):
        return READ
    if code.startswith("over-"):
        return code.removeprefix("over-")
    return LINT if code in rules.rule_codes() else SHAPES
