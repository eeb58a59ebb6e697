"""Arguments as written, put to the options of a layer type."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, NoReturn

from convcalc.facts.shape import AXES as AXES_NAMES
from convcalc.facts.shape import CHANNELS, Shape, align_rows, join_words
from convcalc.facts.units import as_written
from convcalc.facts.window import EXACT
from convcalc.layers import Context, Layer, Spelling, find_spelling
from convcalc.layers._base import AXES
from convcalc.layers._options import along_axes
from convcalc.network.graph import Node, Settings
from convcalc.text.errors import Hint, SpecError, joined_error, nearest_hint
from convcalc.text.source import Span
from convcalc.text.syntax.tree import NAMELESS, Argument, Choices, Size
from convcalc.text.syntax.tree import LayerItem as LayerTree
from convcalc.text.syntax.values import Expression

DEPTH = "D"  # of the notes: channels; as an option of other layers only `d` is understood
COMMON = ("name", "trainable", "share")  # options of every layer, not of its type

Environment = dict[str, Any]


class Pending(NamedTuple):
    """A node before its options are bound: what is last of its type is not known yet."""

    tree: LayerTree
    spelling: Spelling
    environment: Environment
    stage: int


def resolve_value(argument: Argument, environment: Environment) -> Any:
    """The argument's value, its expression worked out."""
    value = argument.value
    if isinstance(value, Expression):
        from convcalc.text.expressions import evaluate_expression

        try:
            value = evaluate_expression(value.text, environment)
        except ValueError as error:
            raise SpecError(str(error), argument.span, path=argument.path) from None
    if isinstance(value, Choices):
        raise SpecError(
            f"`{argument.name}` has a range, which stands for several networks",
            argument.span,
            Hint("convcalc sweep goes through all of them", plain="write one of its values"),
            path=argument.path,
        )
    return value


def bind_layer(
    spelling: Spelling, tree: LayerTree, environment: Environment, context: Context
) -> tuple[Layer, list[str]]:
    """The layer that a tree node describes, and the sentences about what was assumed.

    Raises:
        SpecError: an unknown, missing or repeated option, or a value out of its range.
    """
    given: dict[str, Any] = dict(spelling.preset)
    axes = given.pop(AXES, context.axes)
    if axes != context.axes and spelling.type.inputs[0]:
        _refuse_axes(tree, spelling, axes, context.axes)
    written: dict[str, Argument] = {}
    arguments = _third_axis(tree) if spelling.type.declares_size else tree.arguments
    wrong: list[SpecError] = []
    for argument in arguments:
        if argument.name not in (*COMMON, *spelling.type.branch_names):
            try:
                value = _set_option(spelling.type, argument, environment, given, written, tree)
                if isinstance(value, Size) and len(value) == 1 != context.axes:
                    _refuse_length(argument, value, context.axes)
            except SpecError as error:
                wrong.append(error)
    if wrong:
        raise wrong[0] if tree.notation == "pattern" else joined_error(wrong)
    if spelling.type.declares_size and tree.size:
        given |= _declared_size(spelling.type, tree, tree.size, written)
    sentences = []
    if _assumes(spelling, tree):
        for field, value, sentence in spelling.type.assume_options(given, context):
            given[field] = value
            sentences.append(sentence)
    return _make_layer(spelling.type, given, tree, written, context.axes), sentences


def _assumes(spelling: Spelling, tree: LayerTree) -> bool:
    """Whether options that are not written depend on where the layer stands."""
    return tree.notation == "pattern" or spelling.type.declares_size


