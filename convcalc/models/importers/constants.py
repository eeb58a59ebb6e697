"""What a model makes of its own parameters and buffers alone, and what nothing makes."""

from typing import Any

from convcalc.facts.operators import WHOLE
from convcalc.facts.torch_calls import BUFFER, PARAMETER, VALUE, Tensor, TracedCall
from convcalc.models.importers.traced import Traced
from convcalc.text.errors import ConvcalcError
from convcalc.text.source import printable

LAID_OUT = ("permute", "transpose", "t", "numpy_T")  # views that may change how it lies
VIEWS = (*LAID_OUT, "view", "reshape", "_unsafe_view", "flatten", "squeeze", "unsqueeze",
         "unflatten", "expand", "expand_as", "contiguous", "alias", "detach", "detach_", "identity",
         "slice", "view_as", "reshape_as")  # fmt: skip


def constants_resolved(traced: Traced) -> list[TracedCall]:
    """The calls without views of parameters and buffers: these are used in another shape."""
    calls, observable = traced.calls, traced.observe is not None
    shown: dict[str, Tensor] = {}
    found = []
    for call in calls:
        call = call._replace(arguments=_with_replaced(call.arguments, shown))
        own = call.tensors[0] if call.tensors and not call.values else None
        if own is not None and call.operator in VIEWS and not _is_other(own, call, observable):
            shown[call.output.name] = _reshaped_constant(own, call)
        else:
            found.append(call)
    return found


def _is_other(own: Tensor, call: TracedCall, observable: bool) -> bool:
    """Whether what learns is shown several times, in part or transposed.

    Its gradient is a tensor of another size, or lies otherwise. A part of a buffer is no buffer:
    where the view can be observed, it is.
    """
    if own.kind != PARAMETER or not own.trainable:
        return observable and own.kind == BUFFER and own.elements != call.output.elements
    transposed = call.operator in LAID_OUT and call.output.layout is not WHOLE
    return transposed or own.elements != call.output.elements


def _reshaped_constant(own: Tensor, call: TracedCall) -> Tensor:
    """The same tensor in another shape.

    ONNX exporters write one vector for all whose values are equal, as biases of zeros are,
    and hand copies of it on: these are parameters of their own.
    """
    copied = call.operator == "identity" and own.elements == max(own.shape, default=1)
    return own._replace(name=call.output.name if copied else own.name, shape=call.output.shape)


def _with_replaced(argument: Any, shown: dict[str, Tensor]) -> Any:
    if isinstance(argument, Tensor):
        return shown.get(argument.name, argument) if argument.kind == VALUE else argument
    if isinstance(argument, dict):
        return {name: _with_replaced(value, shown) for name, value in argument.items()}
    if isinstance(argument, (list, tuple)):
        return [_with_replaced(each, shown) for each in argument]
    return argument


def refuse_the_unmade(traced: Traced) -> None:
    """Raise ConvcalcError where an operator takes what none before it gives."""
    made = {each.name for each in traced.given}
    for call in traced.calls:
        missing = [value.name for value in call.values if value.name not in made]
        if missing:
            raise ConvcalcError(
                f"{printable(traced.source)}: {printable(call.place or call.operator)} takes "
                f"`{printable(missing[0])}`, which nothing before it gives"
            )
        made.add(call.output.name)
    if not traced.calls or not made.issuperset(traced.outputs):
        raise nothing_computed(traced.source)


def nothing_computed(source: str) -> ConvcalcError:
    """What refuses a model all of whose outputs are its inputs, or nothing."""
    return ConvcalcError(f"{printable(source)}: the model computes nothing of its input")
