"""What a model does and no other layer can say."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Parameter, Problem
from convcalc.facts.shape import Shape, Vector
from convcalc.facts.torch_calls import TracedCall
from convcalc.layers import _options as opt
from convcalc.layers._base import Layer, Options

KNOWN = "only its size is known: its output counts as memory, not what it keeps for backward"


class Opaque(Layer):
    """An operator of an imported model: its size and its parameters are known, no more.

    Its memory is counted as its output; what it keeps for the backward pass is not known.
    """

    keyword: ClassVar[str] = "OPAQUE"
    inputs: ClassVar[tuple[int, int | None]] = (1, None)
    computes: ClassVar[tuple[str, ...]] = ("",)  # whatever nothing else does

    channels: int = opt.option("", opt.count)
    size: opt.Sizes = opt.option("", opt.size, (1, 1))
    operator: str = opt.option("", opt.any_text, "", shown="changed")
    parameters: int = opt.option("", opt.non_negative, 0, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The size for one image; as one long vector, which has no size, where it is no volume."""
        volume = call.output.volume
        if volume is None:
            batch = max(1, call.output.shape[0] if call.output.shape else 1)
            volume = Vector(1, 1, call.output.elements // batch)
        taken = {each.name: each.elements for each in call.parameters}
        given = {"operator": call.operator, "parameters": sum(taken.values())}
        size = {} if isinstance(volume, Vector) else {"size": volume.sides}
        return {"channels": max(1, volume.channels), **size, **given}

    def axes_behind(self, axes: int) -> int:
        """Those of the size that it was given."""
        return len(self.size)

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The size that it was given."""
        output = Shape(*self.size, self.channels)
        learned = (Parameter("weight", (self.parameters,)),) if self.parameters else ()
        return LayerFacts(
            output,
            output.elements,
            parameters=learned,
            problems=(Problem("opaque", KNOWN, severity="warning"),),
            operators=ops.unknown_operator(output.elements, len(inputs), len(learned)),
        )


LAYER = Opaque
