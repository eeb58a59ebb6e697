"""An imported network as the text of a spec: YAML that a person would write.

The text is read back and compared, layer by layer, before it is handed out.
"""

from typing import Any

from convcalc.facts.shape import Shape, Vector
from convcalc.layers import known_keywords
from convcalc.models.writing.branches import branched_steps
from convcalc.models.writing.folding import Blocks, FoldedBlock, fold_blocks
from convcalc.models.writing.items import Listing, held_in, items_of, names_of
from convcalc.models.writing.outline import (
    OutlineStep,
    Part,
    Parts,
    Scope,
    detach_first,
    documented_options,
    gather_scopes,
    signature_of,
    slots_of,
)
from convcalc.models.writing.spelling import (
    Lines,
    comment_line,
    indent_lines,
    mapping_lines,
    spell_slot,
    yaml_prose,
    yaml_value,
    yaml_word,
)
from convcalc.network.expansion import expand_document
from convcalc.network.graph import Network, Settings
from convcalc.text.errors import ConvcalcError, SpecError
from convcalc.text.source import Source
from convcalc.text.syntax.tree import TRACED
from convcalc.text.syntax.yaml import parse_documents


def spec_source(network: Listing, kinds: dict[str, str] | None = None) -> str:
    """The spec; `kinds` are the classes of modules by path, for the names of blocks.

    Raises:
        ConvcalcError: what is written would be read as something else.
    """
    outline = gather_scopes(tuple(branched_steps(network.items, network.first)))
    words = set(known_keywords()) | {"repeat"}
    for blocks in (fold_blocks(outline, kinds or {}, words), {}):
        written = _SpecWriter(network, blocks).source_text(outline)
        if _reads_back(network, written):
            return written
    raise _unwritable_error(network, written)


def _unwritable_error(network: Listing, written: str) -> ConvcalcError:
    """What is wrong with the model where a spec cannot say it, or with what was written."""
    try:
        parse_written(written)
    except SpecError as error:
        what = f"what it has is no network: {error.message}"
        return ConvcalcError(f"cannot write {network.name} as a spec: {what}")
    return ConvcalcError(f"cannot write {network.name} as a spec", "please report this model")


def _reads_back(network: Listing, written: str) -> bool:
    """Whether reading the text gives every layer with its name, options and inputs."""
    try:
        found = parse_written(written)
    except SpecError:
        return False
    wanted = [item._replace(size=None) for item in network.items]
    names = names_of(found)
    outputs = tuple(names[k] for k in found.outputs)
    held = sorted(held_in(found)) == sorted(network.held)
    said = held and {*found.budget} == {name for name, _ in network.budget}
    return said and items_of(found) == wanted and outputs == network.outputs


def parse_written(written: str, source: str = "") -> Network:
    """The network of a text that this module has written."""
    (document,) = parse_documents(Source(written, source), known_keywords(), _include_nothing)
    return expand_document(document, Settings())


def _include_nothing(name: str, span: object) -> dict[str, Any]:
    return {}  # nothing is included


