"""Unpooling by the positions that a max pooling kept."""

from typing import ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.reading import TransposedWindow
from convcalc.facts.shape import Shape
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.units import as_written
from convcalc.facts.window import Window
from convcalc.layers import _join as join
from convcalc.layers import _options as opt
from convcalc.layers._base import AXES, Layer, Sources, class_along
from convcalc.layers.pool import Pool


class Unpool(Layer):
    """Each value goes back to where the maximum of its window was; the others are 0.

    `unpool: {from: [conv5, pool5]}` places the values of `conv5` where `pool5` found its maxima,
    with a size and a stride as `pool5` has them. A third layer, or `output_size`, says the size
    where the pooling has rounded: `from: [conv5, pool5, relu4]`.
    Source: Badrinarayanan, Kendall and Cipolla, "SegNet", figure 3; PyTorch's MaxUnpool2d.
    """

    keyword: ClassVar[str] = "UNPOOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "max_unpool1d": {AXES: 1},
        "max_unpool2d": {AXES: 2},
        "max_unpool3d": {AXES: 3},
        "unpooling": {},
    }
    inputs: ClassVar[tuple[int, int | None]] = (2, 3)
    valued: ClassVar[int | None] = 2
    takes_positions: ClassVar[bool] = True

    kernel_size: opt.Sizes = opt.option("F size kernel pool_size", opt.size, (2, 2))
    stride: opt.Sizes = opt.option("S stride strides", opt.size, (2, 2))
    padding: opt.Sizes = opt.option("P pad", opt.shift, (0, 0), shown="changed")
    output_size: opt.Sizes | None = opt.option("", opt.size, None, shown="changed")

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The size that is asked for, or (W - 1)S - 2P + F; the same depth."""
        volume, axes = inputs[0], range(len(inputs[0].sides))
        output = volume.with_sides(*self._wanted_size(inputs))
        return LayerFacts(
            output,
            output.elements,
            windows=tuple([self._input_window(axis) for axis in axes]),
            scale=self.stride,
            readings=tuple(map(self._reading, axes)),
            fitted=False,
            problems=(*self._join_problems(inputs), *self._size_problems(inputs)),
            operators=ops.max_unpool(output.elements),
        )

    def problems_behind(self, sources: Sources, output: Shape) -> tuple[Problem, ...]:
        """The second input must be a max pooling, of a volume as large as what comes out."""
        pool, given = sources[1]
        if not isinstance(pool, Pool) or pool.mode != "max":
            message = f"{pool.type_name} keeps no positions of maxima to unpool by"
            hint = "write a max pooling as the second layer of `from`"
            return (Problem("unpool", message, hint, "", (1,)),)
        (pooled,) = given
        if pooled.sides == output.sides or not output.positions:
            return ()
        message = f"unpools to {output}, but its maxima were found in {pooled}"
        hint = f"write `output_size: {as_written(pooled.sides)}`"
        if (self.kernel_size, self.stride) != (pool.kernel_size, pool.stride):
            size, stride = _short_text(pool.kernel_size), _short_text(pool.stride)
            hint = f"write `size: {size}, stride: {stride}`, as the pooling has"
        return (Problem("unpool", message, hint, "output_size", (1,)),)

    def size_filled_in(self, inputs: tuple[Shape, ...]) -> tuple[str, ...]:
        """(W - 1)S - 2P + F along each axis, or the size that is asked for."""
        wanted, volume = self._wanted_size(inputs), inputs[0]
        if wanted != self._default_size(volume):
            return (f"unpooled to {as_written(wanted)}",)
        options = zip(volume.sides, self.stride, self.padding, self.kernel_size, strict=True)
        filled = [f"({side} - 1)*{s} - 2*{p} + {f}" for side, s, p, f in options]
        return tuple(
            f"{axis} {text} = {side}"
            for axis, text, side in zip(volume.axes, filled, wanted, strict=True)
        )

    def backward_in_words(self, learns: bool) -> tuple[str, ...]:
        """It reads where it has written."""
        return ("each value gets the gradient of the position that it went to",)

    def _default_size(self, volume: Shape) -> opt.Sizes:
        options = zip(volume.sides, self.stride, self.padding, self.kernel_size, strict=True)
        return tuple((side - 1) * s - 2 * p + f for side, s, p, f in options)

    def _wanted_size(self, inputs: tuple[Shape, ...]) -> opt.Sizes:
        if self.output_size:
            return self.output_size
        if len(inputs) == 3:
            return inputs[2].sides
        return tuple(max(0, side) for side in self._default_size(inputs[0]))

    def _join_problems(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        return () if inputs[0] == inputs[1] else join.unequal_problem(inputs[:2], "unpools")

    def _size_problems(self, inputs: tuple[Shape, ...]) -> tuple[Problem, ...]:
        """PyTorch takes sizes less than a stride away from the one that it works out."""
        wanted, known = self._wanted_size(inputs), self._default_size(inputs[0])
        if not all(wanted):
            message = f"P={_short_text(self.padding)} cuts away the whole output of {inputs[0]}"
            return (Problem("empty", message, "", "padding"),)
        sides = zip(wanted, known, self.stride, strict=True)
        if all(abs(side - default) < step for side, default, step in sides):
            return ()
        message = f"cannot unpool {inputs[0]} to {as_written(wanted)}"
        hint = f"its window makes {as_written(known)} of it, and up to S - 1 more or less"
        return (Problem("unpool", message, hint, "output_size"),)

    def _reading(self, axis: int) -> TransposedWindow:
        return TransposedWindow(self.kernel_size[axis], self.stride[axis], self.padding[axis])

    def _input_window(self, axis: int) -> Window:
        """The inputs that may have gone to one output; `scale` outputs share one step of it."""
        reach, stride = self.kernel_size[axis] - 1, self.stride[axis]
        return Window(reach // stride + 1, padding=(reach - self.padding[axis]) // stride)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.MaxUnpool2d, which takes the positions as its second argument."""
        plain = output.sides == self._default_size(inputs[0])
        size = "" if plain else f", output_size={output.sides[::-1]}"
        return module_code(
            class_along("MaxUnpool", output),
            CodeArgument("kernel_size", rows_first(self.kernel_size)),
            CodeArgument("stride", rows_first(self.stride), rows_first(self.kernel_size)),
            CodeArgument("padding", rows_first(self.padding), 0),
            call=f"{{self}}({{0}}, {{1}}{size})",
        )


def _short_text(sizes: opt.Sizes) -> str:
    return as_written(sizes[0] if len(set(sizes)) == 1 else sizes)


LAYER = Unpool
