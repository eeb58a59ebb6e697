"""Batch normalisation."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, Buffer, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import AXES, Layer, Options, class_along
from convcalc.layers._options import option, read_flag


class BatchNorm(Layer):
    """Normalisation of each channel over the batch, as in ResNet (notes, 2.3 and 3.3).

    With `eval` it uses its running statistics in training too, as when a backbone is
    fine-tuned with its batch norms in evaluation mode.
    """

    keyword: ClassVar[str] = "BN"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "batchnorm": {},
        "batchnorm1d": {AXES: 1},
        "batchnorm2d": {AXES: 2},
        "batchnorm3d": {AXES: 3},
        "batchnormalization": {},
    }
    cancels_bias: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("batch_norm",)

    affine: bool = option("", read_flag, True, shown="changed")
    eval: bool = option("use_running_statistics", read_flag, False, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Running statistics are kept; without them there is nothing to evaluate with."""
        if not call.has_argument("running_mean"):
            return None
        return {"affine": call.has_argument("weight"), "eval": not call.arguments["training"]}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """A scale and a shift a channel; running mean, variance and a counter of batches."""
        (volume,) = inputs
        channels = volume.channels
        learned = (Parameter("weight", (channels,)), Parameter("bias", (channels,), BIAS))
        return LayerFacts(
            volume,
            volume.elements,
            parameters=learned if self.affine else (),
            operators=ops.batch_norm(volume.elements, channels, self.affine, self.eval),
            buffers=(
                Buffer("running_mean", channels),
                Buffer("running_var", channels),
                Buffer("num_batches_tracked", 1, "l"),
            ),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.BatchNorm2d, or that of one or three axes."""
        affine = CodeArgument("affine", self.affine, True)
        call = "{self}.eval()({0})" if self.eval else "{self}({0})"
        return module_code(
            class_along("BatchNorm", inputs[0]),
            CodeArgument("num_features", output.channels),
            affine,
            call=call,
        )


LAYER = BatchNorm
