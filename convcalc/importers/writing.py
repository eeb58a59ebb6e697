"""An imported network as the text of a spec: YAML that a person would write.

The text is read back and compared, layer by layer, before it is handed out.
"""

import re
from typing import Any

from convcalc.errors import ConvcalcError
from convcalc.expand import expand
from convcalc.importers.branches import steps
from convcalc.importers.folding import Block, Blocks, fold
from convcalc.importers.outline import (
    Part,
    Parts,
    Scope,
    Slot,
    Step,
    options,
    scoped,
    signature,
    slots,
)
from convcalc.importers.reading import Imported
from convcalc.layers import keywords
from convcalc.network import Network, Settings
from convcalc.source import Source
from convcalc.syntax.tree import TRACED
from convcalc.syntax.yaml import parse_documents

PLAIN = re.compile(r"[A-Za-z_][\w./-]*")
WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
WIDEST = 100
Lines = list[str]


def text(network: Imported, kinds: dict[str, str], rounding: str) -> str:
    """The spec; `kinds` are the classes of modules by path, for the names of blocks.

    Raises:
        ConvcalcError: what was written is not what was imported (a fault of ours).
    """
    outline = scoped(tuple(steps(network.items, network.input.name)))
    words = set(keywords()) | {"repeat"}
    for blocks in (fold(outline, kinds, words), {}):
        written = _Writer(network, blocks, rounding).text(outline)
        if _same(network, written):
            return written
    raise ConvcalcError(f"cannot write {network.name} as a spec", "please report this model")


def _same(network: Imported, written: str) -> bool:
    """Whether reading the text gives every layer with its name, options and inputs."""
    found = parsed(written)
    names = [node.name for node in found.nodes]
    read = [
        (
            node.name,
            node.layer,
            tuple(names[k] for k in node.inputs),
            node.trainable,
            "" if node.shares is None else names[node.shares],
        )
        for node in found.nodes[1:]
    ]
    wanted = [
        (item.name, item.layer, item.inputs, item.trainable, item.shares) for item in network.items
    ]
    return read == wanted and tuple(names[k] for k in found.outputs) == network.outputs


def parsed(written: str, source: str = "") -> Network:
    """The network of a text that this module has written."""
    (document,) = parse_documents(Source(written, source), keywords(), _nothing)
    return expand(document, Settings())


def _nothing(name: str, span: object) -> dict[str, Any]:
    return {}  # nothing is included


