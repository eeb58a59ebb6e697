"""Zeros around a volume."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc import operators as ops
from convcalc.calls import Call
from convcalc.code import Argument, Code, module
from convcalc.facts import LayerFacts
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import Pair, non_negative, option, shift
from convcalc.shape import Shape
from convcalc.window import Window


@dataclass(frozen=True)
class ZeroPad(Layer):
    """Zeros on each side as a layer of its own, for paddings that differ from side to side."""

    keyword: ClassVar[str] = "ZEROPAD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {"zeropad2d": {}, "zero_padding2d": {}}
    computes: ClassVar[tuple[str, ...]] = ("pad",)

    padding: Pair = option("P pad", shift, (0, 0), shown="changed")
    left: int | None = option("", non_negative, None)
    right: int | None = option("", non_negative, None)
    top: int | None = option("", non_negative, None)
    bottom: int | None = option("", non_negative, None)

    @classmethod
    def from_call(cls, call: Call) -> Options | None:
        """Zeros in front of and behind the columns, then the rows."""
        pad = [*call.arguments["pad"], 0, 0, 0, 0]
        if any(pad[4:8]) or call.arguments.get("mode", "constant") != "constant":
            return None
        if call.arguments.get("value") or min(pad[:4]) < 0:
            return None
        left, right, top, bottom = pad[:4]
        if left == right and top == bottom:
            return {"padding": (left, top)}
        return {"left": left, "right": right, "top": top, "bottom": bottom}

    def facts(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Wider and higher by what is added; a side that is not written has `pad` zeros."""
        (volume,) = inputs
        across, down = self.padding
        windows = (
            Window(1, 1, _or(self.left, across), 1, _or(self.right, across)),
            Window(1, 1, _or(self.top, down), 1, _or(self.bottom, down)),
        )
        output = Shape(
            windows[0].output(volume.width), windows[1].output(volume.height), volume.channels
        )
        operators = ops.copies(output.elements)
        return LayerFacts(output, output.elements, windows=windows, operators=operators)

    def code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.ZeroPad2d: left, right, top, bottom."""
        across, down = self.padding
        sides = (
            _or(self.left, across),
            _or(self.right, across),
            _or(self.top, down),
            _or(self.bottom, down),
        )
        return module("ZeroPad2d", Argument("padding", sides[0] if len({*sides}) == 1 else sides))


def _or(amount: int | None, otherwise: int) -> int:
    return otherwise if amount is None else amount


LAYER = ZeroPad
