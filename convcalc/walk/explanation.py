"""The arithmetic of one layer with its numbers filled in, as a teacher would write it.

What is particular to a layer type it says itself (`weights_filled_in`, `size_filled_in`);
the rest follows from its facts. Sources: CS231n's notes, 2.1 (sizes, weights, sharing) and
2.2 to 2.5; what PyTorch keeps is read from the operators that the simulation runs.
"""

import inspect
from collections.abc import Sequence
from math import prod
from typing import NamedTuple

from convcalc.facts.largest import heaviest_words
from convcalc.facts.layer_facts import BIAS, Parameter
from convcalc.facts.setup import INFER, Setup
from convcalc.facts.shape import UNITS, join_words
from convcalc.facts.units import format_bytes, format_count, format_share
from convcalc.facts.window import EXACT, Window
from convcalc.walk.findings import formula_text
from convcalc.walk.kept_tensors import kept_tensors
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Field


class Section(NamedTuple):
    """One question about a layer, and the lines that answer it."""

    title: str
    lines: list[str]


class Explanation(NamedTuple):
    """A layer explained. Counts are for one image; `held` are bytes for the batch."""

    name: str
    type: str
    summary: str
    intro: str
    sections: list[Section]
    unshared: int | None  # parameters if no two positions shared any; None without weights
    dense: int | None  # parameters if every neuron saw the whole input
    weights_of_a_neuron_that_sees_everything: int
    held: int | None


def explain_layer(
    walked: Propagation,
    index: int,
    setup: Setup,
    held: int | None,
    keepers: Sequence[str] | None = (),
    made: Sequence[int] = (),
) -> Explanation:
    """The layer at a position explained.

    Args:
        walked: the network with its sizes.
        index: the layer's position.
        setup: batch, precision and mode, for what PyTorch keeps.
        held: bytes that it keeps and no layer before it does, as simulated; None: not known.
        keepers: those that keep the same; None where a checkpoint runs it again.
        made: bytes of activations that live at the peak, by the position of what made them.
    """
    return _Teacher(walked, index, setup, held, keepers, made).whole_explanation()


