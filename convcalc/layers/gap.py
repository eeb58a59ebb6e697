"""Global pooling: each slice becomes one value."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.facts.window import Window
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options
from convcalc.layers.pool import Pool


@dataclass(frozen=True)
class GlobalPool(Layer):
    """Pooling over the whole width and height, the end of GoogLeNet and ResNet.

    `mode` "amax" is the maximum as `torch.amax` computes it, which keeps other tensors.
    """

    keyword: ClassVar[str] = "GAP"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "globalpool": {},
        "globalavgpool": {},
        "globalaveragepooling2d": {},
        "globalmaxpool": {"mode": "max"},
        "globalmaxpooling2d": {"mode": "max"},
    }
    ends_stage: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = (
        "adaptive_avg_pool2d",
        "adaptive_max_pool2d",
        "mean",
        "amax",
    )

    mode: str = opt.option("", opt.one_word("avg", "max", "amax", average="avg", mean="avg"), "avg")

    def as_convolution(self, volume: Shape) -> Layer | None:
        """A window of the whole input, one step at a time."""
        return Pool(self.mode[-3:], (volume.width, volume.height), (1, 1))

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """A mean or a maximum over width and height, whoever computes it."""
        if call.output.volume != (1, 1, call.values[0].shape[1]):
            return None
        modes = {"amax": "amax", "adaptive_max_pool2d": "max"}
        return {"mode": modes.get(call.operator, "avg")}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """1x1 with the same depth; the window is the input itself, so it always fits."""
        (volume,) = inputs
        windows = (Window(max(1, volume.width)), Window(max(1, volume.height)))
        output = Shape(1, 1, volume.channels)
        return LayerFacts(
            output,
            output.elements,
            windows=windows,
            operators=self._torch_operators(volume, output),
        )

    def _torch_operators(self, volume: Shape, output: Shape) -> ops.Operators:
        """A mean keeps nothing; of a maximum the place is kept, or where it is equal found."""
        if self.mode == "amax":
            return ops.maximum(volume.elements, output.elements)
        return (ops.new_copy if self.mode == "avg" else ops.max_pool)(output.elements)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """Adaptive pooling to 1x1."""
        if self.mode == "amax":
            return Code("{0}.amax((2, 3), keepdim=True)")
        kind = "AdaptiveAvgPool2d" if self.mode == "avg" else "AdaptiveMaxPool2d"
        return module_code(kind, CodeArgument("output_size", 1))


LAYER = GlobalPool
