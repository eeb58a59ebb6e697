"""The identity between two limits, min(max(low, x), high)."""

from typing import ClassVar

from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import CodeArgument
from convcalc.layers._base import Options
from convcalc.layers._options import option, real_number
from convcalc.layers._pointwise import InPlace

OF_RELU6 = (0, 6)


class Hardtanh(InPlace):
    """The identity between two limits, min(max(low, x), high)."""

    keyword: ClassVar[str] = "HARDTANH"
    computes: ClassVar[tuple[str, ...]] = ("hardtanh", "hardtanh_")
    torch_class: ClassVar[str] = "Hardtanh"

    min_val: float = option("", real_number, -1.0, shown="changed")
    max_val: float = option("", real_number, 1.0, shown="changed")

    def check_options(self) -> None:
        """A range has a width."""
        if self.min_val >= self.max_val:
            raise ValueError("`min_val` must be less than `max_val`")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """The limits; those of ReLU6 are another layer's."""
        limits = (call.arguments.get("min_val", -1), call.arguments.get("max_val", 1))
        if None in limits or limits == OF_RELU6:
            return None
        low, high = map(float, limits)
        return {"min_val": low, "max_val": high, "inplace": call.in_place}

    def torch_arguments(self) -> tuple[CodeArgument, ...]:
        """The limits, and `inplace`."""
        low = CodeArgument("min_val", self.min_val, -1.0)
        high = CodeArgument("max_val", self.max_val, 1.0)
        return (low, high, *super().torch_arguments())


LAYER = Hardtanh
