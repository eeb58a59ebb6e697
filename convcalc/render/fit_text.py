"""Answers of `fit` for people: tables of batches, of cards, and advice."""

from itertools import groupby

from convcalc.answers.advice.fitting import BATCH, Fitting, SizeRow, Target
from convcalc.answers.advice.remedies import Advice
from convcalc.facts.units import format_bytes, format_count
from convcalc.memory.parts import ANY_CARD
from convcalc.render.formats import View
from convcalc.render.limit import larger_words, uneven_words
from convcalc.render.summary import BROKEN, setup_of
from convcalc.render.tables import aligned, wrapped
from convcalc.text.errors import NOTE
from convcalc.text.source import printable

TOO_MUCH = "* "  # before a figure above the limit
WORDS = {"batch": ("largest batch", "batch"), "input": ("largest input", "input")}


def render(fittings: list[Fitting], view: View) -> str:
    """Each network: one card in full, several as a table."""
    parts = []
    for _, group in groupby(fittings, key=lambda fitting: id(fitting.walked)):
        cards = list(group)
        show = _broken if cards[0].tells_nothing else _several if cards[1:] else _one
        lines = show(cards)
        parts.append("\n".join(wrapped(lines, view.width, quoted="    ")))
    return "\n\n".join(parts)


def _heading(fitting: Fitting, where: str) -> str:
    setup = setup_of(fitting.limits.setup)
    if fitting.vary != BATCH:
        setup = f"batch {fitting.limits.setup.batch_size}, {setup}"
    return f"{printable(fitting.walked.network.title)}{where} ({fitting.rule.name}; {setup})"


def _broken(cards: list[Fitting]) -> list[str]:
    from convcalc.walk.hints import floor_words  # few networks need it

    where = "" if cards[1:] else _limit_words(cards[0])
    floor = [floor_words(cards[0].walked)]
    return [_heading(cards[0], where), BROKEN, *_findings(cards[0]), *filter(None, floor)]


def _limit_words(fitting: Fitting) -> str:
    assert fitting.limits.memory is not None
    return f" in {format_bytes(fitting.limits.memory)} of {printable(fitting.limits.holder)}"


def _one(cards: list[Fitting]) -> list[str]:
    (fitting,) = cards
    names = list(fitting.largest)
    what, size = WORDS[fitting.vary]
    rows = [["", *names], [what, *(shown_size(fitting.largest[n], fitting.vary) for n in names)]]
    if fitting.most:
        rows.append(["runs up to", *(shown_size(fitting.most[name], BATCH) for name in names)])
    for row in fitting.rows:
        cells = [TOO_MUCH * _in_gap(fitting, row, n) + _bytes(row.figures[n]) for n in names]
        rows.append([f"{size} {shown_size(row.size, fitting.vary)}", *cells])
    return [
        _heading(fitting, _limit_words(fitting)),
        *_aligned(rows),
        *_explained(fitting),
        *target_lines(fitting),
        *_advised(fitting),
        *_findings(fitting),
        "",
        _answer(fitting),
    ]


def _answer(fitting: Fitting) -> str:
    """The answer once more: its rows may have left the terminal by now."""
    sizes = ", ".join(f"{shown_size(size, fitting.vary)} {name}"
                      for name, size in fitting.largest.items())  # fmt: skip
    what = WORDS[fitting.vary][0].capitalize()
    return f"{what} that fits {printable(fitting.limits.holder)}: {sizes}"


def _explained(fitting: Fitting) -> list[str]:
    """What rows say that does not explain itself."""
    lines = []
    if fitting.most and fitting.most != fitting.largest:
        lines.append("Runs up to: without a margin, by giving cached memory back; not every "
                     "smaller batch does (docs/measured.md).")  # fmt: skip
    if any(_in_gap(fitting, row, name) for row in fitting.rows for name in fitting.largest):
        lines.append(f"{TOO_MUCH}Too much, though a larger batch fits.")
    lines += uneven_lines(fitting)
    machine = fitting.rule.machine
    if machine.assumes_context and not fitting.rule.textbook:
        size = format_bytes(machine.context)
        lines.append(f"Each figure has a CUDA context of {size} in it, for {ANY_CARD}; --gpu has "
                     "the card's own.")  # fmt: skip
    return ["", *lines] if lines else []


