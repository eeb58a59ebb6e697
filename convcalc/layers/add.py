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
    """Two or more volumes of the same size, value by value: FCN's skips, any residual."""

    keyword: ClassVar[str] = "ADD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"sum": {}, "plus": {}}
    inputs: ClassVar[tuple[int, int | None]] = (2, None)
    elementwise: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = ("add", "add_")

    inplace: bool = option("in_place", read_flag, False, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """Two volumes of a size; not `a + 0.5 * b`."""
        shapes = {tensor.shape for tensor in call.tensors}
        if len(call.values) != 2 or len(shapes) > 1 or call.arguments.get("alpha", 1) != 1:
            return None
        return {"inplace": call.in_place}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The inputs' shape; what does not match goes on as the first of them."""
        output = inputs[0]
        return LayerFacts(
            output,
            output.elements,
            problems=self.size_problems(inputs),
            operators=ops.add(output.elements, len(inputs), self.inplace),
        )

    def size_problems(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        """The problem where the inputs are not of one size."""
        return join.unequal_problem(inputs, "adds up")

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """A sum, in place or not."""
        first, *others = (f"{{{k}}}" for k in range(len(inputs)))
        if self.inplace:
            text = first + "".join(f".add_({other})" for other in others)
        else:
            text = " + ".join([first, *others])
        return Code(text, takes=ANY, gives=ANY)


LAYER = Add
