"""Output that no CI server takes for a command, whatever names and quoted lines it holds.

GitHub's runner reads the log line by line: what begins with `::`, spaces aside, and what holds
`##[` anywhere may be a command (actions/runner, ActionCommand.cs). Azure's agent reads `##vso[`
so. Names and quoted lines of a source must not be able to write one, in any format.
"""

import re

_START = re.compile(r"(^|\r)([^\S\n]*):(?=:)", re.MULTILINE)
_ANYWHERE = re.compile(r"#(?=#(?:\[|vso\[))")
_SCRIPT = re.compile(r"(<script\b.*?</script>)", re.DOTALL)
_NONE = ("::", "##")
JSON_STYLES = ("json", "jsonl", "sarif", "gitlab")
MARKUP_STYLES = ("html", "junit")


def inert_text(text: str) -> str:
    """The text with `\\x3a` or `\\x23` where a command would begin, as `printable` escapes."""
    if not any(mark in text for mark in _NONE):
        return text
    text = _START.sub(lambda match: f"{match[1]}{match[2]}\\x3a", text)
    return _ANYWHERE.sub(r"\\x23", text)


def inert_output(style: str, text: str) -> str:
    """What a format has made, unable to be a command and of the same meaning to its reader."""
    if style == "github":  # whose commands are meant, and escape what they hold
        return text
    if not any(mark in text for mark in _NONE):
        return text
    if style in JSON_STYLES:  # within strings only: nothing else has these characters
        return _ANYWHERE.sub(r"\\u0023", text)
    if style in MARKUP_STYLES:
        parts = _SCRIPT.split(text)  # scripts hold JSON, the rest what a browser decodes
        return "".join(_ANYWHERE.sub(r"\\u0023", part) if place % 2 else _inert_markup(part)
                       for place, part in enumerate(parts))  # fmt: skip
    return inert_text(text)


def _inert_markup(text: str) -> str:
    text = _START.sub(lambda match: f"{match[1]}{match[2]}&#58;", text)
    return _ANYWHERE.sub("&#35;", text)
