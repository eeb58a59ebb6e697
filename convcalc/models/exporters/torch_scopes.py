"""Which scopes of a network can be modules of their own, and which of these are alike."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from convcalc.facts.torch_code import ALL, ANY, CALL, ROWS, VOLUME, Code
from convcalc.models.exporters.torch_names import UniqueNames, class_name
from convcalc.models.writing.folding import parameter_names
from convcalc.models.writing.items import NamedLayer
from convcalc.models.writing.outline import OutlineStep, Part, Parts, Scope, can_vary, slots_of
from convcalc.text.errors import ConvcalcError

MOST_ENTRIES = 2  # values that a person gives to a module


class Face(NamedTuple):
    """What a scope takes from outside, and what of it is taken outside, in order."""

    entries: tuple[str, ...]
    exits: tuple[str, ...]
    gathers: bool  # its first layer joins the entries, however many they are
    named: bool = False  # the entries keep their names: inputs of the network


class ModuleClass(NamedTuple):
    """A class: one of its uses for a pattern, and the words and types of what differs."""

    name: str
    body: Scope
    words: dict[int, str]  # by position of the slot
    types: dict[str, str]


class Axes(NamedTuple):
    """How many axes a volume has, by the layers that take it and by those that give it."""

    taken: dict[str, int]
    given: dict[str, int]


class Scopes:
    """The scopes of an outline; `blocks` are the classes by kind, those they use before them.

    `given` are the forms of the inputs by name.
    """

    def __init__(
        self,
        outline: Scope,
        outputs: tuple[str, ...],
        names: UniqueNames,
        given: dict[str, str],
        axes: Axes,
    ) -> None:
        self.axes = axes
        items = list(outline.items)
        self.takers = takers_by_value(items, outputs)
        self.states = given | {item.name: item.code.gives for item in items}
        self.sharers = [(item.shares, item.name) for item in items if item.shares]
        self.faces = {scope.name: self._face_of(scope) for scope in scopes_in(outline.parts)}
        self.closed = {s.name for s in scopes_in(outline.parts) if self._is_closed(s)}
        for scope in scopes_in(outline.parts):
            if is_recomputed(scope) and scope.name not in self.closed:
                raise ConvcalcError(
                    f"`{scope.name}` is computed again in the backward pass and shares parameters "
                    "with layers outside of it: PyTorch has no module for that"
                )
        self.sequential: set[str] = set()
        found: dict[Any, list[Scope]] = {}
        for scope in scopes_in(outline.parts):
            if self._is_sequential(scope):
                self.sequential.add(scope.name)
            elif scope.name in self.closed:
                found.setdefault(self.kind_of(scope), []).append(scope)
        self.blocks = {kind: _block_class(uses, names) for kind, uses in found.items()}

    def _face_of(self, scope: Scope) -> Face:
        items = list(scope.items)
        inside = {item.name for item in items}
        taken = [[name for name in item.inputs if name not in inside] for item in items]
        exits = tuple(
            item.name for item in items if not inside.issuperset(self.takers.get(item.name, ()))
        )
        entries = tuple(dict.fromkeys(name for names in taken for name in names))
        gathers = ALL in items[0].code.call and not any(taken[1:])
        return Face(items[0].inputs if gathers else entries, exits or (items[-1].name,), gathers)

    def _is_closed(self, scope: Scope) -> bool:
        """Whether it can be a module: recomputed scopes must be, others where it is usual."""
        inside = {item.name for item in scope.items}
        if any((name in inside) != (other in inside) for name, other in self.sharers):
            return False
        face = self.faces[scope.name]
        *_, last = scope.items
        usual = face.exits == (last.name,) and (face.gathers or len(face.entries) <= MOST_ENTRIES)
        return usual or is_recomputed(scope)

    def _is_sequential(self, scope: Scope) -> bool:
        """Whether it is layers 0, 1, 2 ... in a row, each a module that takes the one before."""
        words = [part.name[len(scope.name) + 1 :] for part in scope.parts]
        counted = words == [str(k) for k in range(len(words))]
        if not counted or scope.name not in self.closed:
            return False
        before, state = None, self.entry_form(scope.parts[0])
        for part in scope.parts:
            taken, given = self._ends_of(part)
            if before and (taken != (before,) or not self._is_only_taker(before, part)):
                return False
            if not self._is_module(part, state):
                return False
            before, state = given[-1], self.states[given[-1]]
        return True

    def entry_form(self, part: Part) -> str:
        """Whether it must be given rows or a volume."""
        if isinstance(part, OutlineStep):
            return part.item.code.takes
        if part.name in self.sequential or part.name not in self.closed:
            return self.entry_form(part.parts[0])
        face = self.faces[part.name]
        return first_code(part).takes if face.gathers else self.states[face.entries[0]]

    def _ends_of(self, part: Part) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if isinstance(part, Scope):
            return self.faces[part.name][:2]
        return part.item.inputs, (part.item.name,)

    def _is_only_taker(self, value: str, part: Part) -> bool:
        """Whether nothing but this part takes the value."""
        inside = {item.name for item in part.items}
        return inside.issuperset(self.takers[value])

    def _is_module(self, part: Part, state: str) -> bool:
        if isinstance(part, Scope):
            face = self.faces[part.name]
            joins = face.gathers or len(face.entries) > 1 or len(face.exits) > 1
            fits = part.name in self.closed and self.entry_form(part) == state
            return fits and not joins and not is_recomputed(part)
        code = part.item.code
        plain = code.module and code.call == CALL and code.takes == state and not code.part
        return bool(plain and not part.branches and not part.item.shares)

    def kind_of(self, scope: Scope) -> Any:
        """What scopes must have in common to be one class: all but names outside and numbers."""
        face, length = self.faces[scope.name], len(scope.name)
        local: dict[str, Any] = {name: k for k, name in enumerate(face.entries)}
        local |= {item.name: item.name[length:] for item in scope.items}
        states = () if face.gathers else tuple(self.states[name] for name in face.entries)
        alike = [_comparable(item, local, scope.name) for item in scope.items]
        if face.gathers:
            alike[0] = (*alike[0][:-1], ALL)
        axes = [self.axes.taken[item.name] for item in scope.items if item.code.takes == VOLUME]
        return states, tuple(local[name] for name in face.exits), tuple(alike), tuple(axes)


def _comparable(item: NamedLayer, local: dict[str, Any], scope: str) -> tuple[Any, ...]:
    code = item.code
    said = tuple((name, None if can_vary(value) else value) for name, value, _ in code.said)
    again = item.checkpoint[len(scope) :] if item.checkpoint.startswith(scope) else ""
    shares, inputs = local.get(item.shares), tuple(local[name] for name in item.inputs)
    written = code._replace(arguments=(), helper="")
    return local[item.name], written, said, item.trainable, shares, again, inputs


def _block_class(uses: list[Scope], names: UniqueNames) -> ModuleClass:
    given = [slots_of(scope) for scope in uses]
    words = parameter_names(given, uses[0])
    types: dict[str, set[str]] = {}
    for index, word in words.items():
        types.setdefault(word, set()).update(_type_annotation(use[index][2]) for use in given)
    typed = {word: " | ".join(sorted(kinds)) for word, kinds in types.items()}
    return ModuleClass(names.free_name(_class_title(uses[0].name)), uses[0], words, typed)


def _type_annotation(value: object) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(['int'] * len(value))}]"
    return type(value).__name__


def _class_title(path: str) -> str:
    """The last word of a path; what is numbered is called after what holds it."""
    *outer, last = path.split(".")
    if last.isdecimal():
        outer = [word for word in outer if not word.isdecimal()]
        last = f"{outer[-1] if outer else 'net'}_block"
    return class_name(re.sub(r"(?<=[a-z])\d+[a-z]?(?=_|$)", "", last))


def first_code(part: Part) -> Code:
    """The code of the layer that runs first."""
    return next(iter(part.items)).code


def is_recomputed(scope: Scope) -> bool:
    """Whether torch's checkpoint runs it."""
    return all(item.checkpoint == scope.name for item in scope.items)


