"""Instance normalisation."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import AXES, Layer, Options, class_along
from convcalc.layers._options import option, read_flag


class InstanceNorm(Layer):
    """Normalisation of each channel of each image; nothing is learned by default (PyTorch).

    Source: Ulyanov, Vedaldi and Lempitsky, "Instance Normalization".
    """

    keyword: ClassVar[str] = "INSTANCENORM"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "instancenorm1d": {AXES: 1},
        "instancenorm2d": {AXES: 2},
        "instancenorm3d": {AXES: 3},
    }
    cancels_bias: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("instance_norm",)

    affine: bool = option("", read_flag, False, shown="changed")

    @property
    def sees_whole_image(self) -> bool:
        """The statistics are the whole image's."""
        return True

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Without running statistics, as is torch's default."""
        return (
            None if call.has_argument("running_mean") else {"affine": call.has_argument("weight")}
        )

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """With `affine`, a scale and a shift for each channel."""
        (volume,) = inputs
        shape = (volume.channels,)
        learned = (Parameter("weight", shape), Parameter("bias", shape, BIAS))
        return LayerFacts(
            volume,
            volume.elements,
            parameters=learned if self.affine else (),
            operators=ops.instance_norm(volume.elements, volume.channels, self.affine),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.InstanceNorm2d."""
        affine = CodeArgument("affine", self.affine, False)
        return module_code(
            class_along("InstanceNorm", inputs[0]),
            CodeArgument("num_features", output.channels),
            affine,
        )


LAYER = InstanceNorm
