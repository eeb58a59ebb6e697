"""What people type who have not read the help, and what they mean by it."""

import os
from collections.abc import Callable
from itertools import takewhile
from typing import Any

import click

from convcalc.facts.setup import SPELLINGS
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

# Options as other programs call them.
OPTIONS = {
    "--batch": ("batch-size", "bs", "n", "batchsize"),
    "--budget": ("limit", "memory-limit", "max-memory", "vram", "ram", "mem"),
    "--classes": ("num-classes",),
    "--details": ("verbose", "v", "all", "full"),
    "--dtype": ("precision", "type", "data-type"),
    "--format": ("f", "output-format", "fmt"),
    "--gpu": ("card", "device", "gpu-name", "graphics-card"),
    "--gpus": ("num-gpus", "ngpus", "devices", "world-size"),
    "--input": ("size", "input-size", "image-size", "img-size", "shape", "input-shape", "i"),
    "--optimizer": ("optim", "opt"),
    "--output": ("out", "out-file", "save"),
}
_MEANT = {word: name for name, words in OPTIONS.items() for word in words}
GPU = "--gpu"
HALVES = ("float16", "bfloat16")  # which --amp is another way to


def hint_for_option(written: str, command: click.Command) -> str:
    """What to write for an option that a command does not have; empty where nothing is meant.

    `--json` is a value of an option, or the beginning of one; `--card` an option by another name.
    """
    word = written.lstrip("-").lower().replace("_", "-")
    options = {max(each.opts, key=len): each for each in command.params
               if isinstance(each, click.Option)}  # fmt: skip
    found = [name for name in (_MEANT.get(word), f"--{word}") if name in options]
    value = SPELLINGS.get(word, word)
    for name, each in options.items():
        words = list(each.type.choices) if isinstance(each.type, click.Choice) else []
        begun = [value] if value in words else [full for full in words if full.startswith(value)]
        found += [f"{name} {begun[0]}"] if len(begun) == 1 and len(value) > 1 else []
    found += ["--amp"] if value in HALVES and "--amp" in options else []
    return f"write {' or '.join(found)}" if found else ""


def hint_for_values(args: list[str], command: click.Command, several: tuple[str, ...]) -> str:
    """What to write for `--optimizer sgd adam`; empty where an option has one value.

    `several` are the parameters of which `compare` takes more than one value.
    """
    options = {name: each for each in command.params for name in each.opts if each.name in several}
    for place, word in enumerate(args):
        if word not in options or len(args) < place + 3:
            continue
        each = options[word]
        values = list(takewhile(_value_test(each.type), args[place + 1 :]))
        if values[1:]:
            name = f"{max(each.opts, key=len)} {','.join(values)}"
            if hasattr(each.type, "one") or (command.name, each.name) == ("fit", "gpu"):
                return f"several values of an option have commas in between: {name}"
            return f"{word} takes one value here: `convcalc compare SOURCE {name}` takes several"
    return ""


def lines_with_cards(args: list[str], error: ConvcalcError) -> list[str]:
    """The command line once more with each card that its --gpu may be; none where it has one."""
    import shlex

    from convcalc.memory.cards import SeveralCards

    if not isinstance(error, SeveralCards):
        return []
    lines = []
    for card in error.candidates:
        words = [_with_card(place, args, error.written, card) for place in range(len(args))]
        if words == args:
            return []
        lines.append(shlex.join(["convcalc", *words]))
    return [f"hint: {printable(line)}" if not place else f"or:   {printable(line)}"
            for place, line in enumerate(lines)]  # fmt: skip


def _with_card(place: int, args: list[str], written: str, card: str) -> str:
    """A word of the command line, with a card in place of what was written where it is --gpu's."""
    word = args[place]
    if place and args[place - 1] == GPU:
        option, names = "", word
    elif word.startswith(f"{GPU}="):
        option, names = f"{GPU}=", word.removeprefix(f"{GPU}=")
    else:
        return word
    kept = [card if name.strip() == written else name for name in names.split(",")]
    return option + ",".join(kept)


def _value_test(kind: Any) -> Callable[[str], bool]:
    """What tells whether a word can be a value of an option, and hardly a source."""
    one = getattr(kind, "one", kind)

    def can_be(text: str) -> bool:
        if os.path.exists(text):
            return False
        if isinstance(one, click.Choice):
            return SPELLINGS.get(text.lower(), text.lower()) in one.choices
        if isinstance(one, click.IntRange):
            return text.isascii() and text.isdecimal()
        return _is_card(text)

    return can_be


def _is_card(text: str) -> bool:
    from convcalc.memory.cards import find_card

    try:
        return bool(find_card(text))
    except ConvcalcError:
        return False


def is_source(word: str) -> bool:
    """Whether a word is what commands take as a source: a file, a shipped network, a pattern."""
    from convcalc.network.loading import path_of

    try:
        path_of(word)
    except ConvcalcError:
        return False
    return True


class Formats(click.Group):
    """Commands that stand between a verb and its source, as in `export yaml net.yaml`."""

    def likely(self, source: str) -> str:
        """The command for a source; empty where it is none."""
        raise NotImplementedError

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does; a source in a command's place is answered with the whole line."""
        names = self.list_commands(ctx)
        if args and not args[0].startswith("-") and args[0] not in names:
            import shlex

            from convcalc.text.errors import nearest_hint

            hint = nearest_hint(args[0], names)
            if (likely := self.likely(args[0])) in names:
                line = shlex.join([*ctx.command_path.split(), likely, *args])
                others = ", ".join(name for name in names if name != likely)
                hint = f"write {line} (or {others} in place of {likely})"
            ctx.fail(f"no such command `{args[0][:60]}`. {hint}".rstrip())
        return super().resolve_command(ctx, args)
