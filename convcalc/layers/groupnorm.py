"""Group normalisation."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import BIAS, LayerFacts, Parameter
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import Layer, Options
from convcalc.layers._groups import uneven_problem
from convcalc.layers._options import count, option, read_flag


class GroupNorm(Layer):
    """Normalisation of each group of channels of an image, whatever the batch.

    Source: Wu and He, "Group Normalization"; 32 groups are the paper's default.
    """

    keyword: ClassVar[str] = "GROUPNORM"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"groupnormalization": {}, "gn": {}}
    computes: ClassVar[tuple[str, ...]] = ("group_norm",)

    num_groups: int = option("groups", count, 32)
    affine: bool = option("", read_flag, True, shown="changed")

    @property
    def sees_whole_image(self) -> bool:
        """The statistics are the whole image's."""
        return True

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """A scale and a shift, or neither."""
        affine = call.has_argument("weight")
        return {"num_groups": call.arguments["num_groups"], "affine": affine}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """A scale and a shift for each channel."""
        (volume,) = inputs
        shape = (volume.channels,)
        learned = (Parameter("weight", shape), Parameter("bias", shape, BIAS))
        return LayerFacts(
            volume,
            volume.elements,
            parameters=learned if self.affine else (),
            operators=ops.layer_norm(volume.elements, self.num_groups, 2 * self.affine, ops.SAME),
            problems=uneven_problem(volume.channels, self.num_groups),
        )

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.GroupNorm."""
        return module_code(
            "GroupNorm",
            CodeArgument("num_groups", self.num_groups),
            CodeArgument("num_channels", output.channels),
            CodeArgument("affine", self.affine, True),
        )


LAYER = GroupNorm
