"""From a document's tree to a network: repeats, blocks, branches, names and edges."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, NamedTuple

from convcalc.binding import Environment, bind, resolved
from convcalc.counting import count_layers, repeats
from convcalc.errors import SpecError, nearest
from convcalc.layers import Context, Layer, Spelling, find, keywords
from convcalc.naming import Names
from convcalc.network import Network, Node, Settings
from convcalc.shape import Shape
from convcalc.syntax.tree import Argument, Block, Branch, Document, Group, Item
from convcalc.syntax.tree import Layer as LayerTree

DEEPEST_CALLS = 50


def expand(document: Document, settings: Settings | None = None) -> Network:
    """The network that a document describes.

    Raises:
        SpecError: whatever is wrong with the text by itself.
    """
    return _Expansion(document, settings or Settings()).network()


class _Frame(NamedTuple):
    """Where in the source the expansion stands."""

    scope: tuple[str, ...] = ()
    environment: Environment = {}  # noqa: RUF012 - never written to
    calls: tuple[str, ...] = ()
    suffix: str = ""
    trainable: bool = True
    checkpoint: tuple[str, ...] | None = None
    branch: int = 0


class _Closure(NamedTuple):
    """A list of layers given to a block, with the parameters where it was written."""

    branch: Branch
    environment: Environment

    def __str__(self) -> str:
        return "a list of layers"


class _Pending(NamedTuple):
    """A node before its options are bound: what is last of its type is not known yet."""

    tree: LayerTree
    spelling: Spelling
    environment: Environment
    stage: int


class _Expansion:
    def __init__(self, document: Document, settings: Settings) -> None:
        self.document = document
        self.settings = settings
        self.nodes: list[Node] = []
        self.pending: list[_Pending] = []
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
        self.items(self.document.items, _Frame())
        network = Network(self.nodes, self._outputs(), self.document.source)
        network.name = self.document.name
        network.reference = self.document.reference
        network.rounding = self.document.rounding
        network.budget = self.document.budget
        network.assumed = self._bind()
        self._refuse_unused(network)
        return network

    def items(self, items: Iterable[Item], frame: _Frame) -> None:
        for item in items:
            if isinstance(item, Group):
                self._group(item, frame)
            elif isinstance(item, LayerTree):
                self._layer_item(item, frame)

    def _times(self, item: Item, frame: _Frame) -> int:
        return repeats(item, self.settings, frame.environment)

    def _group(self, group: Group, frame: _Frame) -> None:
        times = self._times(group, frame)
        if not count_layers(self.document, self.settings, group.items):
            times = min(times, 1)  # nothing to repeat: [CONV*0]*1000000000
        frame = self._with_options(frame, group.options)
        name = group.options.get("name")
        for index in range(times):
            inner = frame
            if name:
                part = str(resolved(name, frame.environment))
                scope = (part, str(index)) if group.count != 1 else (part,)
                inner = self._enter(frame, scope, group.options)
            elif group.count != 1:
                inner = frame._replace(suffix=f"{frame.suffix}_{index + 1}")
            self.items(group.items, inner)

    def _with_options(self, frame: _Frame, options: dict[str, Argument]) -> _Frame:
        trainable = options.get("trainable")
        if trainable:
            frame = frame._replace(trainable=_flag(trainable, frame.environment))
        return frame

    def _enter(self, frame: _Frame, parts: tuple[str, ...], options: dict[str, Argument]) -> _Frame:
        scope = (*frame.scope, *parts)
        checkpoint = options.get("checkpoint")
        wanted = checkpoint and _flag(checkpoint, frame.environment)
        return frame._replace(
            scope=scope, suffix="", checkpoint=scope if wanted else frame.checkpoint
        )

    def _layer_item(self, item: LayerTree, frame: _Frame) -> None:
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

    def _splice(self, item: LayerTree, frame: _Frame) -> None:
        """`$name` as an item: the list of layers that a parameter holds."""
        argument = Argument(item.word, item.word[1:], item.span, item.path)
        self._closure(self._parameter(argument, item.word[1:], frame), frame)

    def _parameter(self, place: Argument, name: str, frame: _Frame) -> _Closure:
        value = frame.environment.get(name)
        if isinstance(value, _Closure):
            return value
        if name in frame.environment:
            raise SpecError(
                f"`${name}` is not a list of layers but `{value}`", place.span, path=place.path
            )
        raise SpecError(
            f"there is no parameter `${name}` here",
            place.span,
            nearest(name, list(frame.environment)),
            path=place.path,
        )

    def _closure(self, closure: _Closure, frame: _Frame) -> None:
        self._branch(closure.branch, frame._replace(environment=closure.environment))

    def _branch(self, branch: Branch, frame: _Frame) -> None:
        if branch.parameter:
            place = Argument(branch.parameter, None, branch.span, branch.path)
            self._closure(self._parameter(place, branch.parameter, frame), frame)
        else:
            self.items(branch.items, frame)

    def _call(self, block: Block, item: LayerTree, frame: _Frame) -> None:
        if block.name in frame.calls or len(frame.calls) >= DEEPEST_CALLS:
            chain = " -> ".join([*frame.calls, block.name])
            raise SpecError(
                f"the block `{block.name}` contains itself: {chain}", item.span, path=item.path
            )
        arguments = {argument.name: argument for argument in item.arguments}
        environment = self._bound(block, item, arguments, frame)
        self._redirect(item, frame)
        name = arguments.get("name")
        part = (
            str(resolved(name, frame.environment)) + frame.suffix
            if name
            else self.names.call(frame.scope, block.name)
        )
        frame = self._enter(self._with_options(frame, arguments), (part,), arguments)
        self.names.claim_scope(frame.scope, item)
        self.items(
            block.items, frame._replace(environment=environment, calls=(*frame.calls, block.name))
        )

    def _bound(
        self, block: Block, item: LayerTree, arguments: dict[str, Argument], frame: _Frame
    ) -> Environment:
        known = [*block.parameters, "name", "from", "trainable", "checkpoint"]
        for name in [*arguments, *item.branches]:
            if name not in known:
                place = arguments[name] if name in arguments else None
                span = place.key_span if place else item.branches[name].key_span
                raise SpecError(
                    f"the block `{block.name}` has no parameter `{name}`",
                    span,
                    nearest(name, known),
                    path=item.path,
                )
        environment: Environment = {}
        for name, default in block.parameters.items():
            environment[name] = self._given(
                name, default, block, item, arguments, frame, environment
            )
        return environment

    def _given(
        self,
        name: str,
        default: Argument | None,
        block: Block,
        item: LayerTree,
        arguments: dict[str, Argument],
        frame: _Frame,
        so_far: Environment,
    ) -> Any:
        if name in item.branches:
            return self._closed(item.branches[name], frame.environment)
        if name in arguments:
            return resolved(arguments[name], frame.environment)
        if default is None:
            raise SpecError(
                f"the block `{block.name}` needs `{name}`",
                item.span,
                f"write {block.name}: {{{name}: ...}}",
                path=item.path,
            )
        if isinstance(default.value, Branch):
            return self._closed(default.value, so_far)
        return resolved(default, so_far)

    def _closed(self, branch: Branch, environment: Environment) -> Any:
        if branch.parameter:
            value = environment.get(branch.parameter)
            if isinstance(value, _Closure):
                return value
        return _Closure(branch, environment)

    def _redirect(self, item: LayerTree, frame: _Frame) -> None:
        """`from` with one name: go on from that layer."""
        if item.sources is None:
            return
        found = [self.names.find(source, frame.scope) for source in item.sources]
        if len(found) != 1:
            raise SpecError(
                f"{item.word} goes on from one layer, not {len(found)}", item.span, path=item.path
            )
        self.tail = found[0]

    def _layer(self, item: LayerTree, frame: _Frame) -> None:
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
        node.trainable = frame.trainable and _trainable(item, frame.environment)
        node.checkpoint = frame.checkpoint
        node.branch = frame.branch
        node.arguments = item.arguments
        if item.size and not spelling.type.declares_size:
            node.size, node.size_span = item.size, item.size_span
        self.pending.append(_Pending(item, spelling, frame.environment, self.stage))
        self.tail = len(self.nodes)
        self.nodes.append(node)
        if spelling.type.ends_stage:
            self.stage += 1
            self.stages[frame.scope] = self.stages.get(frame.scope, 0) + 1

    def _inputs(self, item: LayerTree, spelling: Spelling, frame: _Frame) -> tuple[int, ...]:
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
        if item.branches:
            inputs = self._branches(item, spelling, frame)
        elif item.sources is not None:
            inputs = tuple(self.names.find(source, frame.scope) for source in item.sources)
        else:
            inputs = (self.tail,)
        if not least <= len(inputs) or (most is not None and len(inputs) > most):
            self._wrong_number(item, least, most, inputs)
        return inputs

    def _wrong_number(
        self, item: LayerTree, least: int, most: int | None, inputs: tuple[int, ...]
    ) -> None:
        wanted = "one input" if most == 1 else f"at least {least} inputs"
        hint = (
            ""
            if most == 1
            else f"write {item.word.lower()}: {{from: [{self.nodes[self.tail or 0].name}, ...]}} "
            "or a list of branches"
        )
        raise SpecError(
            f"{item.word} takes {wanted}, not {len(inputs)}", item.span, hint, path=item.path
        )

    def _branches(self, item: LayerTree, spelling: Spelling, frame: _Frame) -> tuple[int, ...]:
        names = spelling.type.branch_names
        chosen = item.branches
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
        return tuple(self.names.find(output, ()) for output in self.document.outputs)

    def _refuse_unused(self, network: Network) -> None:
        used = {index for node in network.nodes for index in node.inputs} | set(network.outputs)
        for index, node in enumerate(network.nodes):
            if index not in used:
                raise SpecError(
                    f"nothing uses the layer `{node.name}`",
                    node.span,
                    "name it in `outputs`, in a `from`, or leave it out",
                )

    def _bind(self) -> list[str]:
        settings = self.settings
        last = {pending.spelling.type: index for index, pending in enumerate(self.pending)}
        assumed: dict[str, None] = {}
        cached: dict[Any, Any] = {}
        base = Context(
            filters=settings.filters,
            hidden=settings.hidden,
            classes=settings.classes,
            input=settings.input or Context().input,
        )
        for index, (node, pending) in enumerate(zip(self.nodes, self.pending, strict=True)):
            is_last = last[pending.spelling.type] == index
            key = (id(pending.tree), id(pending.environment), pending.stage, is_last)
            if key not in cached:
                context = base._replace(stage=pending.stage, last=is_last)
                cached[key] = bind(pending.spelling, pending.tree, pending.environment, context)
            node.layer, sentences = cached[key]
            if settings.input and pending.spelling.type.declares_size:
                node.layer, sentences = _resized(node.layer, settings.input), []
            assumed.update(dict.fromkeys(sentences))
        return list(assumed)


def _resized(layer: Layer, size: Shape) -> Layer:
    return replace(layer, **size._asdict())


def _flag(argument: Argument, environment: Environment) -> bool:
    value = resolved(argument, environment)
    if not isinstance(value, bool):
        raise SpecError(
            f"`{argument.name}` must be true or false, not `{value}`",
            argument.span,
            path=argument.path,
        )
    return value


def _trainable(item: LayerTree, environment: Environment) -> bool:
    return all(
        _flag(argument, environment) for argument in item.arguments if argument.name == "trainable"
    )