class _Teacher:
    def __init__(
        self,
        walked: Propagation,
        index: int,
        setup: Setup,
        held: int | None,
        keepers: Sequence[str] | None,
        made: Sequence[int],
    ) -> None:
        self.node = node = walked.nodes[index]
        self.position = index
        self.names = [each.name for each in walked.nodes]
        self.before = [walked.nodes[k] for k in node.inputs]
        self.shapes = tuple(other.facts.output for other in self.before)
        self.setup = setup
        self.held = held
        self.keepers = keepers
        self.made = made
        facts = node.facts
        self.output = facts.output
        self.axes = len(facts.output.sides)
        self.input_word = "image" if self.axes == 2 else "input"
        self.parameters = facts.parameters + facts.shared
        self.owner = "" if node.shares is None else walked.nodes[node.shares].name
        self.biases = sum(p.elements for p in self.parameters if p.role == BIAS)
        self.weights = sum(p.elements for p in self.parameters) - self.biases
        self.seen = sum(shape.elements for shape in self.shapes)

    def whole_explanation(self) -> Explanation:
        layer = self.node.node.layer
        titled = {
            "Input": self._explain_input(),
            "Output": self._explain_output(),
            "Window": self._explain_window(),
            "Dilation": self._explain_dilation(),
            "Weights": self._explain_weights(),
            "Without sharing": self._unshared_lines(),
            "Fully connected": self._dense_lines(),
            "Multiply-adds": self._explain_macs(),
            "Receptive field": self._explain_field(),
            "Backward": self._explain_backward(),
            "PyTorch keeps": self._explain_kept(),
            "At the peak": self._explain_peak(),
        }
        sections = [Section(title, lines) for title, lines in titled.items() if lines]
        intro = inspect.getdoc(type(layer)) or ""
        return Explanation(
            self.node.name,
            layer.type_name,
            layer.summary(),
            intro.split("\n\n")[0].replace("\n", " ").replace("FxF", "x".join("F" * self.axes)),
            sections,
            self.unshared,
            self.dense,
            self.seen,
            self.held,
        )

    @property
    def unshared(self) -> int | None:
        """A weight of its own for each multiply-add, a bias of its own for each neuron."""
        if not self.node.facts.macs:
            return None
        return self.node.facts.macs + (self.output.elements if self.biases else 0)

    @property
    def dense(self) -> int | None:
        """The weights of every neuron if it saw the whole input, and its bias."""
        if not self.node.facts.macs:
            return None
        return self.output.elements * (self.seen + (1 if self.biases else 0))

    def _explain_input(self) -> list[str]:
        return [f"{node.facts.output} of {node.name}" for node in self.before]

    def _explain_output(self) -> list[str]:
        layer = self.node.node.layer
        lines: list[str] = []
        if self.shapes:
            lines += layer.size_filled_in(self.shapes) or self._window_lines()
        if self.shapes and self.output == self.shapes[0] and not lines:
            lines.append("the size of its input")
        side = "*".join(map(str, self.output))
        return [*lines, f"{self.output}: {side} = {format_count(self.output.elements)} values"]

    def _window_lines(self) -> list[str]:
        """(W - F + 2P)/S + 1 along each axis."""
        return [
            f"{axis} (W - F + 2P)/S + 1 = {formula_text(window, size)}"
            f"{self._rounding_text(window, size)}"
            for window, size, axis in self._sides_slid_over()
        ]

    def _sides_slid_over(self) -> list[tuple[Window, int, str]]:
        """Each window, the size that it slides over and along what; one where all are alike."""
        windows = self.node.facts.windows
        if windows is None or not self.node.facts.fitted or not self.shapes:
            return []
        shape = self.shapes[0]
        sides = list(zip(windows, shape.sides, shape.axes, strict=True))
        if len({side[:2] for side in sides}) == 1:
            return [(*sides[0][:2], join_words(shape.axes))]
        return sides

    def _rounding_text(self, window: Window, size: int) -> str:
        """What becomes of a fraction."""
        if window.fits(size):
            return ""
        rounding = self.node.facts.rounding
        used = window.output(size, rounding)
        if rounding == EXACT:
            return f", which is no integer: refused; the rest goes on with {used}"
        return f", which is no integer: {used} ({rounding})"

    def _explain_window(self) -> list[str]:
        if not self.shapes:
            return []
        return list(self.node.node.layer.window_in_words(self.shapes, self.output))

    def _explain_dilation(self) -> list[str]:
        """d(F - 1) + 1, and the elements that a neuron multiplies (notes, 2.1)."""
        dilated = [side for side in self._sides_slid_over() if side[0].dilation > 1]
        lines = []
        for window, _, axis in dilated:
            rate, size = window.dilation, window.kernel_size
            lines += [f"{axis} d(F - 1) + 1 = {rate}*({size} - 1) + 1 = {window.extent}",
                      _dilated_sum(window)]  # fmt: skip
        return lines

    def _explain_backward(self) -> list[str]:
        if self.setup.mode == INFER:
            return []
        return list(self.node.node.layer.backward_in_words(self.node.trainable))

    def _explain_weights(self) -> list[str]:
        parameters = self.parameters
        if not parameters:
            return ["none: a fixed function"] if self.before else []
        filled = self.node.node.layer.weights_filled_in(self.shapes[0], self.output)
        product = filled or " + ".join(map(_product_text, _of_role(parameters, bias=False)))
        worked = f"{product} = " if "*" in product or "+" in product else ""
        lines = [f"{worked}{format_count(self.weights)}{_of_a_neuron(filled)}"]
        if self.biases:
            lines.append(f"and {_biases_text(self.biases)}: {self._total_text()} parameters")
        if self.owner:
            lines.append(f"they are those of {self.owner}, counted there")
        return lines

    def _total_text(self) -> str:
        return format_count(self.weights + self.biases)

    def _unshared_lines(self) -> list[str]:
        """The notes' count of what parameter sharing saves."""
        unshared = self.unshared
        if unshared is None or unshared == self.weights + self.biases or not self.weights:
            return []
        neurons, macs = self.output.elements, self.node.facts.macs
        each = f"{format_count(macs // neurons)} weights" if macs % neurons == 0 else "weights"
        bias = " and 1 bias" if self.biases else ""
        times = unshared / (self.weights + self.biases)
        return [
            f"{format_count(neurons)} neurons, each with {each}{bias} of its own: "
            f"{format_count(unshared)} parameters, {times:,.0f} times as many"
        ]

    def _dense_lines(self) -> list[str]:
        dense = self.dense
        if dense is None:
            return []
        sides = " + ".join("*".join(map(str, shape)) for shape in self.shapes)
        lines = [
            f"a neuron that sees the whole input has {sides} = {format_count(self.seen)} weights"
        ]
        if dense != self.weights + self.biases:
            neurons = format_count(self.output.elements)
            lines.append(f"{neurons} such neurons: {format_count(dense)} parameters")
            lines += self._matrix_lines()
        return lines

    def _matrix_lines(self) -> list[str]:
        """The matrix of the FC layer that computes the same (notes, 2.5)."""
        windows, facts = self.node.facts.windows, self.node.facts
        sides = self.output.sides
        possible = prod(sides) * prod(window.kernel_size for window in windows or ())
        if windows is None or not facts.fitted or not possible:
            return []
        read = [
            window.reads(size, positions)
            for window, size, positions in zip(windows, self.shapes[0].sides, sides, strict=True)
        ]
        rows, columns = self.output.elements, self.seen
        zeros = rows * columns - facts.macs * prod(read) // possible
        again = f", the rest the same {format_count(self.weights)} weights at every position"
        return [
            f"the FC layer that computes the same: a matrix of {format_count(rows)} x "
            f"{format_count(columns)}, {format_share(zeros, rows * columns)} of it zero"
            f"{again if facts.macs > self.weights else ''}"
        ]

    def _explain_macs(self) -> list[str]:
        macs = self.node.facts.macs
        if not macs:
            return []
        used = macs // self.weights if self.weights else 0
        where = "once" if used == 1 else f"at {format_count(used)} positions"
        return [f"{format_count(self.weights)} weights, each used {where}: {format_count(macs)}"]

    def _explain_field(self) -> list[str]:
        windows, node = self.node.facts.windows, self.node
        if windows is None or not self.before:
            return []
        start = self.before[0]
        pairs = list(zip(start.fields, windows, node.fields, strict=True))
        units = UNITS[len(pairs)]
        if len(set(pairs)) == 1:
            return [_growth_text(*pairs[0], join_words(list(dict.fromkeys(units))))]
        return [
            f"{_growth_text(*pair, unit)} along the {axis}"
            for pair, unit, axis in zip(pairs, units, self.shapes[0].axes, strict=True)
        ]

    def _explain_kept(self) -> list[str]:
        if self.setup.mode == INFER:
            return ["nothing: there is no backward pass"]
        if not self.before:
            return [f"the batch of {self.input_word}s, as long as a layer needs it"]
        found = kept_tensors(self.node)
        if not found:
            return ["nothing: its gradient needs no value of the forward pass"]
        if self.held is None:
            return found
        return [*found, self._new_text()]

    def _new_text(self) -> str:
        """How much of it no other layer keeps, or why it is nothing."""
        if self.held:
            new = f"{format_bytes(self.held)} for a batch of {self.setup.batch_size}"
            return f"{new}, beside what layers before it keep"
        if self.keepers is None:
            return "here nothing: it is checkpointed, and runs again in the backward pass"
        if not self.keepers:
            return "here nothing: its input needs no gradient, and nothing in it learns"
        keep = "keeps" if len(self.keepers) == 1 else "keep"
        return f"here nothing new: {join_words(self.keepers)} {keep} that already"

    def _explain_peak(self) -> list[str]:
        """What it made, whoever keeps it: by that reports name the layers with the most."""
        if not any(self.made):
            return []
        own = self.made[self.position]
        size, be = (format_bytes(own), "are") if own else ("nothing", "is")
        made = f"{size} that it made {be} alive"
        if self.setup.mode != INFER:
            made += " (counted where it was made; above, where it is first kept)"
        return list(filter(None, (made, heaviest_words(self.names, self.made))))


