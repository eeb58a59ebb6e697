"""From a document's tree to a network: repeats, blocks, branches, names and edges."""

from collections.abc import Iterable, Iterator
from typing import Any

from convcalc.layers import Spelling, find_spelling
from convcalc.network.blocks import (
    Closure,
    Frame,
    bind_parameters,
    branches_of,
    enter_scope,
    is_trainable,
    list_parameter,
    numbered_frame,
    with_options,
)
from convcalc.network.graph import Network, Node, Settings
from convcalc.network.layer_options import Environment, Pending, bind_all, resolve_value
from convcalc.network.names import Names, given_name, own_name, short_name
from convcalc.network.repeats import count_layers, repeat_count
from convcalc.network.shared_parameters import sharing_node
from convcalc.text.errors import Hint, SpecError, joined_error, nearest_hint
from convcalc.text.syntax.tree import NEXT_PASS, Argument, Block, Branch, Document, Group, Item
from convcalc.text.syntax.tree import LayerItem as LayerTree

DEEPEST_CALLS = 50
# What a network takes over from its document: all that both have.
OF_DOCUMENT = {*Network.__slots__} & {*Document.__slots__} - {"outputs", "source"}
MOST_EDGES = 200_000  # between layers; `from: layer*` may have every one before it
MOST_PROBLEMS = 20  # mistakes of a file that are looked for
MOST_IDLE = 100_000  # repeats and uses of blocks that add no layer


def expand_document(document: Document, settings: Settings | None = None) -> Network:
    """The network that a document describes.

    Raises:
        SpecError: whatever is wrong with the text by itself; where the document collects
            its problems, all that do not follow from one another.
    """
    expansion = _Expansion(document, settings or Settings())
    try:
        return expansion.expand_network()
    except SpecError as error:
        raise expansion.whole_error(error) from None
    except RecursionError:
        raise SpecError("blocks and brackets are nested too deeply", document.span) from None


