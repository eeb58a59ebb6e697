"""Learned factors."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code
from convcalc.layers import _broadcast as broadcast
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag


class LayerScale(Layer):
    """Each channel times a weight of its own, at the end of ConvNeXt's blocks.

    `over` "volume": each value of an image; "one" or "scalar": all by the same
    weight, of shape (1) or (). Fixed numbers
    (`learned: false`) are a buffer.
    Source: Touvron et al., "Going deeper with Image Transformers", section 2.
    """

    keyword: ClassVar[str] = "LAYERSCALE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"layer_scale": {}}
    computes: ClassVar[tuple[str, ...]] = ("mul", "div")

    over: str = option("", broadcast.OVER, "channels", shown="changed")
    learned: bool = option("", read_flag, True, shown="changed")
    input_first: bool = option("", read_flag, False, shown="never")  # x * weight: another peak

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The product with a tensor that the model holds, or what such a fixed one divides."""
        options = broadcast.read_call(call)
        if not options or (call.operator == "div" and (options["learned"] or _is_divided(call))):
            return None
        return {**options, "input_first": call.tensors[0] in call.values}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Weights (C, 1, 1) as torchvision has them, (C, H, W), (1) or ()."""
        (volume,) = inputs
        facts = LayerFacts(
            volume, volume.elements, operators=self._torch_operators(volume.elements)
        )
        return broadcast.with_tensor(facts, "weight", self.over, self.learned)

    def _torch_operators(self, elements: int) -> ops.Operators:
        autocast = broadcast.autocast_type(self.over, self.learned)
        if self.learned:
            return ops.scale_by_parameter(elements, self.input_first, autocast)
        return ops.fixed_multiple(elements, autocast)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A module of its own."""
        kind = "FixedScale" if not self.learned else "Scale" if self.input_first else "LayerScale"
        result = "self.weight * x" if kind == "LayerScale" else "x * self.weight"
        initial = "full(size, 1e-6)" if kind == "LayerScale" else "ones(size)"
        size = broadcast.tensor_shape(self.over, output)
        return broadcast.module_code(kind, "Values times weights.", result, initial, size)


def _is_divided(call: TracedCall) -> bool:
    """Whether the tensor is what is divided."""
    return call.tensors[0] not in call.values


LAYER = LayerScale
