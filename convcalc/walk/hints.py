"""What would make a layer fit, found by trying it on the whole network."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from itertools import islice, product
from typing import Any, NamedTuple

from convcalc.facts.shape import Shape, join_some, join_words
from convcalc.facts.window import FLOOR, Window
from convcalc.network.edits import input_edit, line_with, option_edit, option_words, same_text
from convcalc.network.graph import Network
from convcalc.text.errors import ERROR, Edit, Finding
from convcalc.text.source import printable
from convcalc.walk.findings import lost_elements
from convcalc.walk.propagation import Propagation, errors_of, every_layer_fits
from convcalc.walk.receptive_field import Walked

JOIN, FIT = "join", "fit"
MENDED = (FIT, "empty")  # codes of findings that get hints
OF_SIZES = {*MENDED, JOIN, "crop", "unpool", "size"}  # errors that another input can mend
MOST_WORK = 300_000  # layers walked in search of hints, for one network
MOST_TRIES = 6  # candidates of one hyperparameter that are tried on the whole network
LONGEST_LINE = 100  # characters of a line of YAML that a hint shows corrected
FARTHEST = 2_000  # by how much a hyperparameter may change
WIDEST_SEARCH = 512  # pixels by which an input may change
FARTHEST_UNEVEN = 32  # the same where width and height change by themselves
FARTHEST_OF_THREE = 6  # and of three axes

PADDING_ONLY = "leaves out padding only"

Limits = tuple[int, int]
Steps = tuple[int, ...]  # to add to each side of the input


class Remedy(NamedTuple):
    """One change that makes a layer fit: to itself, or to the network's input."""

    node: int  # index of the node that changes
    changes: dict[str, Any]
    text: str
    left: tuple[str, ...] = ()  # layers that are wrong with it too, as they are without

    def apply_to(self, network: Network) -> Network:
        """The network with the change made."""
        if not self.node:
            return network.resize_inputs(**self.changes)
        return network.replace_layer(self.node, **self.changes)


def with_hints(walked: Propagation, rounding: str = "") -> Propagation:
    """The same propagation, its misfits with hints."""
    searcher = _Search(walked, rounding)
    return walked._replace(findings=[searcher.with_hint(finding) for finding in walked.findings])


def find_remedies(walked: Propagation, layer: str, rounding: str = "") -> list[Remedy]:
    """Everything found that makes a layer fit, nearest first."""
    return _Search(walked, rounding).find_remedies(layer)


def floor_words(walked: Propagation) -> str:
    """How all layers that do not fit are rounded down at once; empty where that mends not all."""
    if not any(finding.code == FIT for finding in walked.findings if finding.severity == ERROR):
        return ""
    floored = copy(walked.network)
    floored.rounding = FLOOR
    if not every_layer_fits(floored):
        return ""
    key = "`rounding: floor` in the spec"
    how = key if walked.network.rounding else f"--rounding floor, or {key}"
    return f"rounded down as PyTorch does, every layer fits: {how}"