class _Writer:
    def __init__(self, network: Imported, blocks: Blocks, rounding: str) -> None:
        self.network = network
        self.blocks = blocks
        self.rounding = rounding
        self.names: dict[int, str] = {}  # parameters of the block that is being written

    def text(self, outline: Parts) -> str:
        lines = self._head()
        if self.blocks:
            lines += ["", "blocks:"]
            for block in self.blocks.values():
                lines += self._block(block)
        lines += ["", "layers:", *_indented(self._parts(outline, "", {}))]
        if self.network.outputs != (self.network.items[-1].name,):
            lines.append(f"outputs: [{', '.join(map(_word, self.network.outputs))}]")
        return "\n".join(lines) + "\n"

    def _head(self) -> Lines:
        network = self.network
        lines = [f"# Imported from {network.source}"]
        lines += [f"# {sentence}" for sentence in network.assumed]
        lines.append(f"name: {_word(network.name)}")
        volume = network.input.volume
        lines += [f"input: {volume}", f"lifetimes: {TRACED}  # each value until its last use"]
        return lines + ([f"rounding: {self.rounding}"] if self.rounding else [])

    def _block(self, block: Block) -> Lines:
        given = dict(zip(_positions(block.body), slots(block.body), strict=True))
        names = {given[index][:2]: name for index, name in block.parameters.items()}
        inner = _indented(self._parts(block.body.parts, f"{block.body.name}.", names))
        if not names:
            return _indented([f"{block.name}:", *inner])
        words = ", ".join(f"{name}: required" for name in dict.fromkeys(names.values()))
        return _indented(
            [f"{block.name}:", f"  parameters: {{{words}}}", "  layers:", *_indented(inner)]
        )

    def _parts(self, parts: Parts, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        lines: Lines = []
        index = 0
        while index < len(parts):
            part = parts[index]
            times = self._alike(parts[index:], prefix, names)
            if times >= 2:
                lines += self._repeat(part, times, prefix, names)  # type: ignore[arg-type]
            elif isinstance(part, Scope):
                lines += self._scope(part, prefix, names)
            else:
                lines += self._step(part, prefix, names)
            index += max(times, 1)
        return lines

    def _alike(self, parts: Parts, prefix: str, names: dict[tuple[str, str], str]) -> int:
        """How many uses of one block follow that differ in a number in their names only."""
        count, first = 0, self._numbered(parts[0], prefix, names)
        for part in parts if first else ():
            found = self._numbered(part, prefix, names)
            if found is None or first is None or found != (first[0] + count, first[1]):
                break
            count += 1
        return count

    def _numbered(
        self, part: Part, prefix: str, names: dict[tuple[str, str], str]
    ) -> tuple[int, Any] | None:
        if isinstance(part, Step):
            return None
        block, local = self.blocks.get(signature(part)), part.name[len(prefix) :]
        if block is None or not local.isdecimal() or _first(part).sources:
            return None
        return int(local), (block.name, self._arguments(block, part, names))

    def _repeat(
        self, scope: Scope, times: int, prefix: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        block, start = self.blocks[signature(scope)], int(scope.name[len(prefix) :])
        name = "$index" + (f" + {start}" if start else "")
        use = self._use(block, scope, name, names)
        return [f"- repeat: {times}", "  layers:", *_indented(_indented(use))]

    def _scope(self, scope: Scope, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        block = self.blocks.get(signature(scope))
        if block:
            return self._use(block, scope, _word(scope.name[len(prefix) :]), names)
        inside = f"{scope.name}."
        if not any(
            self._alike(scope.parts[k:], inside, names) > 1 for k in range(len(scope.parts))
        ):
            return self._parts(scope.parts, prefix, names)
        lines = self._parts(scope.parts, inside, names)
        local = _word(scope.name[len(prefix) :])
        return ["- repeat: 1", f"  name: {local}", "  layers:", *_indented(_indented(lines))]

    def _use(
        self, block: Block, scope: Scope, name: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        said = [("name", name)]
        if _first(scope).sources:
            said.append(("from", _word(_first(scope).sources[0])))
        return _mapping(block.name, said + list(self._arguments(block, scope, names)))

    def _arguments(
        self, block: Block, scope: Scope, names: dict[tuple[str, str], str]
    ) -> tuple[tuple[str, str], ...]:
        given = slots(scope)
        found: dict[str, str] = {}
        for index, parameter in block.parameters.items():
            found.setdefault(parameter, _value(given[index], names))
        return tuple(found.items())

    def _step(self, step: Step, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        item = step.item
        said = [("name", _word(item.name[len(prefix) :]))]
        if len(step.sources) == 1:
            said.append(("from", _word(step.sources[0])))
        elif step.sources:
            said.append(("from", f"[{', '.join(map(_word, step.sources))}]"))
        said += [
            (name, _value((item.name, name, value), names))
            for name, value, needed in options(item.layer)
            if needed or (item.name, name) in names
        ]
        if item.shares:
            said.append(("share", _word(item.shares)))
        if not item.trainable:
            said.append(("trainable", "false"))
        keyword = item.layer.keyword.lower()
        if not step.branches:
            return _mapping(keyword, said)
        lines = [f"- {keyword}:", *(f"    {name}: {value}" for name, value in said)]
        lines.append("    branches:")
        for branch in step.branches:
            inner = self._parts(branch, prefix, names) or ["[]"]
            lines += [f"      {'  ' if k else '- '}{line}" for k, line in enumerate(inner)]
        return lines


def _positions(body: Scope) -> range:
    return range(len(slots(body)))


def _first(part: Part) -> Step:
    while isinstance(part, Scope):
        part = part.parts[0]
    return part


def _indented(lines: Lines) -> Lines:
    return [f"  {line}" for line in lines]


def _mapping(word: str, said: list[tuple[str, str]]) -> Lines:
    """`- word: {name: value}` on one line, or one option a line where that is too wide."""
    line = f"- {word}: {{{', '.join(f'{name}: {value}' for name, value in said)}}}"
    if len(line) <= WIDEST:
        return [line]
    return [f"- {word}:", *(f"    {name}: {value}" for name, value in said)]


def _value(slot: Slot, names: dict[tuple[str, str], str]) -> str:
    """A value, or the parameter of the block that stands for it."""
    if slot[:2] in names:
        return f"${names[slot[:2]]}"
    value = slot[2]
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(value[0]) if value[0] == value[1] else f"{value[0]}x{value[1]}"
    return _word(value) if isinstance(value, str) else str(value)


def _word(word: str) -> str:
    """A word, in quotes where YAML or a spec would read something else."""
    if PLAIN.fullmatch(word) and word.lower() not in WORDS:
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
