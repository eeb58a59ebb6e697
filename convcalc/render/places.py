"""Where findings are, as CI servers want it: paths from the root, lines, columns."""

import os
from typing import NamedTuple

from convcalc.answers.verdicts.result import CheckResult
from convcalc.models.sources import is_onnx
from convcalc.text.errors import NOTE, Finding


class Place(NamedTuple):
    """A file from the root of the checkout with `/`, and a line and column from 1."""

    path: str | None  # None: no file, but a pattern or standard input
    line: int = 1
    column: int = 1
    end_column: int = 2
    known: bool = False  # whether line and column are the finding's own


def place_of(finding: Finding, result: CheckResult, root: str) -> Place:
    """The place of a finding: its own, or the first line of its network's file."""
    span = finding.span
    if span is None or is_onnx(result.source):  # whose spec nobody has written
        return Place(relative(result.path, root))
    own = span.source.name == result.source
    path = result.path if own else span.source.name
    first = span.text.split("\n", 1)[0]
    end = span.column + max(1, len(first))
    return Place(relative(path, root), span.line, span.column, end, True)


def named(place: Place, result: CheckResult) -> str:
    """Its path; what is no file (a pattern, a file that is not there) stands for itself."""
    return place.path or result.source or "<source>"


def relative(path: str | None, root: str) -> str | None:
    """A path from the root, or an absolute one where it lies outside."""
    if path is None:
        return None
    full, base = os.path.abspath(path), os.path.abspath(root)
    inside = full.startswith(base.rstrip(os.sep) + os.sep)
    return (os.path.relpath(full, base) if inside else full).replace(os.sep, "/")


def worth_showing(result: CheckResult) -> list[Finding]:
    """The findings of a result without its notes."""
    return [finding for finding in result.findings if finding.severity != NOTE]


def message(finding: Finding, result: CheckResult) -> str:
    """Layer or network, what is wrong and what would help, on one line."""
    subject = finding.layer or result.name
    text = f"{subject}: {finding.message}" if subject != result.source else finding.message
    return f"{text} ({finding.hint})" if finding.hint else text