def takers_by_value(items: list[NamedLayer], outputs: tuple[str, ...]) -> dict[str, list[str]]:
    """Who takes each value; an output of the network is taken by ""."""
    found: dict[str, list[str]] = {name: [""] for name in outputs}
    for item in items:
        for name in item.inputs:
            found.setdefault(name, []).append(item.name)
    return found


def settle_forms(
    items: list[NamedLayer], outputs: tuple[str, ...], given: dict[str, str]
) -> list[NamedLayer]:
    """What takes rows and volumes told which: in an nn.Sequential, what the next one takes."""
    taken, wanted = takers_by_value(items, outputs), {"": VOLUME}
    for item in reversed(items):
        first, *others = taken.get(item.name, [""])
        own = item.code.takes
        early = not others and item.name.rpartition(".")[2].isdecimal()  # in an nn.Sequential
        wanted[item.name] = own if own != ANY else wanted[first] if early else VOLUME
    states, found = dict(given), []
    for item in items:
        code = item.code
        if code.takes == ANY:
            taken_as = {states[name] for name in item.inputs}
            early = len(item.inputs) == 1 and wanted[item.name] == ROWS
            kind = ROWS if taken_as == {ROWS} or early else VOLUME
            code = code._replace(takes=kind, gives=kind if code.gives == ANY else code.gives)
        states[item.name] = code.gives
        found.append(item._replace(written=code))
    return found


def scopes_in(parts: Parts) -> Iterator[Scope]:
    """Every scope, after those in it."""
    for part in parts:
        for inner in [part.parts] if isinstance(part, Scope) else part.branches:
            yield from scopes_in(inner)
        if isinstance(part, Scope):
            yield part


def units_in(parts: Parts, closed: set[str]) -> Iterator[Part]:
    """The layers and modules of a class in the order in which they run."""
    for part in parts:
        if isinstance(part, OutlineStep):
            for branch in part.branches:
                yield from units_in(branch, closed)
            yield part
        elif part.name in closed:
            yield part
        else:
            yield from units_in(part.parts, closed)
