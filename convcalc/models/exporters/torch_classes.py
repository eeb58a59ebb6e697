"""One class of an exported network: its constructor; `forward` is written elsewhere."""

import math

from convcalc.facts.torch_code import FIRST
from convcalc.models.exporters.torch_format import (
    CallExpression,
    Expression,
    method_head,
    statement_lines,
)
from convcalc.models.exporters.torch_forward import ForwardWriter, Key, part_key
from convcalc.models.exporters.torch_names import RESERVED, UniqueNames, attribute_name
from convcalc.models.exporters.torch_scopes import Face, ModuleClass, Scopes, units_in
from convcalc.models.writing.outline import OutlineStep, Part, Scope, slots_of

BODY = 8  # columns in front of the code in a method
Words = dict[tuple[str, str], str]
MOST_LISTED = 8  # outputs whose types fit on a line


class Class:
    """The class of a scope; `block` has its parameters, if it is used several times."""

    def __init__(self, scopes: Scopes, scope: Scope, face: Face, block: ModuleClass | None) -> None:
        self.scopes = scopes
        self.scope = scope
        self.face = face
        self.names = UniqueNames({"self"})
        self.attributes: dict[Key, str] = {}
        given, chosen = slots_of(scope), block.words if block else {}
        spelled = {word: _parameter_name(word) for word in chosen.values()}
        self.words: Words = {given[k][:2]: spelled[word] for k, word in chosen.items()}
        self.typed = [
            f"{spelled[word]}: {kind}" for word, kind in (block.types if block else {}).items()
        ]

    def source_text(self, name: str) -> str:
        """The source of the class."""
        built = self._constructor_lines()
        forward = ForwardWriter(self.scopes, self.scope, self.face, self.attributes)
        exits = len(self.face.exits)
        several = ", ".join(["Tensor"] * exits) if exits <= MOST_LISTED else "Tensor, ..."
        gives = f"tuple[{several}]" if exits > 1 else "Tensor"
        lines = [
            f"class {name}(nn.Module):",
            *method_head("__init__", ["self", *self.typed], "None"),
            " " * BODY + "super().__init__()",
            *built,
            "",
            *method_head("forward", ["self", *forward.parameters()], gives),
            *forward.body_lines(),
        ]
        return "\n".join(lines) + "\n"

    def _constructor_lines(self) -> list[str]:
        """What the constructor makes, in the order in which it runs."""
        built: list[str] = []
        for unit in units_in(self.scope.parts, self.scopes.closed):
            shares = unit.item.shares if isinstance(unit, OutlineStep) else ""
            if shares:
                self.attributes[part_key(unit)] = self.attributes[False, shares]
            elif isinstance(unit, Scope) or unit.item.code.module:
                word = self.names.free_name(attribute_name(self._local_name(unit.name)))
                self.attributes[part_key(unit)] = word
                built += statement_lines(f"self.{word} = ", self._construction(unit), BODY)
        return built

    def _local_name(self, name: str) -> str:
        return name.removeprefix(f"{self.scope.name}.") if self.scope.name else name

    def _construction(self, part: Part) -> Expression:
        """The expression that makes a layer or a scope."""
        if isinstance(part, OutlineStep):
            return self._layer_call(part)
        if part.name in self.scopes.sequential:
            return CallExpression(
                "nn.Sequential", tuple(map(self._construction, part.parts)), tall=True
            )
        block = self.scopes.blocks[self.scopes.kind_of(part)]
        given = slots_of(part)
        said = {word: self._slot_word(given[k]) for k, word in block.words.items()}
        return CallExpression(block.name, tuple(_argument_texts(said)))

    def _layer_call(self, step: OutlineStep) -> CallExpression:
        """`nn.Conv2d(3, 64, kernel_size=7)`."""
        code = step.item.code
        said = []
        for name, value, needed in code.said:
            if needed or (step.item.name, name) in self.words:
                text = self._slot_word((step.item.name, name, value))
                said.append(text if name in FIRST else f"{name}={text}")
        frozen = "" if step.item.trainable else ".requires_grad_(False)"
        return CallExpression(code.module, tuple(said), after=frozen)

    def _slot_word(self, slot: tuple[str, str, object]) -> str:
        return self.words.get(slot[:2]) or _literal(slot[2])


def _literal(value: object) -> str:
    if value in (math.inf, -math.inf):
        return f'float("{value}")'
    return repr(value).replace("'", '"')


def _argument_texts(said: dict[str, str]) -> list[str]:
    """Channels and the like by their place, what follows by its name."""
    found: list[str] = []
    for word, value in said.items():
        first = word.startswith(FIRST) and not any("=" in other for other in found)
        found.append(value if first else f"{_parameter_name(word)}={value}")
    return found


def _parameter_name(word: str) -> str:
    return f"{word}_" if word in RESERVED else word
