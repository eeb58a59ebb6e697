"""From a document's tree to a network: repeats, blocks, branches, names and edges."""

from collections.abc import Iterable

from convcalc.binding import Pending, bind_all, resolved
from convcalc.blocks import (
    Closure,
    Frame,
    bound,
    branches_of,
    enter,
    numbered,
    parameter,
    trainable,
    with_options,
)
from convcalc.counting import count_layers, repeats
from convcalc.errors import SpecError, nearest
from convcalc.layers import Spelling, find, keywords
from convcalc.naming import Names, given_name, own_name
from convcalc.network import Network, Node, Settings
from convcalc.syntax.tree import Argument, Block, Branch, Document, Group, Item
from convcalc.syntax.tree import Layer as LayerTree

DEEPEST_CALLS = 50


def expand(document: Document, settings: Settings | None = None) -> Network:
    """The network that a document describes.

    Raises:
        SpecError: whatever is wrong with the text by itself.
    """
    return _Expansion(document, settings or Settings()).network()


class _Expansion:
    def __init__(self, document: Document, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self.nodes: list[Node] = []
        self.pending: list[Pending] = []
        self.names = Names(document)
        self.stages: dict[tuple[str, ...], int] = {}
        self.tail: int | None = None
        self.stage = 0

    def network(self) -> Network:
        total = count_layers(self.document, self.settings)
        if total > self.settings.max_layers:
            raise SpecError(
                f"the network has {total:,} layers, more than the limit of "
                f"{self.settings.max_layers:,}",
                self.document.span,
                "--max-layers raises the limit",
            )
        self.items(self.document.items, Frame())
        network = Network(self.nodes, self._outputs(), self.document.source)
        network.name = self.document.name
        network.reference = self.document.reference
        network.rounding = self.document.rounding
        network.budget = self.document.budget
        network.assumed = bind_all(self.nodes, self.pending, self.settings)
        self._refuse_unused(network)
        return network

    def items(self, items: Iterable[Item], frame: Frame) -> None:
        for item in items:
            if isinstance(item, Group):
                self._group(item, frame)
            elif isinstance(item, LayerTree):
                self._layer_item(item, frame)

    def _times(self, item: Item, frame: Frame) -> int:
        return repeats(item, self.settings, frame.environment)

    def _group(self, group: Group, frame: Frame) -> None:
        times = self._times(group, frame)
        if not count_layers(self.document, self.settings, group.items):
            times = min(times, 1)  # nothing to repeat: [CONV*0]*1000000000
        frame = with_options(frame, group.options)
        name = group.options.get("name")
        for index in range(times):
            inner = frame
            if name:
                part = str(resolved(name, frame.environment))
                scope = (part, str(index)) if group.count != 1 else (part,)
                inner = enter(frame, scope, group.options)
            elif group.count != 1:
                inner = frame._replace(suffix=f"{frame.suffix}_{index + 1}")
            if group.count != 1:
                inner = numbered(inner, group, index)
            self.items(group.items, inner)

    def _layer_item(self, item: LayerTree, frame: Frame) -> None:
        for index in range(self._times(item, frame)):
            inner = frame
            if item.count != 1:
                inner = frame._replace(suffix=f"{frame.suffix}_{index + 1}")
            if item.word.startswith("$"):
                self._splice(item, inner)
            elif item.word in self.document.blocks:
                self._call(self.document.blocks[item.word], item, inner)
            else:
                self._layer(item, inner)

    def _splice(self, item: LayerTree, frame: Frame) -> None:
        """`$name` as an item: the list of layers that a parameter holds."""
        argument = Argument(item.word, item.word[1:], item.span, item.path)
        self._closure(parameter(argument, item.word[1:], frame), frame)

    def _closure(self, closure: Closure, frame: Frame) -> None:
        self._branch(closure.branch, frame._replace(environment=closure.environment))

    def _branch(self, branch: Branch, frame: Frame) -> None:
        if branch.parameter:
            place = Argument(branch.parameter, None, branch.span, branch.path)
            self._closure(parameter(place, branch.parameter, frame), frame)
        else:
            self.items(branch.items, frame)

    def _call(self, block: Block, item: LayerTree, frame: Frame) -> None:
        if block.name in frame.calls or len(frame.calls) >= DEEPEST_CALLS:
            chain = " -> ".join([*frame.calls, block.name])
            raise SpecError(
                f"the block `{block.name}` contains itself: {chain}", item.span, path=item.path
            )
        arguments = {argument.name: argument for argument in item.arguments}
        environment = bound(block, item, arguments, frame)
        self._redirect(item, frame)
        name = arguments.get("name")
        part = given_name(name, frame) if name else self.names.call(frame.scope, block.name)
        frame = enter(with_options(frame, arguments), (part,), arguments)
        self.names.claim_scope(frame.scope, item)
        self.items(
            block.items, frame._replace(environment=environment, calls=(*frame.calls, block.name))
        )

    def _redirect(self, item: LayerTree, frame: Frame) -> None:
        """`from` with one name: go on from that layer."""
        if item.sources is None:
            return
        found = self.names.find(item.sources, frame)
        if len(found) != 1:
            raise SpecError(
                f"{item.word} goes on from one layer, not {len(found)}", item.span, path=item.path
            )
        self.tail = found[0]

    def _layer(self, item: LayerTree, frame: Frame) -> None:
        spelling = find(item.keyword)
        if spelling is None:
            known = [*sorted(self.document.blocks), *(word.upper() for word in sorted(keywords()))]
            raise SpecError(
                f"unknown layer `{item.word[:60]}`",
                item.span,
                nearest(item.word, known) or "convcalc's docs list every layer",
                path=item.path,
            )
        if len(self.nodes) >= self.settings.max_layers:
            raise SpecError(
                f"the network has more than {self.settings.max_layers:,} layers",
                item.span,
                "--max-layers raises the limit",
            )
        inputs = self._inputs(item, spelling, frame)
        name = self.names.new(
            item, spelling, frame, self.stages.get(frame.scope, 0), len(self.nodes)
        )
        node = Node(name, None, inputs, frame.scope, item.span)  # type: ignore[arg-type]
        node.trainable = frame.trainable and trainable(item, frame.environment)
        node.checkpoint = frame.checkpoint
        node.branch = frame.branch
        node.arguments = item.arguments
        if item.size and not spelling.type.declares_size:
            node.size, node.size_span = item.size, item.size_span
        self.pending.append(Pending(item, spelling, frame.environment, self.stage))
        self.tail = len(self.nodes)
        self.nodes.append(node)
        if spelling.type.ends_stage:
            self.stage += 1
            self.stages[frame.scope] = self.stages.get(frame.scope, 0) + 1

    def _inputs(self, item: LayerTree, spelling: Spelling, frame: Frame) -> tuple[int, ...]:
        least, most = spelling.type.inputs
        if most == 0:
            if self.tail is not None:
                raise SpecError(
                    f"{item.word} stands once, at the beginning", item.span, path=item.path
                )
            return ()
        if self.tail is None:
            raise SpecError(
                "a network starts with INPUT",
                item.span,
                f"write INPUT -> {item.word} ...",
                path=item.path,
            )
        branches = branches_of(item, spelling.type.branch_names)
        if branches:
            inputs = self._branches(item, spelling, branches, frame)
        elif item.sources is not None:
            inputs = self.names.find(item.sources, frame, own_name(item))
        else:
            inputs = (self.tail,)
        if not least <= len(inputs) or (most is not None and len(inputs) > most):
            self._wrong_number(item, spelling, len(inputs))
        return inputs

    def _wrong_number(self, item: LayerTree, spelling: Spelling, given: int) -> None:
        least, most = spelling.type.inputs
        wanted = f"{least} or {most} inputs" if most else f"at least {least} inputs"
        if least == most:
            wanted = "one input" if most == 1 else f"{most} inputs"
        hint = ""
        if spelling.type.branch_names:
            hint = f"write {item.word}: {{{spelling.type.branch_names[0]}: [...]}}"
        elif given < least:
            name = self.nodes[self.tail or 0].name
            hint = f"write {item.word}: {{from: [{name}, ...]}} or a list of branches"
        raise SpecError(f"{item.word} takes {wanted}, not {given}", item.span, hint, path=item.path)

    def _branches(
        self, item: LayerTree, spelling: Spelling, chosen: dict[str, Branch], frame: Frame
    ) -> tuple[int, ...]:
        names = spelling.type.branch_names
        if names and "0" not in chosen:
            self._refuse_branches(item, names)
            chosen = {name: chosen.get(name, Branch([])) for name in names}
        elif any(not name.isdigit() for name in chosen):
            self._refuse_branches(item, ())
        start = self.tail
        ends = []
        for branch in chosen.values():
            self.tail = start
            self._branch(branch, frame._replace(branch=frame.branch + 1))
            ends.append(self.tail)
        return tuple(end for end in ends if end is not None)

    def _refuse_branches(self, item: LayerTree, known: tuple[str, ...]) -> None:
        for name, branch in item.branches.items():
            if name not in known:
                raise SpecError(
                    f"{item.word} has no option `{name}` that is a list",
                    branch.key_span or branch.span,
                    nearest(name, list(known)),
                    path=branch.path,
                )

    def _outputs(self) -> tuple[int, ...]:
        if not self.document.outputs:
            return (len(self.nodes) - 1,)
        return self.names.find(self.document.outputs, Frame())

    def _refuse_unused(self, network: Network) -> None:
        used = {index for node in network.nodes for index in node.inputs} | set(network.outputs)
        for index, node in enumerate(network.nodes):
            if index not in used:
                raise SpecError(
                    f"nothing uses the layer `{node.name}`",
                    node.span,
                    "name it in `outputs`, in a `from`, or leave it out",
                )
