"""A multiple of every value, or every value plus a number."""

from collections.abc import Callable
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import ANY, Code
from convcalc.layers._base import Options
from convcalc.layers._options import option, read_flag, real_number
from convcalc.layers._pointwise import Pointwise

FACTORS: dict[str, Callable[[float], float]] = {
    "mul": float,
    "div": lambda number: 1 / number if number else 0.0,  # memory is the same for infinity
    "neg": lambda number: -1.0,
}
SIGNS = {"add": (1.0, 1.0), "sub": (1.0, -1.0), "rsub": (-1.0, 1.0)}  # of the volume, the number


class Scale(Pointwise):
    """factor * x + offset, with numbers that are not learned: `x * 2`, `1 - x`, `x / 255`."""

    keyword: ClassVar[str] = "SCALE"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"rescaling": {}}
    computes: ClassVar[tuple[str, ...]] = (
        *("mul", "mul_", "div", "div_", "neg", "neg_"),
        *("add", "add_", "sub", "sub_", "rsub"),
    )

    factor: float = option("scale", real_number, 1.0, shown="changed")
    offset: float = option("", real_number, 0.0, shown="changed")
    inplace: bool = option("in_place", read_flag, False, shown="never")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """One volume and one number."""
        name, number = call.operator.rstrip("_"), call.arguments.get("other", 1)
        rounds = call.arguments.get("rounding_mode")
        if len(call.tensors) != 1 or not isinstance(number, int | float) or rounds:
            return None
        if name in FACTORS:
            return {"factor": FACTORS[name](number), "inplace": call.in_place}
        offset = number * call.arguments.get("alpha", 1)
        factor, sign = SIGNS[name]
        return {"factor": factor, "offset": sign * offset, "inplace": call.in_place}

    def torch_operators(self, elements: int) -> ops.Operators:
        """Nothing is kept; the gradient of a sum passes, that of a multiple is a new tensor."""
        if self.factor == 1.0 and self.offset:
            return ops.shift(elements, self.inplace)
        scaled = ops.multiple(elements, self.inplace)
        if not self.offset or (self.factor == -1.0 and not self.inplace):
            return scaled
        (shift,) = ops.shift(elements, self.inplace)
        return (*scaled, shift._replace(inputs=(-1,)))

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """Python's arithmetic."""
        return Code(self._in_place() if self.inplace else self._python_text(), takes=ANY, gives=ANY)

    def _python_text(self) -> str:
        if self.factor == -1.0:
            return f"{self.offset!r} - {{0}}" if self.offset else "-{0}"
        scaled = "{0}" if self.factor == 1.0 and self.offset else f"{{0}} * {self.factor!r}"
        return f"{scaled} + {self.offset!r}" if self.offset else scaled

    def _in_place(self) -> str:
        if self.factor == -1.0:
            return f"{{0}}.neg_().add_({self.offset!r})" if self.offset else "{0}.neg_()"
        scaled = "{0}" if self.factor == 1.0 and self.offset else f"{{0}}.mul_({self.factor!r})"
        return f"{scaled}.add_({self.offset!r})" if self.offset else scaled


LAYER = Scale