class _Search:
    def __init__(self, walked: Propagation, rounding: str) -> None:
        self.walked = walked
        self.network = walked.network
        self.rounding = rounding
        self.work = 0
        self.wrong = {(f.layer, f.code) for f in walked.findings if f.severity == ERROR}
        self.index = {w.name: i for i, w in enumerate(walked.nodes)} if self.wrong else {}
        self._inputs: list[Remedy] | None = None

    def with_hint(self, finding: Finding) -> Finding:
        if finding.severity == ERROR and finding.code == JOIN:
            return self._with_paddings(finding)
        if finding.severity != ERROR or finding.hint or finding.code not in MENDED:
            return finding
        remedies = self.find_remedies(finding.layer)
        if not remedies:
            return finding
        edits = tuple(edit for remedy in remedies for edit in self._edits_of(remedy))
        node = self.network.nodes[self.index[finding.layer]]
        line = next(filter(None, (line_with(edit, node) for edit in edits)), "")
        said = f"; as in `{printable(line)}`" if 0 < len(line) <= LONGEST_LINE else ""
        return finding._replace(hint=f"{_hint_text(remedies)}{said}", edits=edits)

    def _with_paddings(self, finding: Finding) -> Finding:
        """The finding with paddings that make its branches equal, if there are some."""
        from convcalc.walk.joins import equal_paddings

        join, nodes = self.index[finding.layer], self.walked.nodes
        for paddings in equal_paddings(nodes, join):
            changed = self.network
            for index, padding in paddings.items():
                changed = changed.replace_layer(index, padding=padding)
            if self._mends_layer(join, changed):
                parts = [
                    f"{self._padding_words(k, each)} in `{nodes[k].name}`"
                    for k, each in sorted(paddings.items())
                ]
                text = f"{join_words(parts)} would make them equal"
                single = [Remedy(k, {"padding": each}, text) for k, each in paddings.items()]
                edits = self._edits_of(single[0]) if len(single) == 1 else ()
                return finding._replace(hint=text, edits=tuple(edits))
        return finding

    def _padding_words(self, index: int, padding: Steps) -> str:
        value = padding if len(set(padding)) > 1 else padding[0]
        return option_words(self.network.nodes[index], "padding", value)

    def _edits_of(self, remedy: Remedy) -> Iterator[Edit]:
        """The change of the text that makes a remedy; none where it would change more."""
        network, index = self.network, remedy.node
        if not index:
            shape = self.walked.nodes[0].facts.output
            sides = [remedy.changes[axis] for axis in shape.axes]
            edit = input_edit(network, shape.with_sides(*sides))
        else:
            ((option, value),) = remedy.changes.items()
            edit = option_edit(network.nodes[index], option, value)
            copies = [k for k in same_text(network, index) if k != index]
            if edit and copies and not self._mends_copies([index, *copies], remedy):
                edit = None
        if edit:
            yield edit._replace(text=remedy.text)

    def _mends_copies(self, copies: list[int], remedy: Remedy) -> bool:
        """Whether the change mends the layer when its copies are changed with it."""
        changed = self.network
        for index in copies:
            changed = changed.replace_layer(index, **remedy.changes)
        return self._mends_layer(remedy.node, changed)

    def find_remedies(self, layer: str) -> list[Remedy]:
        index = self.index[layer]
        found = [
            remedy
            for option in ("padding", "kernel_size", "stride")
            for remedy in self._of_option(index, option)
        ]
        rounded = list(self._of_rounding(index))
        free = any(PADDING_ONLY in remedy.text for remedy in rounded)
        rest = [*found, *self._of_input()]
        return [*rounded, *rest] if free else [*rest, *rounded]

    def _is_spent(self) -> bool:
        self.work += len(self.network.nodes)
        return self.work > MOST_WORK

    def _mends_layer(self, index: int, changed: Network) -> bool:
        """Whether the layer fits after the change and nothing else stops fitting."""
        return self._left_wrong(index, changed) is not None

    def _left_wrong(self, index: int, changed: Network) -> tuple[str, ...] | None:
        """Layers that are wrong after a change too; None where it mends nothing, or breaks one."""
        if self._is_spent():
            return None
        name = self.walked.nodes[index].name
        allowed = {(layer, code) for layer, code in self.wrong if layer != name}
        left = errors_of(changed, self.rounding)
        named = {layer for layer, _ in left}
        return tuple(filter(named.__contains__, self.index)) if left <= allowed else None

    def _of_option(self, index: int, option: str) -> Iterator[Remedy]:
        layer = self.walked.nodes[index].node.layer
        current = layer.option_value(option)
        if current is None:
            return
        node = self.network.nodes[index]
        for along in islice(self._candidate_values(index, option), MOST_TRIES):
            value = along if len(set(along)) > 1 else along[0]
            remedy = Remedy(index, {option: along}, option_words(node, option, value))
            try:
                changed = remedy.apply_to(self.network)
            except ValueError:  # an even F has no `same` padding
                continue
            left = self._left_wrong(index, changed)
            if left is not None:
                yield remedy._replace(left=left)
                return

    def _candidate_values(self, index: int, option: str) -> Iterator[Steps]:
        """Values with which the layer by itself fits, the nearest to today's first.

        Along all axes; of three only along those that do not fit, if others do.
        """
        walked = self.walked.nodes[index]
        windows = walked.facts.windows
        assert windows is not None
        shape = self.walked.nodes[walked.inputs[0]].facts.output
        same = walked.node.layer.option_value("padding") == "same"
        axes = list(zip(windows, shape.sides, strict=True))
        wrong = [k for k, (window, size) in enumerate(axes) if not window.fits(size)]
        if len(axes) < 3 or same or (option == "padding" and any(w.padding_end for w in windows)):
            wrong = []
        moved = wrong or range(len(axes))
        least, most = _option_limits(
            option, [windows[k] for k in moved], [shape.sides[k] for k in moved], same
        )
        for value in _nearest_first(getattr(windows[moved[0]], option), least, most):
            changed = [
                _changed_window(window, option, value, same) if k in moved else window
                for k, window in enumerate(windows)
            ]
            if all(w.fits(size) for w, size in zip(changed, shape.sides, strict=True)):
                yield tuple([getattr(window, option) for window in changed])

    def _of_input(self) -> list[Remedy]:
        """The nearest input that the whole network fits, smaller and larger."""
        if self._inputs is None:
            helps = {code for _, code in self.wrong} <= OF_SIZES
            self._inputs = list(self._search_inputs()) if helps else []
        return self._inputs

    def _search_inputs(self) -> Iterator[Remedy]:
        square = all(map(_has_square_input, self.walked.nodes))
        found = [] if square else [*islice(self._working_remedies(self._uneven_steps()), 2)]
        for sign in (-1, 1) if not found else ():
            found += islice(self._working_remedies(self._even_steps(sign)), 1)
        yield from found

    def _even_steps(self, sign: int) -> Iterator[Steps]:
        """How much to add to all sides of the input: it stays as square as it is."""
        axes = len(self.walked.nodes[0].fields)
        for step in range(1, WIDEST_SEARCH + 1):
            yield (sign * step,) * axes

    def _uneven_steps(self) -> Iterator[Steps]:
        """How much to add to each side, the smallest changes first."""
        axes = len(self.walked.nodes[0].fields)
        farthest = FARTHEST_UNEVEN if axes < 3 else FARTHEST_OF_THREE
        steps = product(range(-farthest, farthest + 1), repeat=axes)
        yield from sorted(steps, key=lambda step: (sum(map(abs, step)), step))

    def _working_remedies(self, steps: Iterable[Steps]) -> Iterator[Remedy]:
        """Remedies that work, as long as there is work left to spend."""
        shape = self.walked.nodes[0].facts.output
        for step in steps:
            sides = tuple(side + more for side, more in zip(shape.sides, step, strict=True))
            if min(sides) < 1:
                continue
            if self._is_spent():
                return
            remedy = self._resized_input(shape.with_sides(*sides))
            if remedy:
                yield remedy

    def _resized_input(self, shape: Shape) -> Remedy | None:
        """The remedy of a larger or smaller input, or None when not everything fits then."""
        remedy = Remedy(0, shape.options, f"{self._input_words()} of {shape}")
        return remedy if every_layer_fits(remedy.apply_to(self.network), self.rounding) else None

    def _input_words(self) -> str:
        """Which inputs a remedy resizes: of several the first, and all as large."""
        inputs = [node for node in self.network.nodes if not node.inputs]
        alike = [f"`{printable(node.name)}`" for node in inputs if node.layer == inputs[0].layer]
        return join_words(alike) if inputs[1:] else "an input"

    def _of_rounding(self, index: int) -> Iterator[Remedy]:
        walked = self.walked.nodes[index]
        if "rounding" not in walked.node.layer.options_by_name() or walked.facts.windows is None:
            return
        shape = self.walked.nodes[walked.inputs[0]].facts.output
        remedy = Remedy(index, {"rounding": FLOOR}, "")
        left = self._left_wrong(index, remedy.apply_to(self.network))
        if left is not None:
            cost = _rounding_cost(walked.facts.windows, shape)
            words = option_words(self.network.nodes[index], "rounding", FLOOR)
            yield remedy._replace(text=f"{words} (as PyTorch does; {cost})", left=left)


