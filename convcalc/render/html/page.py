"""The page around the sections: a policy that allows only what stands in the file itself."""

import json
from base64 import b64encode
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any

from convcalc.render.html.markup import tag, text

LONGEST = 70  # characters of a title, which a tab and a bookmark cut off anyway
FOLDER = Path(__file__).parent


def page(title: str, sections: Iterable[str], data: Any) -> str:
    """A whole HTML file. `sections` are markup, `data` is what the script reads."""
    style = (FOLDER / "report.css").read_text("utf-8").strip()
    script = "\n".join(
        (FOLDER / name).read_text("utf-8").strip() for name in ("behaviour.js", "report.js")
    )
    policy = (
        f"default-src 'none'; style-src {_hashed(style)}; script-src {_hashed(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    head = (
        '<meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{_shortened(title)}</title><style>{style}</style>"
    )
    body = "".join(sections)
    panel = tag(
        "aside",
        '<button type="button" class="close" aria-label="Close">×</button>'
        '<div class="explanation" aria-live="polite"></div>',
        id="panel",
        aria_label="Explanation of a layer",
        hidden=True,
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head>{head}</head>\n<body>'
        f"<main>{body}</main>{panel}"
        f'<script type="application/json" id="data">{_as_json(data)}</script>'
        f"<script>{script}</script></body></html>\n"
    )


def _shortened(title: str) -> str:
    """The title as markup, cut off where it is too long."""
    shown, length = text(title), LONGEST
    while len(shown) > LONGEST:
        length -= 1
        shown = text(f"{title[:length]}…")
    return shown


def _as_json(data: Any) -> str:
    """JSON that no text in it can end the element of."""
    found = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    return found.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hashed(source: str) -> str:
    return f"'sha256-{b64encode(sha256(source.encode()).digest()).decode()}'"
