"""Modules that are alike but for numbers become one block with parameters.

The outermost modules that occur twice become blocks first, then what occurs twice in what
is left and in the blocks themselves. Numbers that differ from use to use are parameters,
one for all that always have the same value.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

from convcalc.models.writing.outline import OutlineStep, Parts, Scope, Slot, signature_of, slots_of

CONTAINERS = {"Sequential", "ModuleList", "ModuleDict"}  # they group what happens to follow
FEWEST = 2  # layers of a block, and uses of it


class FoldedBlock(NamedTuple):
    """A block: one of its uses for a pattern, and the parameters by position of the slot."""

    name: str
    body: Scope
    parameters: dict[int, str]
    uses: int


Blocks = dict[Any, FoldedBlock]


def fold_blocks(parts: Parts, kinds: dict[str, str], taken: set[str]) -> Blocks:
    """The blocks of a network by their signature.

    `kinds` are the classes of modules by path; `taken` are words that no block can have.
    """
    chosen = _chosen_scopes(parts, kinds)
    occurrences: dict[Any, list[list[Slot]]] = {}
    for scope in _scopes_in(parts):
        found = signature_of(scope)
        if found in chosen:
            occurrences.setdefault(found, []).append(slots_of(scope))
    blocks: Blocks = {}
    for found, body in chosen.items():
        name = _free_name(_small_word(kinds.get(body.name, "block")), taken)
        uses = occurrences[found]
        blocks[found] = FoldedBlock(name, body, parameter_names(uses, body), len(uses))
    return blocks


def _chosen_scopes(parts: Parts, kinds: dict[str, str]) -> dict[Any, Scope]:
    """The scope to write out for each signature that becomes a block."""
    bodies: list[Parts] = [parts]
    chosen: dict[Any, Scope] = {}
    while True:
        counts: Counter[Any] = Counter()
        first: dict[Any, Scope] = {}
        for body in bodies:
            for scope in _open_scopes(body, chosen):
                if kinds.get(scope.name) not in CONTAINERS:
                    found = signature_of(scope)
                    counts[found] += 1
                    first.setdefault(found, scope)
        new = {
            found: scope
            for found, scope in first.items()
            if found is not None and counts[found] >= FEWEST and _count_layers(scope) >= FEWEST
        }
        outer = {found: scope for found, scope in new.items() if not _inside_other(scope, new)}
        if not outer:
            return chosen
        chosen |= outer
        bodies += [scope.parts for scope in outer.values()]


def _inside_other(scope: Scope, new: dict[Any, Scope]) -> bool:
    return any(scope.name.startswith(f"{other.name}.") for other in new.values())


def _count_layers(scope: Scope) -> int:
    return len(list(scope.items))


def _scopes_in(parts: Parts) -> Iterator[Scope]:
    """Every scope, also those in branches."""
    for part in parts:
        if isinstance(part, Scope):
            yield part
            yield from _scopes_in(part.parts)
        else:
            for branch in part.branches:
                yield from _scopes_in(branch)


def _open_scopes(parts: Parts, chosen: dict[Any, Scope]) -> Iterator[Scope]:
    """The scopes that no chosen block hides."""
    for part in parts:
        if isinstance(part, OutlineStep):
            for branch in part.branches:
                yield from _open_scopes(branch, chosen)
        elif signature_of(part) not in chosen:
            yield part
            yield from _open_scopes(part.parts, chosen)


def parameter_names(uses: list[list[Slot]], body: Scope) -> dict[int, str]:
    """Names for the slots whose values differ; one name for slots that always agree."""
    names: dict[int, str] = {}
    known: dict[tuple[Any, ...], str] = {}
    for index, (layer, option, value) in enumerate(slots_of(body)):
        values = tuple(use[index][2] for use in uses)
        if all(each == value for each in values):
            continue
        if values not in known:
            local = _small_word(layer[len(body.name) + 1 :])
            known[values] = _free_name(option, set(known.values()), f"{option}_{local}")
        names[index] = known[values]
    return names


def _free_name(word: str, taken: set[str], otherwise: str = "") -> str:
    """The word, or the other one, or with a number behind it; it is taken then."""
    for candidate in (word, otherwise):
        if candidate and candidate not in taken:
            taken.add(candidate)
            return candidate
    number = 2
    while f"{otherwise or word}_{number}" in taken:
        number += 1
    taken.add(f"{otherwise or word}_{number}")
    return f"{otherwise or word}_{number}"


def _small_word(text: str) -> str:
    """A class or a path as one word in small letters."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    word = re.sub(r"\W+", "_", spaced).strip("_").lower()
    return word if word[:1].isalpha() else f"_{word}".strip("_") or "block"
