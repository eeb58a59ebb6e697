"""Which layer types compute an operator, and what a call of it says of their options."""

from typing import Any

from convcalc.facts.shape import Shape, Vector
from convcalc.facts.torch_calls import BUFFER, Arguments, MissingArgument, Tensor, TracedCall
from convcalc.layers import Layer, all_types
from convcalc.layers._base import Options


def types_by_operator() -> dict[str, list[type[Layer]]]:
    """The layer types by the operators and modules that they compute."""
    found: dict[str, list[type[Layer]]] = {}
    for layer in all_types():
        for operator in layer.computes:
            found.setdefault(operator, []).append(layer)
    return found


def module_names() -> frozenset[str]:
    """Names of module classes that are read as a whole: those with a capital letter."""
    return frozenset(name for name in types_by_operator() if name[:1].isupper())


def is_one_layer(name: str, attributes: dict[str, Any], output: Tensor) -> bool:
    """Whether a layer says what a module read as a whole does, of that class and attributes."""
    call = TracedCall(name, attributes, output)
    return any(options_of(kind, call) is not None for kind in types_by_operator()[name])


def sizes_along(kind: type[Layer], call: TracedCall) -> Options:
    """Sizes that a layer has by default, for as many axes as its input has."""
    volume = call.values[0].volume if call.values else None
    if volume is None or isinstance(volume, Vector):
        return {}
    return default_sizes(kind, volume)


def default_sizes(kind: type[Layer], like: Shape) -> Options:
    """Sizes that a layer has by default, for as many axes as a volume has."""
    sizes = [each for each in kind.options if isinstance(each.default, tuple)]
    return {each.name: each.default[:1] * len(like.sides) for each in sizes}


def fixed_weight(call: TracedCall) -> list[Tensor]:
    """The weight, where that is a buffer."""
    weight = call.arguments.get("weight")
    return [weight] if isinstance(weight, Tensor) and weight.kind == BUFFER else []


def can_be_written(kind: type[Layer], options: Options) -> bool:
    """Whether its numbers are such that a spec may have them: not infinite, as 1/0 is."""
    for each in kind.options:
        if isinstance(value := options.get(each.name), float):
            try:
                each.kind(value)
            except ValueError:
                return False
    return True


def options_of(kind: type[Layer], call: TracedCall) -> Options | None:
    """What a call says of a layer's options; None where it is of another form, or another layer."""
    try:
        return kind.from_call(call._replace(arguments=Arguments(call.arguments)))
    except MissingArgument:
        return None  # another form of the operator