def _set_option(
    layer: type[Layer],
    argument: Argument,
    environment: Environment,
    given: dict[str, Any],
    written: dict[str, Argument],
    tree: LayerTree,
) -> Any:
    """Put an argument's value to the option that it names, and return it as it was written."""
    if argument.name == NAMELESS:
        raise nameless_error(argument, _named_words(layer, argument, environment, tree))
    field = layer.options_by_name().get(argument.name.lower())
    if field is not None and argument.name == DEPTH and field.name != CHANNELS:
        field = None  # D is the depth in the notes, whatever `d` is
    if field is None:
        _unknown_option(layer, argument, tree)
    if field.name in written:
        earlier = written[field.name].name
        twice = "twice" if earlier == argument.name else f"as `{earlier}` already"
        raise SpecError(f"`{argument.name}` is written {twice}", argument.span, path=argument.path)
    value = resolve_value(argument, environment)
    try:
        given[field.name] = field.kind(value)
    except ValueError as error:
        quoted = isinstance(value, str) and value.strip().isdecimal()
        bare = value.strip() if quoted else ""
        hint = Hint(f"write {bare} without quotes", instead=bare) if quoted else ""
        message = f"`{argument.name}` {error}"
        raise SpecError(message, argument.span, hint, path=argument.path) from None
    written[field.name] = argument
    return value


def nameless_error(argument: Argument, hint: str) -> SpecError:
    """The error that a value stands where options belong."""
    said = f"options are a mapping such as {{name: value}}, not `{argument.text}`"
    return SpecError(said, argument.span, hint, path=argument.path)


def _named_words(
    layer: type[Layer], argument: Argument, environment: Environment, tree: LayerTree
) -> str:
    """What to write for a value alone: the first option that takes it, the rest an example."""
    value: Any = resolve_value(argument, environment)
    text = argument.text
    if isinstance(value, str) and value.isascii() and value.isdecimal():
        text = value  # without its quotes
        value = int(text)
    for field in sorted(layer.options, key=lambda each: not each.required):
        try:
            field.kind(value)
        except ValueError:
            continue
        others = [each for each in layer.options if each.required and each is not field]
        parts = [f"{canonical_name(field)}: {text}"]
        parts += [f"{canonical_name(each)}: {_example_value(each)}" for each in others]
        return f"write {'for example ' if others else ''}{tree.word}: {{{', '.join(parts)}}}"
    return f"known: {', '.join(sorted({*_canonical_names(layer), *COMMON}))}"


def _declared_size(
    layer: type[Layer], tree: LayerTree, size: Shape, written: dict[str, Argument]
) -> dict[str, int]:
    """The size in brackets as options, `INPUT[32x32x3]`."""
    span = tree.size_span or tree.span
    if written.keys() & size.options:
        raise SpecError("the input's size is written twice", span, path=tree.path)
    for name, value in size.options.items():
        try:
            layer.options_by_name()[name].kind(value)
        except ValueError as error:
            raise SpecError(f"`{name}` {error}", span, path=tree.path) from None
    return size.options


def _unknown_option(layer: type[Layer], argument: Argument, tree: LayerTree) -> NoReturn:
    known = sorted({*_canonical_names(layer), *COMMON})
    if argument.name == DEPTH and DEPTH.lower() in layer.options_by_name():
        field = layer.options_by_name()[DEPTH.lower()]
        raise SpecError(
            f"{tree.word} has no option `D`, the depth in the notes",
            argument.key_span or argument.span,
            f"{field.name} is written d={as_written(argument.value)}",
            path=argument.path,
        )
    hint = _foreign_hint(argument)
    if not hint:
        hint = nearest_hint(argument.name, [*layer.options_by_name(), *COMMON, "from"])
        hint = hint if hint.startswith("did") else f"known: {', '.join(known)}"
    raise SpecError(
        f"{tree.word} has no option `{argument.name[:60]}`",
        argument.key_span or argument.span,
        hint,
        path=argument.path,
    )


TOLD_BY_INPUT = ("in_features", "in_channels", "num_features", "normalized_shape", "input_shape",
                 "input_dim", "in_planes", "in", "inputs", "input", "input_size")  # fmt: skip
NO_SIZE = ("kernel_initializer", "bias_initializer", "kernel_regularizer", "device",
           "data_format", "padding_mode")  # fmt: skip


def _foreign_hint(argument: Argument) -> str:
    """What an option of PyTorch's or Keras's layers is here; empty for others."""
    name = argument.name.lower()
    if name == "activation":
        word = as_written(argument.value)
        known = find_spelling(word) if word.isidentifier() else None
        return f"an activation is a layer of its own: `- {word if known else 'relu'}` behind it"
    if name == "ceil_mode":
        return f"write rounding: {'ceil' if argument.value is True else 'floor'}"
    if name in TOLD_BY_INPUT:
        return "leave it out: the layer in front tells it"
    return "leave it out: it changes no size and no memory" if name in NO_SIZE else ""


