"""One class of an exported network: its constructor and its `forward`."""

from convcalc.code import ANY, FIRST, ROWS, VOLUME, Code
from convcalc.exporters.torch_format import Call, Expression, method, statement
from convcalc.exporters.torch_names import Names
from convcalc.exporters.torch_scopes import Scopes, _recomputed, takes
from convcalc.writing.folding import Block
from convcalc.writing.items import INPUT
from convcalc.writing.outline import Part, Parts, Scope, Step, signature, slots

BODY = 8  # columns in front of the code in a method
Words = dict[tuple[str, str], str]


class Class:
    """The class of a scope; `block` has its parameters, if it is used several times."""

    def __init__(self, scopes: Scopes, scope: Scope, block: Block | None) -> None:
        self.scopes = scopes
        self.scope = scope
        self.names = Names()
        given = slots(scope)
        chosen = block.parameters if block else {}
        self.words: Words = {given[k][:2]: self.names.free(word) for k, word in _once(chosen)}
        self.words |= {given[k][:2]: word for k, word in chosen.items()}
        self.types = {word: _annotation(given[k][2]) for k, word in chosen.items()}
        self.built: list[str] = []
        self.run: list[str] = []
        self.kept: dict[str, str] = {}  # variables of values that are taken by name
        self.rows: dict[str, bool] = {"x": False}

    def text(self, name: str, outputs: tuple[str, ...]) -> str:
        """The source of the class."""
        self.rows["x"] = takes(self.scope) == ROWS and bool(self.scope.name)
        self.kept[INPUT] = "x"
        last = self._parts(self.scope.parts, "x", "x")
        found = [self.kept.get(output, last) for output in outputs] or [last]
        self.run.append(f"return {', '.join(found)}")
        several = f"tuple[{', '.join(['Tensor'] * len(found))}]"
        gives = several if len(found) > 1 else "Tensor"
        typed = [f"{word}: {kind}" for word, kind in self.types.items()]
        lines = [
            f"class {name}(nn.Module):",
            *method("__init__", ["self", *typed], "None"),
            " " * BODY + "super().__init__()",
            *self.built,
            "",
            *method("forward", ["self", "x: Tensor"], gives),
        ]
        return "\n".join([*lines, *(" " * BODY + line for line in self.run)]) + "\n"

    def _parts(self, parts: Parts, given: str, target: str) -> str:
        """Run parts one after the other from a variable on; gives the one with the result."""
        current = given
        for part in parts:
            current = self._part(part, current, target)
        return current

    def _part(self, part: Part, current: str, target: str) -> str:
        first = part
        while isinstance(first, Scope):
            first = first.parts[0]
        if isinstance(first, Step) and len(first.sources) == 1 and not first.branches:
            current = self.kept[first.sources[0]]
        if isinstance(part, Step):
            return self._step(part, current, target)
        if not self.scopes.closed(part):
            return self._parts(part.parts, current, target)
        return self._scope(part, current, target)

    def _scope(self, scope: Scope, current: str, target: str) -> str:
        attribute = self._attribute(scope.name)
        self.built += statement(f"self.{attribute} = ", self._made(scope), BODY)
        given, current = current, self._shaped(current, takes(scope))
        value: Expression = Call(f"self.{attribute}", (current,))
        if _recomputed(scope):
            value = f"checkpoint(self.{attribute}, {current}, use_reentrant=False)"
        *_, last = scope.items
        rows = _gives_rows(scope, self.rows[given])
        return self._assigned(last.name, value, target, rows)

    def _step(self, step: Step, current: str, target: str) -> str:
        code: Code = step.item.layer  # type: ignore[assignment]
        if step.branches:
            operands = self._branches(step, current)
        elif len(step.sources) > 1:
            operands = [self.kept[source] for source in step.sources]
        else:
            operands = [current]
        rows = code.gives == ROWS or (code.gives == ANY and self.rows[operands[0]])
        shaped = [self._shaped(operand, code.takes) for operand in operands]
        attribute = self._attribute(step.item.shares or step.item.name) if code.module else ""
        if code.module and not step.item.shares:
            self.built += statement(f"self.{attribute} = ", self._made(step), BODY)
        value = _called(code.call, attribute, shaped)
        return self._assigned(step.item.name, value, target, rows)

    def _branches(self, step: Step, fork: str) -> list[str]:
        """Variables with the ends of the branches."""
        several = sum(map(bool, step.branches)) > 1
        found = []
        for number, branch in enumerate(step.branches, 1):
            if branch:
                target = self.names.free(f"branch{number}" if several else "out")
                found.append(self._parts(branch, fork, target))
            else:
                found.append(fork)
        return found

    def _shaped(self, variable: str, wanted: str) -> str:
        """The variable as rows or as a volume, whichever the layer takes."""
        if wanted == ROWS and not self.rows[variable]:
            return f"torch.flatten({variable}, 1)"
        if wanted == VOLUME and self.rows[variable]:
            return f"{variable}[:, :, None, None]"
        return variable

    def _assigned(self, name: str, value: Expression, target: str, rows: bool) -> str:
        """A statement; what is taken by name later gets a variable of its own."""
        taken = name in self.scopes.takers
        variable = self.names.free(_short(name)) if taken else target
        if taken:
            self.kept[name] = variable
        self.run += [
            line.lstrip() if k == 0 else line[BODY:]
            for k, line in enumerate(statement(f"{variable} = ", value, BODY))
        ]
        self.rows[variable] = rows
        return variable

    def _attribute(self, name: str) -> str:
        prefix = f"{self.scope.name}." if self.scope.name else ""
        return self.names.attribute(name.removeprefix(prefix))

    def _made(self, part: Part) -> Expression:
        """The expression that makes a layer or a scope."""
        if isinstance(part, Step):
            return self._layer(part)
        if self.scopes.sequential(part):
            return Call("nn.Sequential", tuple(map(self._made, part.parts)), tall=True)
        block = self.scopes.blocks[signature(part)]
        given = slots(part)
        said = {word: self._word(given[k]) for k, word in block.parameters.items()}
        return Call(block.name, tuple(said.values()))

    def _layer(self, step: Step) -> Call:
        """`nn.Conv2d(3, 64, kernel_size=7)`."""
        code: Code = step.item.layer  # type: ignore[assignment]
        said = []
        for name, value, needed in code.said:
            if needed or (step.item.name, name) in self.words:
                text = self._word((step.item.name, name, value))
                said.append(text if name in FIRST else f"{name}={text}")
        frozen = "" if step.item.trainable else ".requires_grad_(False)"
        return Call(code.module, tuple(said), after=frozen)

    def _word(self, slot: tuple[str, str, object]) -> str:
        return self.words.get(slot[:2]) or repr(slot[2]).replace("'", '"')


