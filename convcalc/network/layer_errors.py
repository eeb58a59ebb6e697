"""An unknown type of layer, and a wrong number of inputs, in the words of who wrote them."""

from collections.abc import Container
from typing import NoReturn

from convcalc.layers import Spelling, known_keywords
from convcalc.text.errors import SpecError, nearest_hint
from convcalc.text.syntax.tree import LayerItem as LayerTree


def unknown_layer(item: LayerTree, blocks: list[str], layers: Container[str] = ()) -> SpecError:
    """The error that neither a layer nor a block has this name; `layers` stand before it."""
    from string import ascii_letters

    # Specs are mostly written in small letters, patterns in large ones.
    written = str.lower if item.path and item.word.islower() else str.upper
    known = [*blocks, *map(written, sorted(known_keywords()))]
    letters = len(item.word) - len(item.word.lstrip(ascii_letters + "_"))
    word = written(item.word[:letters])
    name = item.span.text if item.span else ""
    if item.path and name in layers:
        hint = f"a layer that stands before is taken under `from`: {{from: [{name}, ...]}}"
        return SpecError(f"`{name[:60]}` is no type of layer", item.span, hint, path=item.path)
    if item.path and written(item.word) != word in known:  # as in `CONV3-64: {name: stem}`
        hint = f"write {word}: {{...}} with every option by its name"
    else:
        hint = nearest_hint(item.word, known) or "convcalc's docs list every layer"
    return SpecError(f"unknown layer `{item.word[:60]}`", item.span, hint, path=item.path)


def refuse_number(item: LayerTree, spelling: Spelling, given: int, before: str) -> NoReturn:
    """Raise: a layer has too few or too many inputs; `before` is the layer in front of it."""
    least, most = spelling.type.inputs
    wanted = f"{least} or {most} inputs" if most else f"at least {least} inputs"
    if least == most:
        wanted = "one input" if most == 1 else f"{most} inputs"
    hint = ""
    if spelling.type.branch_names:
        hint = f"write {item.word}: {{{spelling.type.branch_names[0]}: [...]}}"
    elif given < least:
        hint = f"write {item.word}: {{from: [{before}, ...]}} or a list of branches"
    raise SpecError(f"{item.word} takes {wanted}, not {given}", item.span, hint, path=item.path)
