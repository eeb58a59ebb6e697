"""Text as markup: every word that comes from outside passes `text` on its way into a page."""

import re
from html import escape

from convcalc.text.source import printable


def text(words: object) -> str:
    """Words as text of a page: nothing in them is markup, no control character is left."""
    return escape(printable(str(words)), quote=True)


def breakable(name: object) -> str:
    """A name as text that a narrow column breaks behind its dots and underscores first."""
    return re.sub(r"([._])(?=[^._])", r"\1<wbr>", text(name))


def tag(name: str, inner: str = "", **attributes: object) -> str:
    """An element; `inner` is markup, attributes are text. `class_` is `class`, `_` becomes `-`."""
    return f"<{name}{_attributes(attributes)}>{inner}</{name}>"


def void_tag(name: str, **attributes: object) -> str:
    """An element without content, as SVG's shapes are."""
    return f"<{name}{_attributes(attributes)}/>"


def _attributes(attributes: dict[str, object]) -> str:
    return "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )


def scroll_box(inner: str, label: str, *classes: str) -> str:
    """A part that scrolls sideways by itself, with the keyboard too."""
    return tag("section", inner, class_=" ".join(("scroll", *classes)), tabindex=0,
               aria_label=label)  # fmt: skip
