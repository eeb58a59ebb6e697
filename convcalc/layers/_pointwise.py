"""Activation functions and other layers that keep every size."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import option, read_flag


@dataclass(frozen=True)
class Pointwise(Layer):
    """A function of each value by itself, counted as working in place: 0 activations."""

    elementwise: ClassVar[bool] = True

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The input's shape; nothing to learn."""
        return LayerFacts(inputs[0], 0, operators=self.torch_operators(inputs[0].elements))

    def torch_operators(self, elements: int) -> ops.Operators:
        """What autograd does with `elements` values of an image."""
        raise NotImplementedError(self.keyword)


@dataclass(frozen=True)
class InPlace(Pointwise):
    """An activation function that PyTorch offers in place, as it is used by default."""

    inplace: bool = option("in_place", read_flag, True, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """torch marks operators that work in place by their names."""
        return {"inplace": call.in_place}


@dataclass(frozen=True)
class OutOfPlace(Pointwise):
    """An activation function that always makes a new tensor in PyTorch."""
