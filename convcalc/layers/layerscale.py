"""A learned factor for each channel."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.calls import Call
from convcalc.code import Argument, Code
from convcalc.facts import LayerFacts, Parameter
from convcalc.layers._base import Layer, Options
from convcalc.shape import Shape

HELPER = '''\
class LayerScale(nn.Module):
    """Each channel times a weight of its own."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((channels, 1, 1), 1e-6))

    def forward(self, x: Tensor) -> Tensor:
        return self.weight * x
'''


@dataclass(frozen=True)
class LayerScale(Layer):
    """Each channel times a weight of its own, at the end of ConvNeXt's blocks.

    Source: Touvron et al., "Going deeper with Image Transformers", section 2.
    """

    keyword: ClassVar[str] = "LAYERSCALE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"layer_scale": {}}
    computes: ClassVar[tuple[str, ...]] = ("mul",)

    @classmethod
    def from_call(cls, call: Call) -> Options | None:
        """The product with a parameter of a value for each channel."""
        if len(call.parameters) != 1 or len(call.values) != 1:
            return None
        value, scale = call.values[0], call.parameters[0]
        last = value.channels_last or len(value.shape) == 2
        wanted = (value.shape[1],) if last else (value.shape[1], 1, 1)
        sizes = (
            scale.shape[1:] if scale.shape[:1] == (1,) and len(scale.shape) == 4 else scale.shape
        )
        return {} if sizes == wanted else None

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (C, 1, 1) as torchvision has them."""
        (volume,) = inputs
        weight = Parameter("weight", (volume.channels, 1, 1))
        operators = ops.scale_by_parameter(volume.elements)
        return LayerFacts(volume, volume.elements, parameters=(weight,), operators=operators)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A parameter of a value a channel."""
        size = Argument("channels", output.channels)
        return Code(module="LayerScale", arguments=(size,), helper=HELPER)


LAYER = LayerScale