def uneven_lines(fitting: Fitting) -> list[str]:
    """What is not as the largest batch says: with another optimizer it may lie beyond a gap."""
    misfit, larger = fitting.uneven
    most, lines = format_count(fitting.own_largest), []
    if misfit:
        lines.append(f"{uneven_words(most, f': {format_count(misfit)} does not')}.")
    if larger:
        lines.append(f"Largest batch {most}: {larger_words(fitting.own_largest, larger)}.")
    return lines


def _several(fittings: list[Fitting]) -> list[str]:
    names = list(fittings[0].largest)
    asked = fittings[0].target
    rows = [["", "memory", *names, *([f"batch {format_count(asked.batch)}"] if asked else [])]]
    for fitting in fittings:
        assert fitting.limits.memory is not None
        cells = [shown_size(fitting.largest[name], fitting.vary) for name in names]
        cells += [target_words(fitting.target)] if fitting.target else []
        rows.append([str(fitting.limits.gpu), format_bytes(fitting.limits.memory), *cells])
    heading = _heading(fittings[0], f": {WORDS[fittings[0].vary][0]}")
    return [heading, *_aligned(rows), *_findings(fittings[0])]


def _aligned(rows: list[list[str]]) -> list[str]:
    return [f"  {line}" for line in aligned(rows)]


def shown_size(size: int, vary: str) -> str:
    """A batch, or the sides of an input; `none` for 0."""
    if vary == BATCH or not size:
        return format_count(size) if size else "none"
    return f"{size}x{size}"


def _in_gap(fitting: Fitting, row: SizeRow, name: str) -> bool:
    """Whether a size does not fit although a larger one does."""
    assert fitting.limits.memory is not None
    return row.size < fitting.largest[name] and (row.figures[name] or 0) > fitting.limits.memory


def _bytes(figure: int | None) -> str:
    return "-" if figure is None else format_bytes(figure)


def target_words(target: Target) -> str:
    """What the batch that was asked for takes, and whether it fits."""
    return f"{format_bytes(target.figure)} {'fits' if target.fits else 'does not fit'}"


def target_lines(fitting: Fitting) -> list[str]:
    """What the batch that was asked for takes, behind a blank line."""
    target = fitting.target
    if target is None:
        return []
    fits = "fits" if target.fits else "does not fit"
    lines = ["", f"Batch {target.batch} takes {format_bytes(target.figure)} and {fits}."]
    if target.together:
        lines += ["Together these make it fit:", f"  {advice_line(target.together)}"]
    return lines


def _advised(fitting: Fitting) -> list[str]:
    if not fitting.advice:
        return []
    title = advice_title(fitting)
    return ["", title, *(f"  {advice_line(advice)}" for advice in fitting.advice)]


def advice_title(fitting: Fitting) -> str:
    """What the advice under it is about."""
    if fitting.target:
        return f"What changes make of batch {fitting.target.batch}:"
    return "A larger batch fits with:"


def advice_line(advice: Advice) -> str:
    """A change, and the batch that it makes room for."""
    text = f"{advice.change.at_prompt}: batch {format_count(advice.batch)} in "
    return f"{text}{format_bytes(advice.figure)}{'' if advice.fits else ', too much'}"


def _findings(fitting: Fitting) -> list[str]:
    wrong = wrong_lines(fitting)
    return ["", *wrong] if wrong else []


def wrong_lines(fitting: Fitting) -> list[str]:
    """What is wrong with the network's shapes."""
    wrong = [str(finding) for finding in fitting.findings if finding.severity != NOTE]
    return "\n".join(wrong).split("\n") if wrong else []
