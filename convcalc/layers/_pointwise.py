"""Activation functions and other layers that keep every size."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, pointwise_code
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag

INPUT, OUTPUT = "input", "output"
EITHER = "either"  # the input; in place the output, from which it can be told


class Pointwise(Layer):
    """A function of each value by itself, counted as working in place: 0 activations."""

    elementwise: ClassVar[bool] = True

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape; nothing to learn."""
        return LayerFacts(inputs[0], 0, operators=self.torch_operators(inputs[0].elements))

    def torch_operators(self, elements: int) -> ops.Operators:
        """What autograd does with `elements` values of an image."""
        raise NotImplementedError(self.keyword)


class Activation(Pointwise):
    """An activation function: what autograd keeps of it, and its class of torch.nn."""

    keeps: ClassVar[str] = INPUT  # in place a clone of it; or OUTPUT, or EITHER
    autocast: ClassVar[ops.AutocastRule] = ops.FOLLOW
    torch_class: ClassVar[str] = ""

    def torch_operators(self, elements: int) -> ops.Operators:
        """One operator, which keeps its input or its output."""
        in_place = self.works_in_place()
        if self.keeps == OUTPUT or (self.keeps == EITHER and in_place):
            return ops.keeps_output(elements, in_place)
        return ops.keeps_input(elements, in_place, self.autocast)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """The module of torch.nn with its options."""
        return pointwise_code(self.torch_class, *self.torch_arguments())

    def torch_arguments(self) -> tuple[CodeArgument, ...]:
        """What the module is made with."""
        return ()

    def works_in_place(self) -> bool:
        """Whether the result overwrites the input."""
        return False


class InPlace(Activation):
    """An activation function that PyTorch offers in place, as it is used by default."""

    inplace: bool = option("in_place", read_flag, True, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """torch marks operators that work in place by their names."""
        return {"inplace": call.in_place}

    def torch_arguments(self) -> tuple[CodeArgument, ...]:
        """All of them take `inplace`."""
        return (CodeArgument("inplace", self.inplace, False),)

    def works_in_place(self) -> bool:
        """As the option says."""
        return self.inplace