def _canonical_names(layer: type[Layer]) -> list[str]:
    return [canonical_name(field) for field in dict.fromkeys(layer.options_by_name().values())]


def canonical_name(field: Any) -> str:
    """The one spelling of an option that the documentation uses in YAML."""
    spellings = field.spellings
    if len(spellings) > 1 and len(spellings[0]) == 1:
        return str(spellings[1])
    return str(field.name)


def _make_layer(
    layer: type[Layer],
    given: dict[str, Any],
    tree: LayerTree,
    written: dict[str, Argument],
    axes: int,
) -> Layer:
    missing = [each for each in layer.options if each.required and each.name not in given]
    if missing:
        names = " and ".join(f"`{canonical_name(field)}`" for field in missing)
        example = ", ".join(
            f"{canonical_name(field)}: {_example_value(field)}" for field in missing
        )
        raise SpecError(
            f"{tree.word} needs {names}",
            tree.span,
            path=tree.path,
            hint=f"write for example {tree.word}: {{{example}}}",
        )
    _spread_sizes(layer, given, tree, written, axes)
    try:
        return layer(**given)
    except ValueError as error:
        raise SpecError(
            str(error), _culprit_span(tree, written, str(error)), path=tree.path
        ) from None


def _spread_sizes(
    layer: type[Layer],
    given: dict[str, Any],
    tree: LayerTree,
    written: dict[str, Argument],
    axes: int,
) -> None:
    """Give every option of sizes along axes one for each axis of the layer's input."""
    for field in layer.options:
        value = given.get(field.name, field.default)
        if not isinstance(value, tuple):
            continue
        if field.name not in given:
            value = value[:1]  # a default holds along every axis
        try:
            given[field.name] = along_axes(value, axes)
        except ValueError as error:
            argument = written.get(field.name)
            name, span, path = field.name, tree.span, tree.path
            if argument is not None:
                name, span, path = argument.name, argument.span, argument.path
            one = as_written(value[0]) if len(set(value)) == 1 else ""
            hint = Hint(f"write {one}, which holds along every axis", instead=one) if one else ""
            raise SpecError(f"`{name}` {error}", span, hint, path=path) from None


def _refuse_length(argument: Argument, size: Size, axes: int) -> NoReturn:
    """Raise: `{length: 3}`, of several axes; a number by itself holds along every one."""
    sides = ", ".join(f"{name}: {size}" for name in AXES_NAMES[axes])
    raise SpecError(
        f"`{argument.name}` has a length, but its input has {join_words(AXES_NAMES[axes])}",
        argument.span,
        f"write {size}, or {{{sides}}}",
        path=argument.path,
    )


def _refuse_axes(tree: LayerTree, spelling: Spelling, wanted: int, given: int) -> NoReturn:
    """Raise: a spelling such as `conv1d` asserts another number of axes than the input has."""
    words = {1: "one axis", 2: "two axes", 3: "three axes"}
    other = tree.word
    for letter in "dD":
        other = other.replace(f"{wanted}{letter}", f"{given}{letter}")
    if find_spelling(other) is None:  # layernorm2d has no sister along other axes
        other = spelling.type.keyword.lower()
    raise SpecError(
        f"{tree.word} works along {words[wanted]}, but its input has {words[given]}",
        tree.span,
        f"write {other} for this input, or give an input such as {EXAMPLES[wanted]}",
        path=tree.path,
    )


EXAMPLES = {1: "16000x1", 2: "224x224x3", 3: "112x112x16x3"}  # inputs of so many axes


def _third_axis(tree: LayerTree) -> list[Argument]:
    """`depth` means the channels; where `channels` stands beside it, the third axis."""
    names = {argument.name for argument in tree.arguments}
    if not {"depth", "channels"} <= names:
        return list(tree.arguments)
    return [
        argument._replace(name="frames") if argument.name == "depth" else argument
        for argument in tree.arguments
    ]


def _example_value(field: Any) -> int:
    return 3 if field.name == "kernel_size" else 64


