"""Blocks: where in the source the expansion stands, and what a block's parameters are."""

from typing import Any, NamedTuple

from convcalc.network.layer_options import Environment, nameless_error, resolve_value
from convcalc.text.errors import SpecError, nearest_hint
from convcalc.text.syntax.tree import NAMELESS, Argument, Block, Branch, Group, Item
from convcalc.text.syntax.tree import LayerItem as LayerTree
from convcalc.text.syntax.values import Expression

INDEX = "index"  # of a round of a repeat, from 0
COMMON = ["name", "from", "trainable", "checkpoint"]  # what every block can be told


class Frame(NamedTuple):
    """Where in the source the expansion stands."""

    scope: tuple[str, ...] = ()
    environment: Environment = {}  # noqa: RUF012 - never written to
    calls: tuple[str, ...] = ()
    suffix: str = ""
    trainable: bool = True
    checkpoint: tuple[str, ...] | None = None
    branch: int = 0


NOWHERE: Environment = {}  # never written to; where a list without layers was written


class Closure(NamedTuple):
    """A list of layers given to a block, with the parameters where it was written."""

    branch: Branch
    environment: Environment

    def __str__(self) -> str:
        return "a list of layers"


def with_options(frame: Frame, options: dict[str, Argument]) -> Frame:
    """The frame inside a block or repeat that says whether it is trainable."""
    trainable = options.get("trainable")
    if trainable:
        frame = frame._replace(trainable=flag_value(trainable, frame.environment))
    return frame


def enter_scope(frame: Frame, parts: tuple[str, ...], options: dict[str, Argument]) -> Frame:
    """The frame inside a named block or repeat, perhaps one that is recomputed."""
    scope = (*frame.scope, *parts)
    checkpoint = options.get("checkpoint")
    wanted = checkpoint and flag_value(checkpoint, frame.environment)
    return frame._replace(scope=scope, suffix="", checkpoint=scope if wanted else frame.checkpoint)


def list_parameter(place: Argument, name: str, frame: Frame) -> Closure:
    """The list of layers that `$name` stands for."""
    value = frame.environment.get(name)
    if isinstance(value, Closure):
        return value
    if name in frame.environment:
        raise SpecError(
            f"`${name}` is not a list of layers but `{value}`", place.span, path=place.path
        )
    raise SpecError(
        f"there is no parameter `${name}` here",
        place.span,
        nearest_hint(name, list(frame.environment)),
        path=place.path,
    )


def bind_parameters(
    block: Block, item: LayerTree, arguments: dict[str, Argument], frame: Frame
) -> Environment:
    """The parameters of a block at one of its uses."""
    known = [*block.parameters, *COMMON]
    for name in [*arguments, *item.branches]:
        if name not in known:
            place = arguments.get(name)
            if place is not None and name == NAMELESS:
                raise nameless_error(place, _parameter_words(block, place))
            span = place.key_span if place else item.branches[name].key_span
            raise SpecError(
                f"the block `{block.name}` has no parameter `{name}`",
                span,
                nearest_hint(name, known),
                path=item.path,
            )
    environment: Environment = {}
    for name, default in block.parameters.items():
        environment[name] = _given_value(name, default, block, item, arguments, frame, environment)
    return environment


def _parameter_words(block: Block, value: Argument) -> str:
    """What to write for a value alone: the block's parameters, of which it is the first."""
    needed = [name for name, default in block.parameters.items() if default is None]
    names = needed or list(block.parameters)[:1]
    if not names:
        return f"the block `{block.name}` has no parameters"
    parts = [f"{names[0]}: {value.text}", *(f"{name}: ..." for name in names[1:])]
    return f"write {block.name}: {{{', '.join(parts)}}}"


def _given_value(
    name: str,
    default: Argument | None,
    block: Block,
    item: LayerTree,
    arguments: dict[str, Argument],
    frame: Frame,
    so_far: Environment,
) -> Any:
    if name in item.branches:
        return _with_environment(item.branches[name], frame.environment)
    if name in arguments:
        return resolve_value(arguments[name], frame.environment)
    if default is None:
        raise SpecError(
            f"the block `{block.name}` needs `{name}`",
            item.span,
            f"write {block.name}: {{{name}: ...}}",
            path=item.path,
        )
    if isinstance(default.value, Branch):
        return _with_environment(default.value, so_far)
    return resolve_value(default, so_far)


def _with_environment(branch: Branch, environment: Environment) -> Any:
    if branch.parameter:
        value = environment.get(branch.parameter)
        if isinstance(value, Closure):
            return value
    return Closure(branch, environment if branch.items or branch.parameter else NOWHERE)


def numbered_frame(frame: Frame, group: Group, index: int) -> Frame:
    """The frame of one round of a repeat, with its number as `$index` where that is used."""
    environment = {**frame.environment, INDEX: index}
    return frame._replace(environment=environment) if mentions_index(group.items) else frame


def mentions_index(items: list[Item]) -> bool:
    """Whether `$index` stands somewhere in the items."""
    for item in items:
        if INDEX in str(item.count):
            return True
        if isinstance(item, Group) and mentions_index(item.items):
            return True
        if isinstance(item, LayerTree) and (
            any(varies_by_round(argument) for argument in item.arguments)
            or any(mentions_index(branch.items) for branch in item.branches.values())
        ):
            return True
    return False


def varies_by_round(argument: Argument) -> bool:
    """Whether a value differs from one round of a repeat to the next."""
    return isinstance(argument.value, Expression) and f"${INDEX}" in argument.value.text


def branches_of(item: LayerTree, names: tuple[str, ...]) -> dict[str, Branch]:
    """The branches of a layer: lists as written, and `$name` where a list is meant."""
    found = dict(item.branches)
    for argument in item.arguments:
        if argument.name in names:
            text = str(argument.value)
            if not isinstance(argument.value, Expression) or not text[1:].isidentifier():
                raise SpecError(
                    f"`{argument.name}` must be a list of layers, not `{text}`",
                    argument.span,
                    path=argument.path,
                )
            found[argument.name] = Branch([], argument.span, argument.path, text[1:])
    return found


def flag_value(argument: Argument, environment: Environment) -> bool:
    """An argument that must be true or false."""
    value = resolve_value(argument, environment)
    if not isinstance(value, bool):
        raise SpecError(
            f"`{argument.name}` must be true or false, not `{value}`",
            argument.span,
            path=argument.path,
        )
    return value


def is_trainable(item: LayerTree, environment: Environment) -> bool:
    """Whether a layer is trainable; a layer that does not say is."""
    return all(
        flag_value(argument, environment)
        for argument in item.arguments
        if argument.name == "trainable"
    )
