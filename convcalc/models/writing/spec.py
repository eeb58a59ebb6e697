"""An imported network as the text of a spec: YAML that a person would write.

The text is read back and compared, layer by layer, before it is handed out.
"""

from typing import Any

from convcalc.layers import known_keywords
from convcalc.models.writing.branches import steps
from convcalc.models.writing.folding import Blocks, FoldedBlock, fold
from convcalc.models.writing.items import INPUT, Listing, items_of
from convcalc.models.writing.outline import (
    OutlineStep,
    Part,
    Parts,
    Scope,
    detached,
    options,
    scoped,
    signature,
    slots,
)
from convcalc.models.writing.spelling import Lines, indented, mapping, plain, prose, spelled, word
from convcalc.network.expansion import expand
from convcalc.network.graph import Network, Settings
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.source import Source
from convcalc.text.syntax.tree import TRACED
from convcalc.text.syntax.yaml import parse_documents


def text(network: Listing, kinds: dict[str, str] | None = None) -> str:
    """The spec; `kinds` are the classes of modules by path, for the names of blocks.

    Raises:
        ConvcalcError: what is written would be read as something else.
    """
    outline = scoped(tuple(steps(network.items, INPUT)))
    words = set(known_keywords()) | {"repeat"}
    for blocks in (fold(outline, kinds or {}, words), {}):
        written = _SpecWriter(network, blocks).text(outline)
        if _same(network, written):
            return written
    raise _unwritable(network, written)


def _unwritable(network: Listing, written: str) -> ConvcalcError:
    """What is wrong with the model where a spec cannot say it, or with what was written."""
    try:
        parsed(written)
    except SpecError as error:
        what = f"what it has is no network: {error.message}"
        return ConvcalcError(f"cannot write {network.name} as a spec: {what}")
    return ConvcalcError(f"cannot write {network.name} as a spec", "please report this model")


def _same(network: Listing, written: str) -> bool:
    """Whether reading the text gives every layer with its name, options and inputs."""
    try:
        found = parsed(written)
    except SpecError:
        return False
    wanted = [item._replace(size=None) for item in network.items]
    names = [INPUT, *(node.name for node in found.nodes[1:])]
    outputs = tuple(names[k] for k in found.outputs)
    return items_of(found) == wanted and outputs == network.outputs


def parsed(written: str, source: str = "") -> Network:
    """The network of a text that this module has written."""
    (document,) = parse_documents(Source(written, source), known_keywords(), _nothing)
    return expand(document, Settings())


def _nothing(name: str, span: object) -> dict[str, Any]:
    return {}  # nothing is included


class _SpecWriter:
    def __init__(self, network: Listing, blocks: Blocks) -> None:
        self.network = network
        self.blocks = blocks

    def text(self, outline: Parts) -> str:
        lines = self._head()
        if self.blocks:
            lines += ["", "blocks:"]
            for block in self.blocks.values():
                lines += self._block(block)
        lines += ["", "layers:", *indented(self._parts(outline, "", {}))]
        if self.network.outputs != (self.network.items[-1].name,):
            lines.append(f"outputs: [{', '.join(map(word, self.network.outputs))}]")
        if self.network.budget:
            said = [f"{name}: {plain(value)}" for name, value in self.network.budget]
            lines.append(f"budget: {{{', '.join(said)}}}")
        return "\n".join(lines) + "\n"

    def _head(self) -> Lines:
        network = self.network
        lines = [f"# {line}" for line in network.comments]
        lines.append(f"name: {prose(network.name)}")
        if network.reference:
            lines.append(f"reference: {prose(network.reference)}")
        lines.append(f"input: {network.input}")
        if network.lifetimes == TRACED:
            lines.append(f"lifetimes: {TRACED}  # each value until its last use")
        return lines + ([f"rounding: {network.rounding}"] if network.rounding else [])

    def _block(self, block: FoldedBlock) -> Lines:
        given = dict(zip(_positions(block.body), slots(block.body), strict=True))
        names = {given[index][:2]: name for index, name in block.parameters.items()}
        parts = detached(block.body.parts)
        inner = indented(self._parts(parts, f"{block.body.name}.", names))
        if not names:
            return indented([f"{block.name}:", *inner])
        needed = [(name, "required") for name in dict.fromkeys(names.values())]
        parameters = [line[2:] for line in mapping("parameters", needed)]
        return indented([f"{block.name}:", *indented(parameters), "  layers:", *indented(inner)])

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
        if isinstance(part, OutlineStep):
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
        return [f"- repeat: {times}", "  layers:", *indented(indented(use))]

    def _scope(self, scope: Scope, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        block = self.blocks.get(signature(scope))
        if block:
            return self._use(block, scope, word(scope.name[len(prefix) :]), names)
        inside = f"{scope.name}."
        if not _recomputed(scope) and not any(
            self._alike(scope.parts[k:], inside, names) > 1 for k in range(len(scope.parts))
        ):
            return self._parts(scope.parts, prefix, names)
        lines = self._parts(scope.parts, inside, names)
        local = word(scope.name[len(prefix) :])
        again = ["  checkpoint: true"] if _recomputed(scope) else []
        return ["- repeat: 1", f"  name: {local}", *again, "  layers:", *indented(indented(lines))]

    def _use(
        self, block: FoldedBlock, scope: Scope, name: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        said = [("name", name)]
        if _first(scope).sources:
            said.append(("from", word(_first(scope).sources[0])))
        if _recomputed(scope):
            said.append(("checkpoint", "true"))
        return mapping(block.name, said + list(self._arguments(block, scope, names)))

    def _arguments(
        self, block: FoldedBlock, scope: Scope, names: dict[tuple[str, str], str]
    ) -> tuple[tuple[str, str], ...]:
        given = slots(scope)
        found: dict[str, str] = {}
        for index, parameter in block.parameters.items():
            found.setdefault(parameter, spelled(given[index], names))
        return tuple(found.items())

    def _step(self, step: OutlineStep, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        item = step.item
        said = [("name", word(item.name[len(prefix) :]))]
        if len(step.sources) == 1:
            said.append(("from", word(step.sources[0])))
        elif step.sources:
            said.append(("from", f"[{', '.join(map(word, step.sources))}]"))
        said += [
            (name, spelled((item.name, name, value), names))
            for name, value, needed in options(item.layer)
            if needed or (item.name, name) in names
        ]
        if item.shares:
            said.append(("share", word(item.shares)))
        if not item.trainable:
            said.append(("trainable", "false"))
        keyword = item.layer.keyword.lower()
        if not step.branches:
            return mapping(keyword, said)
        lines = [f"- {keyword}:", *(f"    {name}: {value}" for name, value in said)]
        lines.append("    branches:")
        for branch in step.branches:
            inner = self._parts(branch, prefix, names) or ["[]"]
            lines += [f"      {'  ' if k else '- '}{line}" for k, line in enumerate(inner)]
        return lines


def _recomputed(scope: Scope) -> bool:
    return all(item.checkpoint == scope.name for item in scope.items)


def _positions(body: Scope) -> range:
    return range(len(slots(body)))


def _first(part: Part) -> OutlineStep:
    while isinstance(part, Scope):
        part = part.parts[0]
    return part