def _culprit_span(tree: LayerTree, written: dict[str, Argument], message: str) -> Span | None:
    """Where the option stands that a message quotes, or else one of the window's."""
    quoted = [name for name in written if f"`{name}`" in message]
    for name in (*quoted, "padding", "kernel_size"):
        if name in written:
            return written[name].span
    return tree.span


def bind_all(
    nodes: Sequence[Node],
    waiting: Sequence[Pending],
    settings: Settings,
    note: Callable[[SpecError], None],
) -> list[str]:
    """Give every node its layer; returns the sentences about what was assumed.

    `note` takes what is wrong with a layer, and raises where nothing else is looked for.
    """
    last = {pending.spelling.type: index for index, pending in enumerate(waiting)}
    assumed: dict[str, None] = {}
    cached: dict[Any, Any] = {}
    depends: dict[int, tuple[bool, bool]] = {}  # of each tree: on parameters, on its place
    shared: dict[Layer, Layer] = {}  # one object for equal layers: its facts are cached
    base = Context(
        filters=settings.filters,
        hidden=settings.hidden,
        classes=settings.classes,
        input=settings.input or Context().input,
        asked=settings.used_defaults,
    )
    axes: list[int] = []  # of each node's output
    shapes: list[Shape] = []  # the same, as far as they were asked for
    failed = False
    _refuse_one_size(nodes, settings)
    for index, (node, pending) in enumerate(zip(nodes, waiting, strict=True)):
        is_last = last[pending.spelling.type] == index
        along = axes[node.inputs[0] if node.inputs else 0] if axes else 2
        if len({axes[k] for k in node.inputs}) > 1 and not failed:
            along = _axes_of_join(nodes, index, shapes)
        tree = pending.tree
        if id(tree) not in depends:
            by_parameters = any(isinstance(each.value, Expression) for each in tree.arguments)
            depends[id(tree)] = by_parameters, _assumes(pending.spelling, tree)
        by_parameters, by_place = depends[id(tree)]
        environment = id(pending.environment) if by_parameters else None
        key = (id(tree), environment, by_place and (pending.stage, is_last), along)
        if key not in cached:
            context = base._replace(stage=pending.stage, last=is_last, axes=along)
            try:
                layer, sentences = bind_layer(pending.spelling, tree, pending.environment, context)
            except SpecError as error:
                note(error)
                axes.append(along)
                failed = True
                continue
            cached[key] = shared.setdefault(layer, layer), sentences
        node.layer, sentences = cached[key]
        if axes and not node.inputs:
            node.layer = node.layer.beside(axes[0])
        if settings.input and pending.spelling.type.declares_size:
            node.layer, sentences = resized_input(node.layer, settings.input, tree), []
        axes.append(node.layer.axes_behind(along) if node.inputs else node.layer.axes)
        assumed.update(dict.fromkeys(sentences))
    return list(assumed)


def _axes_of_join(nodes: Sequence[Node], index: int, shapes: list[Shape]) -> int:
    """How many axes a layer works along whose inputs differ in theirs: rows have any number.

    `shapes` are the outputs of the first nodes; those in front of the layer are added to them.
    """
    for node in nodes[len(shapes) : index]:
        taken = align_rows(tuple([shapes[k] for k in node.inputs]))
        shapes.append(node.layer.facts_for(taken, EXACT).output)
    first, *_ = align_rows(tuple([shapes[k] for k in nodes[index].inputs]))
    return len(first.sides)


def resized_input(layer: Layer, size: Shape, tree: LayerTree) -> Layer:
    """The input with the size that `--input` gives.

    Raises:
        SpecError: the source says that it has other axes.
    """
    try:
        return layer.resized(size)
    except ValueError as error:
        message, hint = error.args
        raise SpecError(message, tree.size_span or tree.span, hint, path=tree.path) from None


def _refuse_one_size(nodes: Sequence[Node], settings: Settings) -> None:
    """Raise where one size is asked for, and the network has several inputs."""
    names = [f"`{node.name}`" for node in nodes if not node.inputs]
    if settings.input and len(names) > 1:
        raise SpecError(
            f"the network has several inputs, {' and '.join(names)}: one size does not fit them",
            nodes[0].span,
            "write their sizes in the spec's `inputs`",
        )