class _SpecWriter:
    def __init__(self, network: Listing, blocks: Blocks) -> None:
        self.network = network
        self.blocks = blocks

    def source_text(self, outline: Parts) -> str:
        lines = self._head_lines()
        if self.blocks:
            lines += ["", "blocks:"]
            for block in self.blocks.values():
                lines += self._block_lines(block)
        lines += ["", "layers:", *indent_lines(self._part_lines(outline, "", {}))]
        if self.network.outputs != (self.network.items[-1].name,):
            lines.append(f"outputs: [{', '.join(map(yaml_word, self.network.outputs))}]")
        lines += self._held_lines()
        if self.network.budget:
            said = [f"{name}: {yaml_value(value)}" for name, value in self.network.budget]
            lines.append(f"budget: {{{', '.join(said)}}}")
        return "\n".join(lines) + "\n"

    def _held_lines(self) -> Lines:
        """By the layer until which they are held."""
        found: dict[str, list[str]] = {}
        for value, until in self.network.held:
            found.setdefault(yaml_word(until), []).append(yaml_word(value))
        lines = [f"  {until}: [{', '.join(values)}]" for until, values in found.items()]
        return ["held:  # by variables, until that layer has run", *lines] if lines else []

    def _head_lines(self) -> Lines:
        network = self.network
        lines = [comment_line(line) for line in network.comments]
        lines.append(f"name: {yaml_prose(network.name)}")
        if network.reference:
            lines.append(f"reference: {yaml_prose(network.reference)}")
        if network.inputs:
            lines.append("inputs:")
            lines += [f"  {yaml_word(name)}: {_size_of(size)}" for name, size in network.inputs]
        else:
            lines.append(f"input: {network.input}")
        if network.lifetimes == TRACED:
            lines.append(f"lifetimes: {TRACED}  # each value until its last use")
        return lines + ([f"rounding: {network.rounding}"] if network.rounding else [])

    def _block_lines(self, block: FoldedBlock) -> Lines:
        given = dict(zip(_slot_positions(block.body), slots_of(block.body), strict=True))
        names = {given[index][:2]: name for index, name in block.parameters.items()}
        parts = detach_first(block.body.parts)
        inner = indent_lines(self._part_lines(parts, f"{block.body.name}.", names))
        if not names:
            return indent_lines([f"{block.name}:", *inner])
        needed = [(name, "required") for name in dict.fromkeys(names.values())]
        parameters = [line[2:] for line in mapping_lines("parameters", needed)]
        return indent_lines(
            [f"{block.name}:", *indent_lines(parameters), "  layers:", *indent_lines(inner)]
        )

    def _part_lines(self, parts: Parts, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        lines: Lines = []
        index = 0
        while index < len(parts):
            part = parts[index]
            times = self._count_alike(parts[index:], prefix, names)
            if times >= 2:
                lines += self._repeat_lines(part, times, prefix, names)  # type: ignore[arg-type]  # a scope where times > 1
            elif isinstance(part, Scope):
                lines += self._scope_lines(part, prefix, names)
            else:
                lines += self._step_lines(part, prefix, names)
            index += max(times, 1)
        return lines

    def _count_alike(self, parts: Parts, prefix: str, names: dict[tuple[str, str], str]) -> int:
        """How many uses of one block follow that differ in a number in their names only."""
        count, first = 0, self._number_in_name(parts[0], prefix, names)
        for part in parts if first else ():
            found = self._number_in_name(part, prefix, names)
            if found is None or first is None or found != (first[0] + count, first[1]):
                break
            count += 1
        return count

    def _number_in_name(
        self, part: Part, prefix: str, names: dict[tuple[str, str], str]
    ) -> tuple[int, Any] | None:
        if isinstance(part, OutlineStep):
            return None
        block, local = self.blocks.get(signature_of(part)), part.name[len(prefix) :]
        if block is None or not local.isdecimal() or _first_step(part).sources:
            return None
        return int(local), (block.name, self._use_arguments(block, part, names))

    def _repeat_lines(
        self, scope: Scope, times: int, prefix: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        block, start = self.blocks[signature_of(scope)], int(scope.name[len(prefix) :])
        name = "$index" + (f" + {start}" if start else "")
        use = self._use_lines(block, scope, name, names)
        return [f"- repeat: {times}", "  layers:", *indent_lines(indent_lines(use))]

    def _scope_lines(self, scope: Scope, prefix: str, names: dict[tuple[str, str], str]) -> Lines:
        block = self.blocks.get(signature_of(scope))
        if block:
            return self._use_lines(block, scope, yaml_word(scope.name[len(prefix) :]), names)
        inside = f"{scope.name}."
        if not _is_recomputed(scope) and not any(
            self._count_alike(scope.parts[k:], inside, names) > 1 for k in range(len(scope.parts))
        ):
            return self._part_lines(scope.parts, prefix, names)
        lines = self._part_lines(scope.parts, inside, names)
        local = yaml_word(scope.name[len(prefix) :])
        again = ["  checkpoint: true"] if _is_recomputed(scope) else []
        return [
            "- repeat: 1",
            f"  name: {local}",
            *again,
            "  layers:",
            *indent_lines(indent_lines(lines)),
        ]

    def _use_lines(
        self, block: FoldedBlock, scope: Scope, name: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        said = [("name", name)]
        if _first_step(scope).sources:
            said.append(("from", yaml_word(_first_step(scope).sources[0])))
        if _is_recomputed(scope):
            said.append(("checkpoint", "true"))
        return mapping_lines(block.name, said + list(self._use_arguments(block, scope, names)))

    def _use_arguments(
        self, block: FoldedBlock, scope: Scope, names: dict[tuple[str, str], str]
    ) -> tuple[tuple[str, str], ...]:
        given = slots_of(scope)
        found: dict[str, str] = {}
        for index, parameter in block.parameters.items():
            found.setdefault(parameter, spell_slot(given[index], names))
        return tuple(found.items())

    def _step_lines(
        self, step: OutlineStep, prefix: str, names: dict[tuple[str, str], str]
    ) -> Lines:
        item = step.item
        said = [("name", yaml_word(item.name[len(prefix) :]))]
        if len(step.sources) == 1:
            said.append(("from", yaml_word(step.sources[0])))
        elif step.sources:
            said.append(("from", f"[{', '.join(map(yaml_word, step.sources))}]"))
        said += [
            (name, spell_slot((item.name, name, value), names))
            for name, value, needed in documented_options(item.form)
            if needed or (item.name, name) in names
        ]
        if item.shares:
            said.append(("share", yaml_word(item.shares)))
        if not item.trainable:
            said.append(("trainable", "false"))
        keyword = item.layer.keyword.lower()
        if not step.branches:
            return mapping_lines(keyword, said)
        lines = [f"- {keyword}:", *(f"    {name}: {value}" for name, value in said)]
        lines.append("    branches:")
        for branch in step.branches:
            inner = self._part_lines(branch, prefix, names) or ["[]"]
            lines += [f"      {'  ' if k else '- '}{line}" for k, line in enumerate(inner)]
        return lines


def _size_of(shape: Shape) -> str:
    """A volume's sizes; of values without axes how many there are."""
    return str(shape.channels) if isinstance(shape, Vector) else str(shape)


def _is_recomputed(scope: Scope) -> bool:
    return all(item.checkpoint == scope.name for item in scope.items)


def _slot_positions(body: Scope) -> range:
    return range(len(slots_of(body)))


def _first_step(part: Part) -> OutlineStep:
    while isinstance(part, Scope):
        part = part.parts[0]
    return part