def _changed_window(window: Window, option: str, value: int, same: bool) -> Window:
    window = window._replace(**{option: value})
    if option == "padding":
        window = window._replace(padding_end=None)
    if option == "kernel_size" and same:  # padding follows the kernel
        window = window._replace(padding=(window.extent - 1) // 2)
    return window


def _has_square_input(walked: Walked) -> bool:
    windows = walked.facts.windows
    same = windows is None or len(set(windows)) == 1
    return same and len(set(walked.facts.output.sides)) == 1


def _option_limits(
    option: str, windows: Sequence[Window], sizes: Sequence[int], same: bool
) -> Limits:
    """The least and the largest value of an option with which a window has room at all."""
    axes = list(zip(windows, sizes, strict=True))
    if option == "padding":
        least = max(max(0, -((size - w.extent) // 2)) for w, size in axes)
        return least, least + max(sizes) + windows[0].padding
    if option == "stride":
        return 1, max(1, *(w.slack(size) for w, size in axes))
    room = [size if same else size + w.total_padding for w, size in axes]
    return 1, min((r - 1) // w.dilation + 1 for w, r in zip(windows, room, strict=True))


def _nearest_first(today: int, least: int, most: int) -> Iterator[int]:
    """Values from `least` to `most`, those nearest to today's first."""
    middle = min(max(today, least), most)
    for step in range(min(FARTHEST, max(middle - least, most - middle)) + 1):
        if middle - step >= least:
            yield middle - step
        if step and middle + step <= most:
            yield middle + step


def _rounding_cost(windows: Iterable[Window], shape: Shape) -> str:
    """What `rounding: floor` leaves out, such as `never reads 1 column and 1 row`."""
    parts = []
    for window, size, axis in zip(windows, shape.sides, shape.axes, strict=True):
        lost = window.unread_elements(size)
        if lost:
            parts.append(lost_elements(lost, axis))
    return f"never reads {' and '.join(parts)}" if parts else PADDING_ONLY


def _hint_text(remedies: list[Remedy]) -> str:
    """What would fit, and which layers would not then: each mends one, or the input all."""
    left: dict[tuple[str, ...], list[str]] = {}
    for remedy in remedies:
        left.setdefault(remedy.left, []).append(remedy.text.partition(" (")[0])
    said = [
        f"{'then' if len(left) == 1 else f'with {_either(texts)}'} {_still_wrong(names)}"
        for names, texts in left.items()
        if names
    ]
    return "; ".join([f"{_either([each.text for each in remedies])} would fit", *said])


def _either(texts: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))


def _still_wrong(names: Sequence[str]) -> str:
    quoted = join_some([f"`{printable(name)}`" for name in names])
    return f"{quoted} still {'fail' if names[1:] else 'fails'}"
