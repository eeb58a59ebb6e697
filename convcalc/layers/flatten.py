"""A volume as one long vector."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape, vector
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, ROWS, Code
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import Layer, Options


class Flatten(Layer):
    """Only another view of the same values: no memory, nothing to compute."""

    keyword: ClassVar[str] = "FLATTEN"
    numbered_in: ClassVar[str] = "network"
    computes: ClassVar[tuple[str, ...]] = ("flatten",)

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """All axes but the batch; not some of them, as where an image becomes a sequence."""
        return {} if len(call.output.shape) == 2 else None

    def as_convolution(self, volume: Shape) -> Layer | None:
        """Falls away: a window sees the values where they are."""
        return None

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """All values, one behind the other."""
        (volume,) = inputs
        count = "*".join(map(str, volume))
        return (f"depth {count} = {volume.elements:,}",)

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """1x1 with all values along the depth."""
        (volume,) = inputs
        windows = sliding.whole_input(volume)
        output = vector(volume.elements, volume)
        return LayerFacts(output, 0, windows=windows, operators=ops.view())

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """torch.flatten."""
        return Code("torch.flatten({0}, 1)", takes=ANY, gives=ROWS)


LAYER = Flatten
