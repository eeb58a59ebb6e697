"""Global pooling: each slice becomes one value."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import AXES, Layer, Options
from convcalc.layers.pool import Pool


class GlobalPool(Layer):
    """Pooling over all positions of a slice, the end of GoogLeNet and ResNet.

    `mode` "amax" is the maximum as `torch.amax` computes it, which keeps other tensors.
    """

    keyword: ClassVar[str] = "GAP"
    reported_as: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "globalpool": {},
        "globalavgpool": {},
        "globalaveragepooling1d": {AXES: 1},
        "globalaveragepooling2d": {AXES: 2},
        "globalaveragepooling3d": {AXES: 3},
        "globalmaxpool": {"mode": "max"},
        "globalmaxpooling1d": {"mode": "max", AXES: 1},
        "globalmaxpooling2d": {"mode": "max", AXES: 2},
        "globalmaxpooling3d": {"mode": "max", AXES: 3},
    }
    ends_stage: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = (
        *(f"adaptive_{mode}_pool{axes}d" for mode in ("avg", "max") for axes in (1, 2, 3)),
        "mean",
        "amax",
    )

    mode: str = opt.option("", opt.one_word("avg", "max", "amax", average="avg", mean="avg"), "avg")

    def as_convolution(self, volume: Shape) -> Layer | None:
        """A window of the whole input, one step at a time."""
        ones, mode = tuple(1 for _ in volume.sides), self.mode[-3:]
        none = tuple(0 for _ in ones)
        return Pool(mode=mode, kernel_size=volume.sides, stride=ones, padding=none, dilation=ones)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """A mean or a maximum over all positions of each image, whoever computes it."""
        volume, given = call.output.volume, call.values[0].shape
        if volume is None or volume.positions != 1 or call.output.shape[:2] != given[:2]:
            return None
        mode = "amax" if call.operator == "amax" else "max" if "max" in call.operator else "avg"
        return {"mode": mode}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """1x1 with the same depth; the window is the input itself, so it always fits."""
        (volume,) = inputs
        windows = sliding.whole_input(volume)
        output = volume.with_sides(*[1] * len(volume.sides))
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
            places = tuple(range(2, 2 + len(inputs[0].sides)))
            return Code(f"{{0}}.amax({places}, keepdim=True)")
        kind = "Avg" if self.mode == "avg" else "Max"
        return module_code(
            f"Adaptive{kind}Pool{len(inputs[0].sides)}d", CodeArgument("output_size", 1)
        )


LAYER = GlobalPool
