"""The `forward` of one class: which variable holds which value, and for how long.

The trunk is `x`. A branch has a variable of its own, and so has what is taken by its name
later on. No variable is given a new value while its old one is still to be taken.
"""

from convcalc.facts.torch_code import ALL, ROWS, VOLUME, Code
from convcalc.models.exporters.torch_format import (
    CallExpression,
    Expression,
    expression,
    sequence,
    statement,
)
from convcalc.models.exporters.torch_names import RESERVED, UniqueNames, variable
from convcalc.models.exporters.torch_scopes import Face, Scopes, recomputed, units
from convcalc.models.writing.outline import OutlineStep, Part, Parts, Scope

Key = tuple[bool, str]  # whether it is a scope, and its name
INDENT = 8
TRUNK, BRANCH, SKIP, MANY = "x", "out", "skip", "features"


class ForwardWriter:
    """Writes the statements; `attributes` are those of layers and modules by their parts."""

    def __init__(
        self, scopes: Scopes, scope: Scope, face: Face, attributes: dict[Key, str]
    ) -> None:
        self.scopes, self.scope, self.face = scopes, scope, face
        self.attributes = attributes
        self.names = UniqueNames(RESERVED | {TRUNK, BRANCH, MANY})
        self.units = list(units(scope.parts, scopes.closed))
        self.last = dict.fromkeys(face.exits, len(self.units))  # unit that takes a value last
        for position, unit in reversed(list(enumerate(self.units))):
            for name in self._taken(unit):
                self.last.setdefault(name, position)
        self.position = 0
        self.kept = {name for step in _steps(scope.parts) for name in step.sources}
        self.kept |= set(face.exits if len(face.exits) > 1 else ())
        self.held: dict[str, str] = {}  # values by variable
        self.variables: dict[str, str] = {}
        self.awaited: list[str] = []  # variables of branches to come
        self.promised: dict[str, str] = {}  # variables of values that do not exist yet
        self.lines: list[str] = []

    def parameters(self) -> list[str]:
        """What it takes besides the module."""
        if self.face.gathers:
            return [f"*{MANY}: Tensor"]
        found: list[str] = []
        for name in self.face.entries:
            word = self.names.free(SKIP) if found else TRUNK
            self._hold(name, word)
            found.append(f"{word}: Tensor")
        return found

    def body(self) -> list[str]:
        """The statements."""
        self._parts(self.scope.parts, TRUNK)
        given = [self.variables[name] for name in self.face.exits]
        return [*self.lines, *sequence("return ", given, INDENT)]

    def _taken(self, unit: Part) -> tuple[str, ...]:
        if isinstance(unit, OutlineStep):
            return unit.item.inputs
        return self.scopes.faces[unit.name].entries

    def _parts(self, parts: Parts, target: str) -> None:
        for part in parts:
            if isinstance(part, OutlineStep):
                self._branches(part)
                self._step(part, target)
            elif part.name in self.scopes.closed:
                self._scope(part, target)
            else:
                self._parts(part.parts, target)

    def _branches(self, step: OutlineStep) -> None:
        """Each branch in a variable of its own."""
        targets = self._targets(step)
        for branch, target in zip(step.branches, targets, strict=True):
            first = branch[0] if branch else None
            if isinstance(first, OutlineStep) and not first.branches:
                self.promised[first.name] = target
        for branch, target in zip(step.branches, targets, strict=True):
            self.awaited.remove(target)
            self._parts(branch, target)

    def _targets(self, step: OutlineStep) -> list[str]:
        """The variable of each branch; one without layers needs none."""
        several = sum(map(bool, step.branches)) > 1
        found = []
        for number, branch in enumerate(step.branches, 1):
            word = f"branch{number}" if several else BRANCH
            found.append(self._vacant(word) if branch else "")
            self.awaited.append(found[-1])
        return found

    def _step(self, step: OutlineStep, target: str) -> None:
        item = step.item
        code: Code = item.layer  # type: ignore[assignment]
        if item.name in self.variables or (code.part and item.name not in self.last):
            self.position += 1  # made together with another part, or not taken
            return
        if self.face.gathers and not self.position:
            value = expression(code.call.replace(f"[{ALL}]", MANY), [])
        else:
            operands = [self._given(name, code.takes) for name in item.inputs]
            value = expression(code.call, operands, self.attributes.get(key(step), ""))
        if code.part:
            self._split(step, code, value, target)
        else:
            self._assign({item.name: item.name}, value, target)
        self.position += 1

    def _split(self, step: OutlineStep, code: Code, value: Expression, target: str) -> None:
        """All parts of a volume that are taken, by one statement."""
        number, several = code.part or (0, 1)
        alike = self._alike(step, code)
        if len(alike) == 1:
            self._assign({step.name: step.name}, f"{value}[{number}]", target)
        else:
            words = [self._part(alike.get(k, ""), target) for k in range(several)]
            self.lines += sequence("", words, INDENT, f" = {value}")

    def _alike(self, step: OutlineStep, code: Code) -> dict[int, str]:
        """The layers from here on that are parts of the same volume, by number."""
        found: dict[int, str] = {}
        for unit in self.units[self.position :]:
            if isinstance(unit, OutlineStep) and unit.item.inputs == step.item.inputs:
                other: Code = unit.item.layer  # type: ignore[assignment]
                if other.part and other.call == code.call:
                    found.setdefault(other.part[0], unit.name)
        return found

    def _part(self, name: str, target: str) -> str:
        """The variable for a part of a volume."""
        if name not in self.last:
            return "_"
        if name in self.promised and not self._needed(self.promised[name]):
            return self._hold(name, self.promised[name])
        return self._variable(name, name, target)

    def _scope(self, scope: Scope, target: str) -> None:
        face, module = self.scopes.faces[scope.name], f"self.{self.attributes[key(scope)]}"
        wanted = self.scopes.entry(scope)
        given = [self._given(name, wanted if k == 0 or face.gathers else "")
                 for k, name in enumerate(face.entries)]  # fmt: skip
        value = CallExpression(module, tuple(given))
        if recomputed(scope):
            value = CallExpression("checkpoint", (module, *given, "use_reentrant=False"))
        single = len(face.exits) == 1
        self._assign({name: scope.name if single else name for name in face.exits}, value, target)
        self.position += 1

    def _given(self, name: str, wanted: str) -> str:
        """The variable as rows or as a volume, whichever is taken."""
        word, state = self.variables[name], self.scopes.states[name]
        if wanted == ROWS != state:
            return f"torch.flatten({word}, 1)"
        if wanted == VOLUME != state:
            return f"{word}[:, :, None, None]"
        return word

    def _assign(self, names: dict[str, str], value: Expression, target: str) -> None:
        """A statement that makes values; `names` says what each may be called."""
        words = [self._variable(name, called, target) for name, called in names.items()]
        if len(words) > 1:
            self.lines += sequence("", words, INDENT, f" = {value}")
        else:
            self.lines += statement(f"{words[0]} = ", value, INDENT)

    def _variable(self, name: str, called: str, target: str) -> str:
        """The variable for a new value."""
        if name in self.kept and self.last.get(name, -1) >= 0:
            local = called.removeprefix(f"{self.scope.name}.")
            word = self._vacant(variable(local))
        else:
            word = self._vacant(BRANCH if self._busy(target) else target)
        return self._hold(name, word)

    def _vacant(self, word: str) -> str:
        """The word, or with a number behind it, whose value nobody takes any more."""
        candidate, number = word, 2
        while self._busy(candidate):
            candidate, number = f"{word}_{number}", number + 1
        return candidate

    def _busy(self, word: str) -> bool:
        return self._needed(word) or word in self.awaited

    def _needed(self, word: str) -> bool:
        """Whether the variable's value is taken later on."""
        value = self.held.get(word)
        return value is not None and self.last.get(value, -1) > self.position

    def _hold(self, name: str, word: str) -> str:
        self.variables[name], self.held[word] = word, name
        return word


def _steps(parts: Parts) -> list[OutlineStep]:
    found: list[OutlineStep] = []
    for part in parts:
        for inner in [part.parts] if isinstance(part, Scope) else part.branches:
            found += _steps(inner)
        found += [part] if isinstance(part, OutlineStep) else []
    return found


def key(part: Part) -> Key:
    """What tells a scope from a layer of the same name."""
    return isinstance(part, Scope), part.name
