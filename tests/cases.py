"""Cases of wrong input in a text file: a reason, the input, the whole message."""

import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def cases(name: str) -> list:
    r"""Parameters (input, message); a backslash in the input starts an escape as in Python."""
    text = (HERE / name).read_text(encoding="utf-8")
    found = []
    for case in re.split(r"^=== ", text, flags=re.MULTILINE)[1:]:
        reason, rest = case.split("\n", 1)
        written, message = rest.split("\n>>>\n", 1)
        found.append(pytest.param(_unescaped(written), message.rstrip("\n"), id=reason))
    return found


def _unescaped(text: str) -> str:
    return re.sub(
        r"\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|[tr])",
        lambda escape: escape[0].encode().decode("unicode_escape"),
        text,
    )
