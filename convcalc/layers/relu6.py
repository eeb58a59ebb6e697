"""ReLU capped at 6, min(max(0, x), 6)."""

from typing import ClassVar

from convcalc.facts.torch_calls import TracedCall
from convcalc.layers._base import Options
from convcalc.layers._pointwise import InPlace


class ReLU6(InPlace):
    """ReLU capped at 6, min(max(0, x), 6)."""

    keyword: ClassVar[str] = "RELU6"
    computes: ClassVar[tuple[str, ...]] = ("relu6", "relu6_", "hardtanh", "hardtanh_")
    torch_class: ClassVar[str] = "ReLU6"

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """ReLU6 is a hard tanh from 0 to 6."""
        limits = [call.arguments.get("min_val", 0), call.arguments.get("max_val", 6)]
        return {"inplace": call.in_place} if limits == [0, 6] else None


LAYER = ReLU6
