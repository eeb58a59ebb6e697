"""Sum of volumes."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code
from convcalc.layers import _join as join
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag


class Add(Layer):
    """Two or more volumes, value by value: FCN's skips, any residual.

    An axis of 1 stands for as many as the others have: a row of C values, as a diffusion model
    has of its time step, is added to each position of a volume of C channels.
    """

    keyword: ClassVar[str] = "ADD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"sum": {}, "plus": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    elementwise: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("add", "add_")

    inplace: bool = option("in_place", read_flag, False, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Two volumes; not `a + 0.5 * b`."""
        if not join.are_alike(call) or call.arguments.get("alpha", 1) != 1:
            return None
        return {"inplace": call.in_place}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The larger size along each axis; what does not match goes on as the first of them."""
        problems = self.size_problems(inputs)
        if problems:
            return LayerFacts(inputs[0], inputs[0].elements, problems=problems)
        sums = [join.broadcast_shape(inputs[: k + 1]) for k in range(len(inputs))]
        return LayerFacts(
            sums[-1],
            sums[-1].elements,
            operators=ops.add([each.elements for each in sums[1:]], self.inplace),
        )

    def size_problems(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        """The problem where the inputs do not go together."""
        return join.broadcast_problem(inputs, "adds up", self.inplace)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A sum, in place or not."""
        first, *others = (f"{{{k}}}" for k in range(len(inputs)))
        if self.inplace:
            text = first + "".join(f".add_({other})" for other in others)
        else:
            text = " + ".join([first, *others])
        return Code(text, takes=ANY, gives=ANY)


LAYER = Add
