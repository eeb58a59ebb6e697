"""ReLU with a slope below zero."""

from typing import ClassVar

from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import CodeArgument
from convcalc.layers._base import Options
from convcalc.layers._options import option, real_number
from convcalc.layers._pointwise import EITHER, InPlace


class LeakyReLU(InPlace):
    """x above zero, a small multiple of it below."""

    keyword: ClassVar[str] = "LEAKYRELU"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"lrelu": {}}
    computes: ClassVar[tuple[str, ...]] = ("leaky_relu", "leaky_relu_")
    keeps: ClassVar[str] = EITHER
    torch_class: ClassVar[str] = "LeakyReLU"

    negative_slope: float = option("alpha", real_number, 0.01, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The slope below zero."""
        slope = call.arguments.get("negative_slope", 0.01)
        return {"negative_slope": slope, "inplace": call.in_place}

    def torch_arguments(self) -> tuple[CodeArgument, ...]:
        """The slope, and `inplace`."""
        slope = CodeArgument("negative_slope", self.negative_slope, 0.01)
        return (slope, *super().torch_arguments())


LAYER = LeakyReLU
