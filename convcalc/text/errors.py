"""What can be wrong: an error in the text (`SpecError`) and a finding about a network."""

from typing import NamedTuple

from convcalc.text.source import Span, printable

ERROR, WARNING, NOTE = "error", "warning", "note"
LONGEST_WORD, MOST_COMPARED = 60, 2_000  # of what is looked for, and of what there is
TRACEBACK = "CONVCALC_TRACEBACK"  # in the environment
LONGEST = 1_000  # characters of a message or a hint


class Edit(NamedTuple):
    """A change of a source's text: what stands in `span` becomes `replacement`."""

    span: Span
    replacement: str
    text: str = ""  # what it does, for people

    def changed_text(self) -> str:
        """The whole text of the source with the change made."""
        whole = self.span.source.text
        return whole[: self.span.start] + self.replacement + whole[self.span.end :]


class Hint(str):
    """A hint in words, with more than words: what may stand in place of a wrong `word`.

    `plain` are the words where there is no command line, whose options could be typed.
    """

    __slots__ = ("instead", "plain", "word")
    instead: str | None
    plain: str | None
    word: str

    def __new__(
        cls, text: str, *, word: str = "", instead: str | None = None, plain: str | None = None
    ) -> "Hint":
        """The words, and what they stand for."""
        made = super().__new__(cls, text)
        made.word, made.instead, made.plain = word, instead, plain
        return made


class ConvcalcError(Exception):
    """An input that cannot be worked with. The command line exits with 2."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = _printable_message(message), _printable_message(hint)
        self.plain = hint.plain if isinstance(hint, Hint) else None
        super().__init__(self.message)

    @property
    def plain_hint(self) -> str:
        """The hint where there is no command line: it names none of its options."""
        return self.hint if self.plain is None else self.plain

    @property
    def whole_hint(self) -> Hint:
        """The hint for both places, to be handed on with another message."""
        return Hint(self.hint, plain=self.plain)

    def reword(self, hint: str) -> None:
        """Give another hint."""
        self.hint, self.plain = hint, None

    @property
    def location(self) -> str:
        """`file:line:column`, as far as it is known."""
        return ""

    def __str__(self) -> str:
        return self._text(self.plain_hint)

    def at_prompt(self) -> str:
        """The whole text where there is a command line, with options to type."""
        return self._text(self.hint)

    def _text(self, hint: str) -> str:
        lines = [f"{self.location}: {self.message}" if self.location else self.message]
        lines += self.quoted_lines()
        if hint:
            lines.append(f"hint: {hint}")
        return "\n".join(lines)

    def quoted_lines(self) -> list[str]:
        """Lines of the source to show under the message."""
        return []

    def parts(self) -> "list[ConvcalcError]":
        """The mistakes that it stands for, one by one."""
        return [self]


def _printable_message(text: str) -> str:
    """A message as a terminal may see it: no control characters, no name of a megabyte."""
    text = printable(text[:LONGEST])
    return text if len(text) < LONGEST else f"{text[: LONGEST - 4]} ..."


class InternalError(ConvcalcError):
    """What nobody foresaw: a fault of convcalc's own, told without ending what else is asked."""

    def __init__(self, error: BaseException, source: str = "") -> None:
        import traceback

        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = ", ".join(f"{_module_name(each.filename)}:{each.lineno}" for each in frames)
        said = f"{type(error).__name__}: {error}".split("\n")[0][:200]
        what = f"{printable(source[:80])}: " if source else ""
        super().__init__(
            f"{what}convcalc itself fails: {said} ({places})",
            "this is a bug of convcalc: please report it with this line and the source",
        )


def internal_error(error: Exception, source: str = "") -> InternalError:
    """The same to be told; raised as it is where `CONVCALC_TRACEBACK` asks for all its frames."""
    import os

    if os.environ.get(TRACEBACK):
        raise error
    return InternalError(error, source)


def _module_name(path: str) -> str:
    """The end of a module's path; where it is installed is nobody's business."""
    return "/".join(path.replace("\\", "/").split("/")[-2:])


