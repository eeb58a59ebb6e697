"""The codes of findings: what each means, and which of them can be ignored."""

from collections.abc import Iterable

from convcalc.answers import rules
from convcalc.answers.figures import limited
from convcalc.text.errors import ConvcalcError, nearest_hint
from convcalc.text.source import printable

UNREADABLE, SPEC = "unreadable", "spec"
OVER_LIMIT = "over-"  # and what is limited
OVER_MEMORY = OVER_LIMIT + "memory"
UNUSED_IGNORE = "unused-ignore"

SHAPES = {
    "fit": "A window does not tile its input exactly",
    "empty": "A window does not fit into its input even once",
    "size": "The output is not the size that the source claims",
    "padding": "The padding is larger than the window allows",
    "groups": "The groups do not divide the channels",
    "join": "The inputs of a join do not match",
    "axes": "A layer or a mode does not exist for so many axes",
    "crop": "The cut reaches over the edge",
    "unpool": "It unpools by what is no max pooling, or one of another size",
    "opaque": "Only the size of a layer is known",
    "order": "The input is written with its channels first, as PyTorch does",
    "recorded": "An operator was recorded for another size",
    "unused": "Parameters or buffers are never used",
    "share": "The parameters that it shares are of another size",
}
BUDGETS = {
    OVER_MEMORY: "The memory is over its limit",
    **{OVER_LIMIT + figure.key: figure.over for figure in limited()},
}
WARNINGS = {UNUSED_IGNORE: "A comment ignores what does not occur"}
ERRORS = {
    UNREADABLE: "The source cannot be read",
    SPEC: "The text of the source is wrong by itself",
}
IGNORABLE = {**SHAPES, **BUDGETS, **WARNINGS}
ALL = {**IGNORABLE, **ERRORS}


def known_codes(codes: Iterable[str], where: str = "") -> frozenset[str]:
    """The codes, each of which can be ignored.

    Raises:
        ConvcalcError: one is unknown, or cannot be ignored.
    """
    found = frozenset(codes)
    for code in sorted(found):
        if not is_ignorable(code):
            message, hint = unknown_code(code)
            raise ConvcalcError(f"{where}{message}", hint)
    return found


def is_ignorable(code: str) -> bool:
    """Whether a code is known and can be ignored; those of the sizing rules are and can."""
    return code in IGNORABLE or code in rules.rule_codes()


def unknown_code(code: str) -> tuple[str, str]:
    """What to say about a code that is not `IGNORABLE`, and a hint."""
    shown = printable(code[:60])
    if code in ALL:
        return f"`{shown}` cannot be ignored", ""
    return f"unknown code `{shown}`", nearest_hint(code, [*IGNORABLE, *rules.rule_codes()])
