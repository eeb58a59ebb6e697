"""Local response normalisation."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import count, option, real_number
from convcalc.layers.bn import BatchNorm


class LocalResponseNorm(Layer):
    """AlexNet's normalisation over neighbouring channels; no parameters (notes, 2.3)."""

    keyword: ClassVar[str] = "LRN"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"localresponsenorm": {}, "norm": {}}
    computes: ClassVar[tuple[str, ...]] = ("LocalResponseNorm",)

    size: int = option("n", count, 5)
    alpha: float = option("", real_number, 1e-4, shown="changed")
    beta: float = option("", real_number, 0.75, shown="changed")
    k: float = option("", real_number, 1.0, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The module's attributes."""
        return {name: call.arguments[name] for name in ("size", "alpha", "beta", "k")}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape, in a volume of its own."""
        (volume,) = inputs
        padded = (volume.channels + self.size - 1) * volume.positions
        operators = ops.local_response_norm(volume.elements, padded)
        return LayerFacts(volume, volume.elements, operators=operators)

    def in_favour(self) -> Layer | None:
        """Batch normalisation, as in ResNet (notes, 2.3 and 3.3)."""
        return BatchNorm()

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.LocalResponseNorm."""
        return module_code(
            "LocalResponseNorm",
            CodeArgument("size", self.size),
            CodeArgument("alpha", self.alpha, 1e-4),
            CodeArgument("beta", self.beta, 0.75),
            CodeArgument("k", self.k, 1.0),
        )


LAYER = LocalResponseNorm
