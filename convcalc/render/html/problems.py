"""What is wrong, what need not worry, and other lists of sentences."""

from collections.abc import Iterable

from convcalc.render.html.markup import tag, text
from convcalc.text.errors import NOTE, Finding


def problems(findings: Iterable[Finding], name: str = "") -> str:
    """What is wrong, with its place and what would mend it; of the network of a name."""
    wrong = [finding for finding in findings if finding.severity != NOTE]
    items = []
    for finding in wrong:
        place = f"{finding.span}: " if finding.span else ""
        head = tag("strong", text(f"{finding.severity} {finding.layer}"))
        hint = tag("p", text(f"hint: {finding.hint}")) if finding.hint else ""
        words = tag("p", f"{head} {text(place + finding.message)}")
        items.append(tag("li", words + hint, class_=finding.severity))
    return list_section(f"What is wrong{f' with {name}' if name else ''}", items)


def list_section(title: str, items: list[str]) -> str:
    """A titled list of items that are markup; nothing where there are none."""
    if not items:
        return ""
    return tag("section", tag("h2", text(title)) + tag("ul", "".join(items)), class_="findings")