class SpecError(ConvcalcError):
    """Something wrong in a pattern or spec, with its place in the text.

    `path` is the way to it in a YAML document, such as `layers[3].conv.filters`.
    """

    def __init__(
        self,
        message: str,
        span: Span | None = None,
        hint: str = "",
        *,
        path: str = "",
        points_at_end: bool = False,
    ) -> None:
        super().__init__(f"{path}: {message}" if path else message, hint)
        self.span = span
        self.remedy = hint if isinstance(hint, Hint) else None
        self.rewritten: tuple[Edit, ...] = ()
        self.points_at_end = points_at_end

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Changes of the text that the hint stands for, as far as they are plain."""
        if self.span is None or self.remedy is None or self.remedy.instead is None:
            return self.rewritten
        word, instead = self.remedy.word, self.remedy.instead
        place = self.span.text.find(word)
        if place < 0:
            return ()
        start = self.span.start + place
        end = start + len(word) if word else self.span.end
        return (Edit(Span(self.span.source, start, end), instead, instead),)

    def reword_line(self, hint: str, line: str) -> None:
        """Give a hint that stands for another text of the line."""
        self.reword(hint)
        self.remedy = None
        if self.span is not None:
            source = self.span.source
            start = source.line_starts()[self.span.line - 1]
            place = Span(source, start, start + len(source.line_text(self.span.line)))
            self.rewritten = (Edit(place, line, line),)

    @property
    def location(self) -> str:
        """`file:line:column` of the first character that is wrong."""
        return str(self.span) if self.span else ""

    def quoted_lines(self) -> list[str]:
        """The line of the source and the marker under it."""
        return [self.span.quoted_lines(self.points_at_end)] if self.span else []


class SpecErrors(SpecError):
    """Several mistakes of one text; its place and message are those of the first."""

    def __init__(self, errors: "list[SpecError]") -> None:
        self.errors = errors
        first = errors[0]
        super().__init__(first.message, first.span, first.hint, points_at_end=first.points_at_end)

    def parts(self) -> list[ConvcalcError]:
        """The mistakes in the order of the text."""
        return list(self.errors)

    def __str__(self) -> str:
        return "\nerror: ".join(map(str, self.errors))

    def at_prompt(self) -> str:
        """The whole text of each."""
        return "\nerror: ".join(error.at_prompt() for error in self.errors)


def joined_error(errors: "list[SpecError]") -> SpecError:
    """One error of several, in the order of the text, each said once."""
    flat = [part for error in errors for part in error.parts() if isinstance(part, SpecError)]
    distinct: dict[tuple[str, Span | None], SpecError] = {}
    for error in flat:
        distinct.setdefault((error.message, error.span), error)
    found = sorted(distinct.values(), key=lambda error: error.span.start if error.span else 0)
    return found[0] if len(found) == 1 else SpecErrors(found)


class Finding(NamedTuple):
    """Something about a network that only its shapes or a budget tell."""

    code: str  # kebab-case, such as "fit"
    severity: str  # ERROR, WARNING or NOTE
    layer: str
    message: str
    hint: str = ""
    span: Span | None = None
    edits: tuple[Edit, ...] = ()  # of the text, each of which mends it

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        text = f"{place}{self.severity}[{self.code}] {printable(self.layer)}: {self.message}"
        if self.span and self.severity != NOTE:
            text += f"\n{self.span.quoted_lines()}"
        return text + (f"\nhint: {self.hint}" if self.hint else "")


def nearest_hint(word: str, known: "list[str]") -> str:
    """A hint that names the known word most like `word`, or lists them all when few."""
    from difflib import get_close_matches

    lowered = {name[:LONGEST_WORD].lower(): name for name in known[:MOST_COMPARED]}
    close = get_close_matches(word[:LONGEST_WORD].lower(), lowered, n=1, cutoff=0.6)
    if close:
        found = lowered[close[0]]
        return Hint(f"did you mean `{found}`?", word=word, instead=found)
    if 0 < len(known) <= 24:
        return "known: " + ", ".join(known)
    return ""
