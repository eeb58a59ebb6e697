"""Zeros or other values around a volume."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.kinds import ENDS, PaddingAlongAxes
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code
from convcalc.facts.window import Ends, Padding, Window
from convcalc.layers._base import AXES, Layer, Options, class_along
from convcalc.layers._options import non_negative, one_word, option, real_or_infinite

KINDS = {"constant": "ZeroPad", "reflect": "ReflectionPad", "replicate": "ReplicationPad"}


class ZeroPad(Layer):
    """Zeros on each side as a layer of its own, for paddings that differ from side to side.

    `mode` "reflect" mirrors the volume at its border, "replicate" repeats its last rows and
    columns; `value` stands in place of zeros.
    """

    keyword: ClassVar[str] = "ZEROPAD"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "pad": {},
        "zeropad1d": {AXES: 1},
        "zeropad2d": {AXES: 2},
        "zeropad3d": {AXES: 3},
        "zero_padding1d": {AXES: 1},
        "zero_padding2d": {AXES: 2},
        "zero_padding3d": {AXES: 3},
        "constant_pad1d": {AXES: 1},
        "constant_pad2d": {AXES: 2},
        "constant_pad3d": {AXES: 3},
        "reflection_pad1d": {"mode": "reflect", AXES: 1},
        "reflection_pad2d": {"mode": "reflect", AXES: 2},
        "reflection_pad3d": {"mode": "reflect", AXES: 3},
        "replication_pad1d": {"mode": "replicate", AXES: 1},
        "replication_pad2d": {"mode": "replicate", AXES: 2},
        "replication_pad3d": {"mode": "replicate", AXES: 3},
    }
    computes: ClassVar[tuple[str, ...]] = ("pad",)

    padding: Padding = option("P pad", PaddingAlongAxes(0), (0, 0), shown="changed")
    left: int | None = option("", non_negative, None)
    right: int | None = option("", non_negative, None)
    top: int | None = option("", non_negative, None)
    bottom: int | None = option("", non_negative, None)
    front: int | None = option("", non_negative, None)
    back: int | None = option("", non_negative, None)
    mode: str = option("", one_word(*KINDS, zeros="constant", edge="replicate"), "constant",
                       shown="changed")  # fmt: skip
    value: float = option("", real_or_infinite, 0.0, shown="changed")

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """In front of and behind the columns, then the rows."""
        volume = call.values[0].volume
        axes = len(volume.sides) if volume else 0
        pad = [*call.arguments["pad"], *[0] * 2 * axes]
        mode = call.arguments.get("mode", "constant")
        ends = pad[: 2 * axes]
        if any(pad[2 * axes :]) or min(ends, default=-1) < 0 or mode not in KINDS:
            return None
        how = {"mode": mode, "value": float(call.arguments.get("value") or 0)}
        if ends[::2] == ends[1::2]:
            return {"padding": tuple(ends[::2]), **how}
        return {**dict(zip(ENDS, ends, strict=False)), **how}

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """Wider and higher by what is added; a side that is not written has `pad` zeros."""
        (volume,) = inputs
        windows = tuple([Window(1, 1, start, 1, end) for start, end in self._ends()])
        sides = zip(windows, volume.sides, strict=True)
        output = volume.with_sides(*[window.output(side) for window, side in sides])
        # A constant's gradient is a part of the output's; the others fold it onto the input.
        kept = ops.new_copy if self.mode == "constant" else ops.keeps_input
        return LayerFacts(
            output,
            output.elements,
            windows=windows,
            problems=self._mirror_problems(volume) + self._missing_sides(volume),
            operators=kept(output.elements),
        )

    def _ends(self) -> tuple[tuple[int, int], ...]:
        """In front of each axis and behind it."""
        written = [getattr(self, name) for name in ENDS]
        both = [each if isinstance(each, Ends) else Ends(each, each) for each in self.padding]
        return tuple(
            (_amount_or(start, ends.start), _amount_or(end, ends.end))
            for ends, start, end in zip(both, written[::2], written[1::2], strict=False)
        )

    def _missing_sides(self, volume: Shape) -> tuple[Problem, ...]:
        """Zeros on sides that a volume of fewer axes lacks."""
        axes = len(volume.sides)
        return tuple(
            Problem("axes", f"{axes}-D volumes have no {name}", f"leave out `{name}`", name)
            for name in ENDS[2 * axes :]
            if getattr(self, name)
        )

    def _mirror_problems(self, volume: Shape) -> tuple[Problem, ...]:
        """A mirror shows no more than there is, without the border itself."""
        if self.mode != "reflect":
            return ()
        sides = zip(self._ends(), volume.sides, strict=True)
        if all(max(ends) < side for ends, side in sides):
            return ()
        most = "x".join(str(side - 1) for side in volume.sides)
        message = f"cannot reflect more of {volume} than {most} beside its border"
        return (Problem("padding", message, f"at most {most}", "padding"),)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """The module of the mode: left, right, top, bottom."""
        ends = tuple(amount for both in self._ends() for amount in both)
        padding = CodeArgument("padding", ends[0] if len({*ends}) == 1 else ends)
        if self.value and self.mode == "constant":
            name = class_along("ConstantPad", inputs[0])
            return module_code(name, padding, CodeArgument("value", self.value))
        return module_code(class_along(KINDS[self.mode], inputs[0]), padding)


def _amount_or(amount: int | None, otherwise: int) -> int:
    return otherwise if amount is None else amount


LAYER = ZeroPad
