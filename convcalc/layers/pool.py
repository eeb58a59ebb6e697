"""Pooling over a window: max, average, Lp norm."""

from collections.abc import Iterator
from math import prod
from typing import Any, ClassVar

from convcalc.facts import operators as ops
from convcalc.facts.layer_facts import LayerFacts, Problem
from convcalc.facts.shape import Shape
from convcalc.facts.torch_calls import TracedCall
from convcalc.facts.torch_code import Code, CodeArgument, module_code, rows_first
from convcalc.facts.units import as_written, format_count, format_share
from convcalc.facts.window import FLOOR
from convcalc.layers import _options as opt
from convcalc.layers import _sliding as sliding
from convcalc.layers._base import AXES, Assumption, Context, Layer, Options

OPERATORS = {"max_pool": "max", "avg_pool": "avg", "LPPool": "l2"}
CLASSES = {"max": "MaxPool", "avg": "AvgPool", "l2": "LPPool"}
NORM = 2  # of `l2`, where none is written
MODES = opt.one_word("max", "avg", "l2", average="avg", mean="avg")


class Pool(Layer):
    """Downsampling of each slice by itself; no parameters (notes, 2.2).

    Padding may differ from end to end: `pad: {left: 0, right: 1, top: 0, bottom: 1}`; in
    PyTorch that is F.pad and then the pool.

    `norm` makes Lp pooling of `mode: l2`, as nn.LPPool2d(norm, ...) does; it is 2 where none is
    written. Sizes and memory are the same for every norm. PyTorch takes powers of the values,
    ONNX of their magnitudes: of odd norms the two differ below 0. PyTorch's averages and norms
    have no dilation, so a pool with one has no module to export.
    """

    keyword: ClassVar[str] = "POOL"
    spellings: ClassVar[dict[str, dict[str, object]]] = {
        "maxpool": {"mode": "max"},
        "max_pool1d": {"mode": "max", AXES: 1},
        "max_pool2d": {"mode": "max", AXES: 2},
        "max_pool3d": {"mode": "max", AXES: 3},
        "max_pooling1d": {"mode": "max", AXES: 1},
        "max_pooling2d": {"mode": "max", AXES: 2},
        "max_pooling3d": {"mode": "max", AXES: 3},
        "avgpool": {"mode": "avg"},
        "avg_pool1d": {"mode": "avg", AXES: 1},
        "avg_pool2d": {"mode": "avg", AXES: 2},
        "avg_pool3d": {"mode": "avg", AXES: 3},
        "average_pooling1d": {"mode": "avg", AXES: 1},
        "average_pooling2d": {"mode": "avg", AXES: 2},
        "average_pooling3d": {"mode": "avg", AXES: 3},
        "l2pool": {"mode": "l2"},
        "lp_pool1d": {"mode": "l2", AXES: 1},
        "lp_pool2d": {"mode": "l2", AXES: 2},
        "lp_pool3d": {"mode": "l2", AXES: 3},
    }
    ends_stage: ClassVar[bool] = True
    slides: ClassVar[bool] = True
    computes: ClassVar[tuple[str, ...]] = tuple(
        f"{operator}{axes}d" for operator in OPERATORS for axes in (1, 2, 3)
    )

    mode: str = opt.option("", MODES, "max", shown="changed")
    kernel_size: opt.Sizes = opt.option("F size kernel pool_size", opt.size, (2, 2))
    stride: opt.Sizes = opt.option("S stride strides", opt.size, (2, 2))
    padding: opt.Paddings = opt.option("P pad", opt.padding_by_end, (0, 0), shown="changed")
    dilation: opt.Sizes = opt.option("dilation_rate d", opt.size, (1, 1), shown="changed")
    rounding: str | None = opt.option("", opt.rounding, None, shown="changed")
    norm: float | None = opt.option("norm_type", opt.power, None, shown="changed")

    def check_options(self) -> None:
        """`same` padding wants an odd extent; a norm stands with `l2` alone."""
        if self.norm is not None and self.mode != "l2":
            raise ValueError(f"`norm` is of `mode: l2`, not of `{self.mode}`")
        sliding.refuse_even_same(self.padding, self.kernel_size, self.dilation)

    @classmethod
    def assume_options(cls, given: dict[str, Any], context: Context) -> Iterator[Assumption]:
        """Max pooling with F=2 S=2 P=0, the most common form (notes, 2.2)."""
        if "mode" not in given:
            yield "mode", "max", "POOL: max where no mode is written"
        if "kernel_size" not in given:
            yield "kernel_size", (2,) * context.axes, "POOL: F=2 where no window size is written"
        if "stride" not in given:
            yield "stride", (2,) * context.axes, "POOL: S=2 where no stride is written"
        if "padding" not in given:
            yield "padding", (0,) * context.axes, "POOL: P=0 where no padding is written"

    @classmethod
    def from_call(cls, call: TracedCall) -> Options | None:
        """ceil_mode is a rounding; averages with a divisor of their own are no option.

        Nor are the norms that no `norm` says: PyTorch takes infinity and those below 1, too.
        """
        try:
            norm = opt.power(call.arguments.get("norm_type", NORM))
        except ValueError:
            return None
        if call.arguments.get("divisor_override"):
            return None
        size = call.sizes_argument("kernel_size")
        return {
            "mode": OPERATORS[call.operator[:-2]],
            "kernel_size": size,
            "stride": call.sizes_argument("stride", size),
            "padding": sliding.padding_argument(call),
            "dilation": call.sizes_argument("dilation", 1),
            "rounding": "ceil" if call.arguments.get("ceil_mode") else None,
            "norm": None if norm == NORM else norm,
        }

    def in_favour(self) -> Layer | None:
        """Max pooling in place of the average (notes, 2.2)."""
        return self.with_options(mode="max") if self.mode == "avg" else None

    def window_in_words(self, inputs: tuple[Shape, ...], output: Shape) -> tuple[str, ...]:
        """How many values one is made of, and how many remain (notes, 2.2)."""
        product = "*".join(map(str, self.kernel_size))
        worked = f"{product} = " if "*" in product else ""
        padded = any(window.total_padding for window in self._window_pair())
        most = "at most " if padded else ""
        words = {"max": "each MAX", "avg": "each average", "l2": f"each L{self.norm or NORM} norm"}
        each = words[self.mode]
        lines = [f"{each} takes {most}{worked}{prod(self.kernel_size)} numbers of one slice"]
        before, after = inputs[0].elements, output.elements
        if after < before:
            gone = "dropped" if self.mode == "max" else "fewer"
            lines.append(f"{format_count(after)} of {format_count(before)} activations remain, "
                         f"{format_share(before - after, before)} {gone}")  # fmt: skip
        return tuple(lines)

    def backward_in_words(self, learns: bool) -> tuple[str, ...]:
        """Max pooling routes the gradient by the index that it keeps (notes, 2.2)."""
        if self.mode == "max":
            return ("each gradient goes to the largest value of its window, by the index kept",)
        if self.mode == "avg":
            return (f"each value of a window gets 1/{prod(self.kernel_size)} of its gradient",)
        return ("each value of a window gets its share of the norm of its gradient",)

    def facts_for(self, inputs: tuple[Shape, ...], rounding: str) -> LayerFacts:
        """The same depth, a value for each position of the window."""
        (volume,) = inputs
        rounding = self.rounding or rounding
        windows = self._window_pair()
        first = self._padded_first()
        output = sliding.output_shape(windows, volume, volume.channels, rounding)
        return LayerFacts(
            output,
            output.elements,
            windows=windows,
            rounding=rounding,
            problems=self._padded_too_far(),
            operators=first.operators(volume, self._torch_operators(first.taken(volume), output)),
        )

    def _torch_operators(self, volume: Shape, output: Shape) -> ops.Operators:
        if self.mode == "max":
            return ops.max_pool(output.elements)
        if self.mode == "avg":
            return ops.keeps_input(output.elements)
        return ops.lp_pool(volume.elements, output.elements)

    def _padded_too_far(self) -> tuple[Problem, ...]:
        for window in self._window_pair():
            size, (start, end) = window.kernel_size, window.ends
            if start == end > size // 2:
                message = f"P={start} is more than half of F={size}: windows of padding alone"
                most = as_written(self._most_padding())
                return (Problem("padding", message, f"P={most} is the most", "padding"),)
            if max(start, end) >= window.extent:
                message = f"P={window.ends} is as wide as F={size}: windows of padding alone"
                return (Problem("padding", message, "", "padding"),)
        return ()

    def _most_padding(self) -> opt.Sizes | int:
        """The padding as written, where it is no more than half of the window."""
        windows = self._window_pair()
        most = tuple(min(window.padding, window.kernel_size // 2) for window in windows)
        return most[0] if len(set(most)) == 1 else most

    def _padded_first(self) -> sliding.PaddedFirst:
        """nn.LPPool2d has no padding of its own."""
        return sliding.padded_first(self._window_pair(), pads=self.mode != "l2")

    def _window_pair(self) -> sliding.Windows:
        return sliding.make_windows(self.kernel_size, self.stride, self.padding, self.dilation)

    def torch_code(self, inputs: tuple[Shape, ...], output: Shape) -> Code:
        """nn.MaxPool2d, nn.AvgPool2d or nn.LPPool2d, or those of one or three axes."""
        size, axes = rows_first(self.kernel_size), len(self.kernel_size)
        name = f"{CLASSES[self.mode]}{axes}d"
        if self.mode != "max" and any(w.extent != w.kernel_size for w in self._window_pair()):
            raise ValueError(
                f"nn.{name} has no dilation",
                f"nn.MaxPool{axes}d is PyTorch's only pool with one: write `mode: max`, "
                "or leave the dilation out",
            )
        rounded_down = sliding.output_shape(self._window_pair(), inputs[0], output.channels, FLOOR)
        ceil = CodeArgument("ceil_mode", output != rounded_down, False)
        first = self._padded_first()
        call = first.call('float("-inf")' if self.mode == "max" else "")
        window = [
            CodeArgument("kernel_size", size),
            CodeArgument("stride", rows_first(self.stride), size),
        ]
        padding = CodeArgument("padding", sliding.rows_first_padding(first.windows), 0)
        if self.mode == "l2":
            norm = CodeArgument("norm_type", self.norm or NORM)
            return module_code(name, norm, *window, ceil, call=call)
        if self.mode == "avg":
            return module_code(name, *window, padding, ceil, call=call)
        dilation = CodeArgument("dilation", rows_first(self.dilation), 1)
        return module_code(name, *window, padding, dilation, ceil, call=call)


LAYER = Pool
