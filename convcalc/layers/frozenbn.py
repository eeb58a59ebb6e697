"""Batch normalisation whose statistics and scales are fixed, as in detectors' backbones."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import Buffer, LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument
from convcalc.layers._base import AXES, Layer, Options

NAMES = ("weight", "bias", "running_mean", "running_var")
HELPER = '''\
class FrozenBatchNorm2d(nn.Module):
    """Batch norm with fixed statistics, scale and shift."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.ones(num_features))
        self.register_buffer("bias", torch.zeros(num_features))
        self.register_buffer("running_mean", torch.zeros(num_features))
        self.register_buffer("running_var", torch.ones(num_features))

    def forward(self, x: Tensor) -> Tensor:
        scale = self.weight * (self.running_var + 1e-5).rsqrt()
        bias = self.bias - self.running_mean * scale
        return x * scale.reshape(1, -1, 1, 1) + bias.reshape(1, -1, 1, 1)
'''


class FrozenBatchNorm(Layer):
    """Each channel times a fixed number, plus a fixed number; nothing is learned.

    Source: torchvision.ops.FrozenBatchNorm2d, which works both out anew for each batch.
    """

    keyword: ClassVar[str] = "FROZENBN"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"frozenbatchnorm2d": {AXES: 2}}
    cancels_bias: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("FrozenBatchNorm2d",)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Nothing to say: the channels are the volume's."""
        return {}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape; scale, shift, mean and variance as buffers."""
        (volume,) = inputs
        return LayerFacts(
            volume,
            volume.elements,
            buffers=tuple(Buffer(name, volume.channels) for name in NAMES),
            operators=ops.fixed_scale(volume.elements, volume.channels),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A module of its own."""
        features = CodeArgument("num_features", output.channels)
        axes = len(output.sides)
        helper = HELPER.replace("1, -1, 1, 1", f"1, -1{', 1' * axes}")
        kind = f"FrozenBatchNorm{axes}d"
        helper = helper.replace("FrozenBatchNorm2d", kind)
        return Code(module=kind, arguments=(features,), helper=helper)


LAYER = FrozenBatchNorm
