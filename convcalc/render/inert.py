"""Output that no CI server takes for a command, whatever names and quoted lines it holds.

GitHub's runner reads the log line by line: what begins with `::`, spaces aside, and what holds
`##[` anywhere may be a command (actions/runner, ActionCommand.cs). Azure's agent reads `##vso[`
so. Names and quoted lines of a source must not be able to write one, in any format.
"""

import re

_START = r"(?m)(^|\r)([^\S\n]*):(?=:)"
_ANYWHERE = r"#(?=#(?:\[|vso\[))"
_SCRIPT = r"(?s)(<script\b.*?</script>)"
_NONE = ("::", "##")
JSON_STYLES = ("json", "jsonl", "sarif", "gitlab")
MARKUP_STYLES = ("html", "junit")
TEXT_STYLES = ("text", "table", "csv", "markdown", "github")  # a test wants each format in one list


def inert_text(text: str) -> str:
    """The text with `\\x3a` or `\\x23` where a command would begin, as `printable` escapes."""
    if not any(mark in text for mark in _NONE):
        return text
    text = re.sub(_START, lambda match: f"{match[1]}{match[2]}\\x3a", text)
    return re.sub(_ANYWHERE, r"\\x23", text)


def inert_output(style: str, text: str) -> str:
    """What a format has made, unable to be a command and of the same meaning to its reader."""
    if style == "github":  # whose commands are meant, and escape what they hold
        return text
    if not any(mark in text for mark in _NONE):
        return text
    if style in JSON_STYLES:  # within strings only: nothing else has these characters
        return re.sub(_ANYWHERE, r"\\u0023", text)
    if style in MARKUP_STYLES:
        parts = re.split(_SCRIPT, text)  # scripts hold JSON, the rest what a browser decodes
        return "".join(re.sub(_ANYWHERE, r"\\u0023", part) if place % 2 else _inert_markup(part)
                       for place, part in enumerate(parts))  # fmt: skip
    return inert_text(text)


def _inert_markup(text: str) -> str:
    text = re.sub(_START, lambda match: f"{match[1]}{match[2]}&#58;", text)
    return re.sub(_ANYWHERE, "&#35;", text)
