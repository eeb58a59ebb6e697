"""Findings silenced in the open: `# convcalc: ignore[fit]` in a spec.

On a line with something before it the comment silences that line, on a line of its own
the whole file. What stands in quotes or in a block scalar is no comment.
"""

import re
from bisect import bisect_left

from convcalc.answers.verdicts.codes import IGNORABLE, UNUSED_IGNORE, is_ignorable, unknown_code
from convcalc.text.errors import WARNING, Finding, SpecError
from convcalc.text.source import Source, Span

MARK, IGNORE = "convcalc:", "ignore"
MOST = 10_000  # of them in a source: each takes microseconds
_COMMENT = re.compile(r"#[^\S\n]*convcalc:[^\S\n]*(\w*)(\[?)([^\]\n]*)(\]?)")


class Ignores:
    """The comments of one source, and which of them have silenced something."""

    def __init__(self, source: Source, is_yaml: bool) -> None:
        self.source = source
        self.spans: dict[tuple[int, str], Span] = {}  # line (0: all lines) and code
        self.used: set[tuple[int, str]] = set()
        count = 0
        if MARK in source.text:
            strings = _string_spans(source) if is_yaml else []
            starts = [start for start, _ in strings]
            for match in _COMMENT.finditer(source.text):
                before = bisect_left(starts, match.start()) - 1
                inside = before >= 0 and match.start() < strings[before][1]
                if not inside and (match[1] == IGNORE or match[2]):  # else it is prose
                    count += 1
                    self._add_comment(match, count > MOST)

    def _add_comment(self, match: "re.Match[str]", too_many: bool) -> None:
        span = Span(self.source, *match.span())
        if too_many:
            hint = "a comment on a line of its own silences the whole file"
            raise SpecError(f"more than {MOST:,} comments to convcalc", span, hint)
        if match[1] != IGNORE or not match[2] or not match[4]:
            hint = "write `# convcalc: ignore[fit]`"
            raise SpecError("a comment to convcalc that says nothing it knows", span, hint)
        line, column = self.source.place_of(span.start)
        before = self.source.line_text(line)[: column - 1].strip()
        position = match.start(3)
        for part in match[3].split(","):
            code, start = part.strip(), position + len(part) - len(part.lstrip())
            place = Span(self.source, start, start + max(1, len(code)))
            if not is_ignorable(code):
                message, hint = unknown_code(code)
                raise SpecError(message, place, hint)
            self.spans[line if before else 0, code] = place
            position += len(part) + 1

    def silences_finding(self, finding: Finding) -> bool:
        """Whether a comment covers a finding; notes that it was used."""
        line = finding.span.line if finding.span and self.spans else 0
        keys = {(line, finding.code), (0, finding.code)} & self.spans.keys()
        self.used |= keys
        return bool(keys)

    def unused_codes(self, linted: bool = True) -> list[Finding]:
        """A warning for each code that has silenced nothing, though it was looked for."""
        return [
            Finding(UNUSED_IGNORE, WARNING, "", f"ignores `{code}`, which does not occur {where}",
                    "leave the comment out", span)
            for (line, code), span in self.spans.items()
            if (line, code) not in self.used and (linted or code in IGNORABLE)
            for where in ("on this line" if line else "in this file",)
        ]  # fmt: skip


def _string_spans(source: Source) -> list[tuple[int, int]]:
    """Where scalars stand in YAML, in order: a `#` inside of one begins no comment."""
    import yaml

    tokens = yaml.scan(source.text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return [
        (token.start_mark.index, token.end_mark.index)
        for token in tokens
        if isinstance(token, yaml.ScalarToken)
    ]