class _Expansion:
    def __init__(self, document: Document, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self.nodes: list[Node] = []
        self.pending: list[Pending] = []
        self.names = Names(document)
        self.stages: dict[tuple[str, ...], int] = {}
        self.environments: dict[tuple[Any, ...], Environment] = {}
        self.tail: int | None = None
        self.stage = 0
        self.idle = self.edges = 0
        self.problems = list(document.problems or ())
        self.dropped = document.dropped

    def whole_error(self, last: SpecError) -> SpecError:
        """All that is wrong; without the last where it may follow from what was dropped."""
        if not self.problems:
            return last
        follows = self.dropped or last in self.problems
        return joined_error(self.problems if follows else [*self.problems, last])

    def _note(self, error: SpecError) -> None:
        """Go on without what is wrong, where the document collects its problems.

        Raises:
            SpecError: it does not, or there are many.
        """
        if self.document.problems is None:
            raise error
        self.problems.append(error)
        self.dropped = True
        if len(self.problems) >= MOST_PROBLEMS:
            raise error

    def expand_network(self) -> Network:
        total = count_layers(self.document, self.settings)
        if total > self.settings.max_layers:
            raise SpecError(
                f"the network has {total:,} layers, more than the limit of "
                f"{self.settings.max_layers:,}",
                self.document.span,
                Hint("--max-layers raises the limit", plain=""),
            )
        self.expand_items(self.document.items, Frame())
        if not self.nodes:
            raise SpecError("the network has no layers", self.document.span)
        network = Network(self.nodes, self._output_indices(), self.document.source)
        for name in OF_DOCUMENT:
            setattr(network, name, getattr(self.document, name))
        if not self.dropped:
            network.held = tuple(self._held_nodes())
        network.assumed = bind_all(self.nodes, self.pending, self.settings, self._note)
        if not self.dropped:
            _refuse_unused(network)
        if self.problems:
            raise self.problems[0]
        return network

    def _held_nodes(self) -> Iterator[tuple[int, int]]:
        """Nodes whose values variables hold, and until which node; -1: to the next pass."""
        for until, held in self.document.held:
            end = -1 if until.value == NEXT_PASS else self.names.find_nodes([until], Frame())[0]
            for value in held:
                (node,) = self.names.find_nodes([value], Frame())
                if 0 <= end < node:
                    message = (
                        f"`{until.value}` runs before `{value.value}`, which is held until then"
                    )
                    raise SpecError(message, value.span, path="held")
                yield node, end

    def expand_items(self, items: Iterable[Item], frame: Frame) -> None:
        for item in items:
            if isinstance(item, Group):
                self._expand_group(item, frame)
            elif isinstance(item, LayerTree):
                self._layer_item(item, frame)

    def _repeat_count(self, item: Item, frame: Frame) -> int:
        return repeat_count(item, self.settings, frame.environment)

    def _expand_group(self, group: Group, frame: Frame) -> None:
        times = self._repeat_count(group, frame)
        if not count_layers(self.document, self.settings, group.items):
            times = min(times, 1)  # nothing to repeat: [CONV*0]*1000000000
        frame = with_options(frame, group.options)
        name = group.options.get("name")
        for index in range(times):
            inner = frame
            if name:
                part = short_name(str(resolve_value(name, frame.environment)))
                scope = (part, str(index)) if group.count != 1 else (part,)
                inner = enter_scope(frame, scope, group.options)
            elif group.count != 1:
                inner = frame._replace(suffix=f"{frame.suffix}_{index + 1}")
            if group.count != 1:
                inner = numbered_frame(inner, group, index)
            before = len(self.nodes)
            self.expand_items(group.items, inner)
            self._notice_idle(before, group)

    def _layer_item(self, item: LayerTree, frame: Frame) -> None:
        for index in range(self._repeat_count(item, frame)):
            inner = frame
            if item.count != 1:
                inner = frame._replace(suffix=f"{frame.suffix}_{index + 1}")
            before = len(self.nodes)
            if item.word.startswith("$"):
                self._splice_list(item, inner)
            elif item.word in self.document.blocks:
                block = self.document.blocks[item.word]
                self.dropped |= block.broken
                if not block.broken:
                    self._expand_block(block, item, inner)
            else:
                self._add_layer(item, inner)
            self._notice_idle(before, item)

    def _notice_idle(self, before: int, item: Item) -> None:
        """Blocks without layers could repeat for hours: the limit on layers never stops them."""
        self.idle += len(self.nodes) == before
        if self.idle > MOST_IDLE:
            raise SpecError(f"more than {MOST_IDLE:,} repeats add no layer", item.span)

    def _splice_list(self, item: LayerTree, frame: Frame) -> None:
        """`$name` as an item: the list of layers that a parameter holds."""
        argument = Argument(item.word, item.word[1:], item.span, item.path)
        self._expand_closure(list_parameter(argument, item.word[1:], frame), frame)

    def _expand_closure(self, closure: Closure, frame: Frame) -> None:
        self._expand_branch(closure.branch, frame._replace(environment=closure.environment))

    def _expand_branch(self, branch: Branch, frame: Frame) -> None:
        if branch.parameter:
            place = Argument(branch.parameter, None, branch.span, branch.path)
            self._expand_closure(list_parameter(place, branch.parameter, frame), frame)
        else:
            self.expand_items(branch.items, frame)

    def _expand_block(self, block: Block, item: LayerTree, frame: Frame) -> None:
        self._refuse_depth(block, item, frame)
        arguments = {argument.name: argument for argument in item.arguments}
        try:
            given = bind_parameters(block, item, arguments, frame)
        except SpecError as error:
            self._note(error)
            return
        environment = self._shared_environment(block, given)
        self._go_on_from(item, frame)
        name = arguments.get("name")
        part = given_name(name, frame) if name else self.names.name_block(frame.scope, block.name)
        frame = enter_scope(with_options(frame, arguments), (part,), arguments)
        self.names.claim_scope(frame.scope, item)
        self.expand_items(
            block.items, frame._replace(environment=environment, calls=(*frame.calls, block.name))
        )

    def _shared_environment(self, block: Block, given: Environment) -> Environment:
        """One object for equal parameters of a block: its layers are bound and checked once."""
        key = tuple([
            (id(value.branch), id(value.environment))
            if isinstance(value, Closure)
            else (type(value), value)
            for value in given.values()
        ])  # fmt: skip
        return self.environments.setdefault((block.name, *key), given)

    def _refuse_depth(self, block: Block, item: LayerTree, frame: Frame) -> None:
        if block.name in frame.calls:
            chain = " -> ".join([*frame.calls, block.name])
            message = f"the block `{block.name}` contains itself: {chain}"
        elif len(frame.calls) >= DEEPEST_CALLS:
            message = f"blocks are nested deeper than {DEEPEST_CALLS}"
        else:
            return
        raise SpecError(message, item.span, path=item.path)

    def _go_on_from(self, item: LayerTree, frame: Frame) -> None:
        """`from` with one name: go on from that layer."""
        if item.sources is None:
            return
        found = self.names.find_nodes(item.sources, frame)
        if len(found) != 1:
            raise SpecError(
                f"{item.word} goes on from one layer, not {len(found)}", item.span, path=item.path
            )
        self.tail = found[0]

    def _add_layer(self, item: LayerTree, frame: Frame) -> None:
        spelling = find_spelling(item.keyword)
        if spelling is None:
            from convcalc.network.layer_errors import unknown_layer

            before = {node.name for node in self.nodes}
            self._note(unknown_layer(item, sorted(self.document.blocks), before))
            return
        if len(self.nodes) >= self.settings.max_layers:
            raise SpecError(
                f"the network has more than {self.settings.max_layers:,} layers",
                item.span,
                Hint("--max-layers raises the limit", plain=""),
            )
        inputs = self._input_indices(item, spelling, frame)
        shares = sharing_node(item, spelling, self.nodes, self.pending, self.names, frame)
        name = self.names.name_layer(
            item, spelling, frame, self.stages.get(frame.scope, 0), len(self.nodes)
        )
        node = Node(name, None, inputs, frame.scope, item.span)  # type: ignore[arg-type]  # bound at the end
        node.trainable = frame.trainable and is_trainable(item, frame.environment)
        node.shares = shares
        node.checkpoint = frame.checkpoint
        node.branch = frame.branch
        node.arguments = item.arguments
        if item.size and not spelling.type.declares_size:
            node.size, node.size_span = item.size, item.size_span
        self.pending.append(Pending(item, spelling, frame.environment, self.stage))
        self.tail = len(self.nodes) if inputs else 0  # of several inputs the first goes on
        self.nodes.append(node)
        if spelling.type.ends_stage:
            self.stage += 1
            self.stages[frame.scope] = self.stages.get(frame.scope, 0) + 1

    def _input_indices(self, item: LayerTree, spelling: Spelling, frame: Frame) -> tuple[int, ...]:
        least, most = spelling.type.inputs
        if most == 0:
            if len(self.nodes) >= self.document.inputs:
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
            inputs = self._branch_ends(item, spelling, branches, frame)
        elif item.sources is not None:
            inputs = self.names.find_nodes(item.sources, frame, own_name(item))
        else:
            inputs = (self.tail,)
        self.edges += len(inputs)
        if self.edges > MOST_EDGES:
            raise SpecError(f"more than {MOST_EDGES:,} inputs of layers", item.span, path=item.path)
        if not least <= len(inputs) or (most is not None and len(inputs) > most):
            from convcalc.network.layer_errors import refuse_number

            refuse_number(item, spelling, len(inputs), self.nodes[self.tail or 0].name)
        return inputs

    def _branch_ends(
        self, item: LayerTree, spelling: Spelling, chosen: dict[str, Branch], frame: Frame
    ) -> tuple[int, ...]:
        names = spelling.type.branch_names
        if names and "0" not in chosen:
            _refuse_branches(item, names)
            chosen = {name: chosen.get(name, Branch([])) for name in names}
        elif any(not name.isdigit() for name in chosen):
            _refuse_branches(item, ())
        start = self.tail
        ends = []
        for branch in chosen.values():
            self.tail = start
            self._expand_branch(branch, frame._replace(branch=frame.branch + 1))
            ends.append(self.tail)
        return tuple(end for end in ends if end is not None)

    def _output_indices(self) -> tuple[int, ...]:
        if not self.document.outputs:
            return (len(self.nodes) - 1,)
        return self.names.find_nodes(self.document.outputs, Frame())


def _refuse_branches(item: LayerTree, known: tuple[str, ...]) -> None:
    """Raise where a layer has a list under a name that is not `known`."""
    for name, branch in item.branches.items():
        if name not in known:
            raise SpecError(
                f"{item.word} has no option `{name}` that is a list",
                branch.key_span or branch.span,
                nearest_hint(name, list(known)),
                path=branch.path,
            )


def _refuse_unused(network: Network) -> None:
    """Raise where a layer's values go nowhere, and no variable holds them."""
    used = {index for node in network.nodes for index in node.inputs}
    used.update(network.outputs, (index for index, _ in network.held))
    for index, node in enumerate(network.nodes):
        if index not in used:
            raise SpecError(
                f"nothing uses the layer `{node.name}`",
                node.span,
                "name it in `outputs`, in a `from`, or leave it out",
            )