def _called(template: str, attribute: str, operands: list[str]) -> Expression:
    """A call of a module or of torch, in a form that can be broken into lines."""
    name, bracket, rest = template.replace("{self}", f"self.{attribute}").partition("(")
    if bracket and rest == "{0})":
        return Call(name, tuple(operands))
    if rest.startswith("[{all}], "):
        return Call(name, (Call("", tuple(operands), brackets="[]"), rest[9:-1]))
    return template.format(*operands, self=f"self.{attribute}")


def _once(chosen: dict[int, str]) -> list[tuple[int, str]]:
    """Each word with the first of its slots."""
    found: dict[str, int] = {}
    for index, word in chosen.items():
        found.setdefault(word, index)
    return [(index, word) for word, index in found.items()]


def _annotation(value: object) -> str:
    if isinstance(value, tuple):
        return f"tuple[{', '.join(['int'] * len(value))}]"
    return type(value).__name__


def _gives_rows(scope: Scope, rows: bool) -> bool:
    for part in scope.parts:
        if isinstance(part, Scope):
            rows = _gives_rows(part, rows)
        else:
            gives = part.item.layer.gives  # type: ignore[attr-defined]
            rows = gives == ROWS or (gives == ANY and rows)
    return rows


def _short(name: str) -> str:
    """A variable for a layer's value: the last word of its name."""
    from convcalc.exporters.torch_names import identifier

    return identifier(name.replace(".", "_"))
