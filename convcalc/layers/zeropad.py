"""Zeros or other values around a volume."""

from dataclasses import dataclass
from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.facts.window import Window
from convcalc.layers._base import Layer, Options
from convcalc.layers._options import Pair, non_negative, one_word, option, real_number, shift

KINDS = {"constant": "ZeroPad2d", "reflect": "ReflectionPad2d", "replicate": "ReplicationPad2d"}


@dataclass(frozen=True)
class ZeroPad(Layer):
    """Zeros on each side as a layer of its own, for paddings that differ from side to side.

    `mode` "reflect" mirrors the volume at its border, "replicate" repeats its last rows and
    columns; `value` stands in place of zeros.
    """

    keyword: ClassVar[str] = "ZEROPAD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "zeropad2d": {},
        "zero_padding2d": {},
        "pad": {},
        "constant_pad2d": {},
        "reflection_pad2d": {"mode": "reflect"},
        "replication_pad2d": {"mode": "replicate"},
    }
    computes: ClassVar[tuple[str, ...]] = ("pad",)

    padding: Pair = option("P pad", shift, (0, 0), shown="changed")
    left: int | None = option("", non_negative, None)
    right: int | None = option("", non_negative, None)
    top: int | None = option("", non_negative, None)
    bottom: int | None = option("", non_negative, None)
    mode: str = option("", one_word(*KINDS, zeros="constant", edge="replicate"), "constant",
                       shown="changed")  # fmt: skip
    value: float = option("", real_number, 0.0, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """In front of and behind the columns, then the rows."""
        pad = [*call.arguments["pad"], 0, 0, 0, 0]
        mode = call.arguments.get("mode", "constant")
        if any(pad[4:8]) or min(pad[:4]) < 0 or mode not in KINDS:
            return None
        how = {"mode": mode, "value": float(call.arguments.get("value") or 0)}
        left, right, top, bottom = pad[:4]
        if left == right and top == bottom:
            return {"padding": (left, top), **how}
        return {"left": left, "right": right, "top": top, "bottom": bottom, **how}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Wider and higher by what is added; a side that is not written has `pad` zeros."""
        (volume,) = inputs
        left, right, top, bottom = self._four_sides()
        windows = (Window(1, 1, left, 1, right), Window(1, 1, top, 1, bottom))
        sides = (windows[0].output(volume.width), windows[1].output(volume.height))
        output = Shape(*sides, volume.channels)
        # A constant's gradient is a part of the output's; the others fold it onto the input.
        kept = ops.new_copy if self.mode == "constant" else ops.keeps_input
        return LayerFacts(
            output,
            output.elements,
            windows=windows,
            problems=self._mirror_problems(volume),
            operators=kept(output.elements),
        )

    def _four_sides(self) -> tuple[int, int, int, int]:
        across, down = self.padding
        return (
            _amount_or(self.left, across),
            _amount_or(self.right, across),
            _amount_or(self.top, down),
            _amount_or(self.bottom, down),
        )

    def _mirror_problems(self, volume: Shape) -> tuple[Problem, ...]:
        """A mirror shows no more than there is, without the border itself."""
        left, right, top, bottom = self._four_sides()
        if self.mode != "reflect":
            return ()
        if max(left, right) < volume.width and max(top, bottom) < volume.height:
            return ()
        most = f"{volume.width - 1}x{volume.height - 1}"
        message = f"cannot reflect more of {volume} than {most} beside its border"
        return (Problem("padding", message, f"at most {most}", "padding"),)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """The module of the mode: left, right, top, bottom."""
        sides = self._four_sides()
        padding = CodeArgument("padding", sides[0] if len({*sides}) == 1 else sides)
        if self.value and self.mode == "constant":
            return module_code("ConstantPad2d", padding, CodeArgument("value", self.value))
        return module_code(KINDS[self.mode], padding)


def _amount_or(amount: int | None, otherwise: int) -> int:
    return otherwise if amount is None else amount


LAYER = ZeroPad
