"""The `forward` of one class: which variable holds which value, and for how long.

The trunk is `x`. A branch has a variable of its own, and so has what is taken by its name
later on. No variable is given a new value while its old one is still to be taken.
"""

from convcalc.facts.torch_code import ALL, ROWS, VOLUME, Code
from convcalc.models.exporters.torch_format import (
    CallExpression,
    Expression,
    read_expression,
    sequence_lines,
    statement_lines,
)
from convcalc.models.exporters.torch_names import RESERVED, UniqueNames, variable_name
from convcalc.models.exporters.torch_scopes import Face, Scopes, is_recomputed, units_in
from convcalc.models.writing.items import NamedLayer
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
        self.units = list(units_in(scope.parts, scopes.closed))
        self.last = dict.fromkeys(face.exits, len(self.units))  # unit that takes a value last
        for position, unit in reversed(list(enumerate(self.units))):
            for name in self._taken_names(unit):
                self.last.setdefault(name, position)
        self.position = 0
        self.kept = {name for step in _steps_in(scope.parts) for name in step.sources}
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
            word = self.names.free_name(SKIP) if found else TRUNK
            if self.face.named:
                word = self.names.free_name(variable_name(name))
            self._hold_value(name, word)
            found.append(f"{word}: Tensor")
        return found

    def body_lines(self) -> list[str]:
        """The statements."""
        self._write_parts(self.scope.parts, TRUNK)
        given = [self.variables[name] for name in self.face.exits]
        return [*self.lines, *sequence_lines("return ", given, INDENT)]

    def _taken_names(self, unit: Part) -> tuple[str, ...]:
        if isinstance(unit, OutlineStep):
            return unit.item.inputs
        return self.scopes.faces[unit.name].entries

    def _write_parts(self, parts: Parts, target: str) -> None:
        for part in parts:
            if isinstance(part, OutlineStep):
                self._write_branches(part)
                self._write_step(part, target)
            elif part.name in self.scopes.closed:
                self._write_scope(part, target)
            else:
                self._write_parts(part.parts, target)

    def _write_branches(self, step: OutlineStep) -> None:
        """Each branch in a variable of its own."""
        targets = self._branch_variables(step)
        for branch, target in zip(step.branches, targets, strict=True):
            first = branch[0] if branch else None
            if isinstance(first, OutlineStep) and not first.branches:
                self.promised[first.name] = target
        for branch, target in zip(step.branches, targets, strict=True):
            self.awaited.remove(target)
            self._write_parts(branch, target)

    def _branch_variables(self, step: OutlineStep) -> list[str]:
        """The variable of each branch; one without layers needs none."""
        several = sum(map(bool, step.branches)) > 1
        found = []
        for number, branch in enumerate(step.branches, 1):
            word = f"branch{number}" if several else BRANCH
            found.append(self._vacant_name(word) if branch else "")
            self.awaited.append(found[-1])
        return found

    def _write_step(self, step: OutlineStep, target: str) -> None:
        item = step.item
        code = item.code
        if item.name in self.variables or (code.part and item.name not in self.last):
            self.position += 1  # made together with another part, or not taken
            return
        if self.face.gathers and not self.position:
            value = read_expression(code.call.replace(f"[{ALL}]", MANY), [])
        else:
            operands = [self._as_wanted(name, code.takes, item) for name in item.inputs]
            value = read_expression(code.call, operands, self.attributes.get(part_key(step), ""))
        if code.part:
            self._write_split(step, code, value, target)
        else:
            self._write_assignment({item.name: item.name}, value, target)
        self.position += 1

    def _write_split(self, step: OutlineStep, code: Code, value: Expression, target: str) -> None:
        """All parts of a volume that are taken, by one statement."""
        number, several = code.part or (0, 1)
        alike = self._sibling_parts(step, code)
        if len(alike) == 1:
            self._write_assignment({step.name: step.name}, f"{value}[{number}]", target)
        else:
            words = [self._part_variable(alike.get(k, ""), target) for k in range(several)]
            self.lines += sequence_lines("", words, INDENT, f" = {value}")

    def _sibling_parts(self, step: OutlineStep, code: Code) -> dict[int, str]:
        """The layers from here on that are parts of the same volume, by number."""
        found: dict[int, str] = {}
        for unit in self.units[self.position :]:
            if isinstance(unit, OutlineStep) and unit.item.inputs == step.item.inputs:
                other = unit.item.code
                if other.part and other.call == code.call:
                    found.setdefault(other.part[0], unit.name)
        return found

    def _part_variable(self, name: str, target: str) -> str:
        """The variable for a part of a volume."""
        if name not in self.last:
            return "_"
        if name in self.promised and not self._is_needed(self.promised[name]):
            return self._hold_value(name, self.promised[name])
        return self._new_variable(name, name, target)

    def _write_scope(self, scope: Scope, target: str) -> None:
        face, module = self.scopes.faces[scope.name], f"self.{self.attributes[part_key(scope)]}"
        wanted, first = self.scopes.entry_form(scope), next(iter(scope.items))
        given = [self._as_wanted(name, wanted if k == 0 or face.gathers else "", first)
                 for k, name in enumerate(face.entries)]  # fmt: skip
        value = CallExpression(module, tuple(given))
        if is_recomputed(scope):
            value = CallExpression("checkpoint", (module, *given, "use_reentrant=False"))
        single = len(face.exits) == 1
        self._write_assignment(
            {name: scope.name if single else name for name in face.exits}, value, target
        )
        self.position += 1

    def _as_wanted(self, name: str, wanted: str, taker: NamedLayer) -> str:
        """The variable as rows or as a volume, whichever is taken."""
        word, state = self.variables[name], self.scopes.states[name]
        axes = self.scopes.axes.taken[taker.name]
        other = wanted == VOLUME == state and axes != self.scopes.axes.given[name]
        if wanted == ROWS != state or other:
            word = f"torch.flatten({word}, 1)"
        if wanted == VOLUME != state or other:
            word += f"[:, :{', None' * axes}]"
        return word

    def _write_assignment(self, names: dict[str, str], value: Expression, target: str) -> None:
        """A statement that makes values; `names` says what each may be called."""
        words = [self._new_variable(name, called, target) for name, called in names.items()]
        if len(words) > 1:
            self.lines += sequence_lines("", words, INDENT, f" = {value}")
        else:
            self.lines += statement_lines(f"{words[0]} = ", value, INDENT)

    def _new_variable(self, name: str, called: str, target: str) -> str:
        """The variable for a new value."""
        if name in self.kept and self.last.get(name, -1) >= 0:
            local = called.removeprefix(f"{self.scope.name}.")
            word = self._vacant_name(variable_name(local))
        else:
            word = self._vacant_name(BRANCH if self._is_busy(target) else target)
        return self._hold_value(name, word)

    def _vacant_name(self, word: str) -> str:
        """The word, or with a number behind it, whose value nobody takes any more."""
        candidate, number = word, 2
        while self._is_busy(candidate):
            candidate, number = f"{word}_{number}", number + 1
        return candidate

    def _is_busy(self, word: str) -> bool:
        return self._is_needed(word) or word in self.awaited

    def _is_needed(self, word: str) -> bool:
        """Whether the variable's value is taken later on."""
        value = self.held.get(word)
        return value is not None and self.last.get(value, -1) > self.position

    def _hold_value(self, name: str, word: str) -> str:
        self.variables[name], self.held[word] = word, name
        return word


def _steps_in(parts: Parts) -> list[OutlineStep]:
    found: list[OutlineStep] = []
    for part in parts:
        for inner in [part.parts] if isinstance(part, Scope) else part.branches:
            found += _steps_in(inner)
        found += [part] if isinstance(part, OutlineStep) else []
    return found


def part_key(part: Part) -> Key:
    """What tells a scope from a layer of the same name."""
    return isinstance(part, Scope), part.name
