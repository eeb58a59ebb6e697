"""Tensors that a layer holds for all images: a value each, a value a channel, or one."""

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import WEIGHT, Buffer, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import BUFFER, Tensor, TracedCall
from convcalc.facts.torch_code import Code, CodeArgument
from convcalc.layers._base import Options
from convcalc.layers._options import one_word

HELPER = '''\
class {kind}(nn.Module):
    """{doc}"""

    def __init__(self, size: tuple[int, ...]) -> None:
        super().__init__()
        {made}

    def forward(self, x: Tensor) -> Tensor:
        return {result}
'''
OVER = one_word("channels", "volume", "one", "scalar")  # "scalar": one value without an axis


def tensor_shape(over: str, volume: Shape) -> tuple[int, ...]:
    """The tensor's shape, channels first."""
    if over in ("one", "scalar"):
        return (1,) if over == "one" else ()
    if over == "volume":
        return volume[::-1]
    return (volume.channels, *[1] * len(volume.sides))


def autocast_type(over: str, learned: bool) -> ops.AutocastRule:
    """In which type: tensors without an axis widen nothing."""
    return ops.FOLLOW if over == "scalar" else ops.MIXED if learned else ops.WIDENED


def with_tensor(
    facts: LayerFacts, name: str, over: str, learned: bool, role: str = WEIGHT
) -> LayerFacts:
    """The facts with the tensor, as a parameter or a buffer."""
    weight = Parameter(name, tensor_shape(over, facts.output), role)
    if learned:
        return facts._replace(parameters=(weight,))
    return facts._replace(buffers=(Buffer(name, weight.elements),))


def read_call(call: TracedCall) -> Options | None:
    """The options of a call with a volume and a tensor that it holds."""
    others = [tensor for tensor in call.tensors if tensor not in call.values]
    if len(call.values) != 1 or len(others) != 1 or call.in_place:
        return None
    over = _axes_over(call.values[0], others[0])
    return {"over": over, "learned": others[0].kind != BUFFER} if over else None


def _axes_over(value: Tensor, other: Tensor) -> str | None:
    """How much of the volume each value of the other tensor is for."""
    if other.elements == 1:
        return "one" if other.shape else "scalar"
    first = next((k for k, size in enumerate(other.shape) if size > 1), 0)
    channels, *rows = value.shape[1:]
    if value.channels_last:
        by_channel, by_value = [channels], [*rows, channels]
    else:
        by_channel, by_value = [channels, *[1] * len(rows)], [channels, *rows]
    sizes = list(other.shape[first:])
    return "channels" if sizes == by_channel else "volume" if sizes == by_value else None


def module_code(kind: str, doc: str, result: str, initial: str, sizes: tuple[int, ...]) -> Code:
    """A module of its own; `kind` is its class, `Fixed...` where nothing is learned."""
    weight = f"torch.{initial}"
    fixed = f'self.register_buffer("weight", {weight})'
    made = fixed if kind.startswith("Fixed") else f"self.weight = nn.Parameter({weight})"
    helper = HELPER.format(kind=kind, doc=doc, made=made, result=result)
    return Code(module=kind, arguments=(CodeArgument("size", sizes),), helper=helper)