def _dilated_sum(window: Window) -> str:
    """`w[0]*x[0] + w[1]*x[2] + w[2]*x[4]`, the middle of a long one left out."""
    terms = [f"w[{k}]*x[{k * window.dilation}]" for k in range(min(window.kernel_size, 4))]
    if window.kernel_size > 4:
        last = window.kernel_size - 1
        terms[3:] = ["...", f"w[{last}]*x[{last * window.dilation}]"]
    return " + ".join(terms)


def _growth_text(before: Field, window: Window, after: Field, unit: str) -> str:
    """Field and distance behind a window, from those before it."""
    grown = before.size + (window.extent - 1) * before.jump
    size = f"{before.size} + ({window.extent} - 1)*{before.jump} = {after.size}"
    if before.spans or after.spans or grown != after.size:
        size = _sizes_by_position(after)  # no sum says it where windows straddle coarse cells
    if after.jump == before.jump * window.stride != before.jump:
        return f"{size} {unit}, {before.jump}*{window.stride} = {after.jump} apart"
    return f"{size} {unit}, {after.jump} apart"


def _sizes_by_position(field: Field) -> str:
    least = min([end - start for start, end in filter(None, field.spans)], default=field.size)
    return f"by position {least} to {field.size}" if least < field.size else f"{field.size}"


def _of_role(parameters: tuple[Parameter, ...], bias: bool) -> list[Parameter]:
    return [parameter for parameter in parameters if (parameter.role == BIAS) == bias]


def _product_text(parameter: Parameter) -> str:
    return "*".join(map(str, parameter.shape))


def _of_a_neuron(filled: str) -> str:
    """`, 363 a neuron`, of a product that names a neuron's share in brackets."""
    if not filled.startswith("("):
        return ""
    inner = filled[1 : filled.index(")")]
    return f", {format_count(prod(map(int, inner.split('*'))))} a neuron"


def _biases_text(count: int) -> str:
    return "1 bias" if count == 1 else f"{format_count(count)} biases"
