"""The map of scores that a network without FC layers gives on a larger image.

Source: CS231n's notes, 2.5: a network that takes 224x224 gives 6x6 scores at 384x384, as if
it had been run on 36 crops 32 pixels apart, in one pass.
"""

from collections.abc import Callable
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from convcalc.facts.shape import Shape
from convcalc.facts.window import CEIL
from convcalc.models.conversion.convolution import Converted
from convcalc.text.errors import ERROR, Finding
from convcalc.text.source import printable
from convcalc.walk.hints import find_remedies
from convcalc.walk.propagation import Propagation, propagate
from convcalc.walk.receptive_field import Pixels, Walked

MOST_NAMED = 3  # layers that a reason names


class Scores(NamedTuple):
    """The map of one output: positions along each axis, their distance in pixels."""

    layer: str
    size: Shape
    stride: tuple[Pixels, ...]

    @property
    def positions(self) -> int:
        """Crops of the original's input that the map has scores for."""
        return self.size.positions

    def passes(self, stride: int) -> tuple[int, ...]:
        """Shifted passes along each axis that put positions `stride` pixels apart.

        Raises:
            ValueError: no shifts of whole pixels do; the message names the strides that can be.
        """
        found = []
        for jump in self.stride:
            if Fraction(jump) % stride:
                whole = gcd(*(int(side) for side in self.stride))
                divisors = [str(n) for n in range(1, whole + 1) if whole % n == 0]
                raise ValueError(f"{stride} does not divide {jump}; {', '.join(divisors)} do")
            found.append(int(Fraction(jump) / stride))
        return tuple(found)


class Sliding(NamedTuple):
    """A converted network on a larger input. MACs are multiply-adds for one image."""

    walked: Propagation
    maps: list[Scores]
    one_pass: int
    one_crop: int  # of the original, at its own input
    differences: list[str]  # why a score is not the one that its crop alone would get

    @property
    def input(self) -> Shape:
        """The larger input."""
        return self.walked.nodes[0].facts.output

    @property
    def positions(self) -> int:
        """Positions of the largest map."""
        return max(scores.positions for scores in self.maps)

    @property
    def each_crop(self) -> int:
        """Multiply-adds of running the original at each position."""
        return self.positions * self.one_crop


def slide_over(converted: Converted, sides: tuple[int, ...], rounding: str = "") -> Sliding:
    """The converted network at an input of these sizes along its axes, width first."""
    own = converted.original.nodes[0].facts.output
    sizes = dict(zip(own.axes, sides, strict=True))
    network = converted.walked.network.replace_layer(0, **sizes)
    walked = propagate(network, rounding)
    findings = [_with_input_hint(walked, finding, rounding) for finding in walked.findings]
    walked = walked._replace(findings=[*findings, *_new_weights(converted.walked, walked)])
    maps = [_scores_of(walked.nodes[index]) for index in walked.outputs]
    return Sliding(
        walked,
        maps,
        total_macs(walked),
        total_macs(converted.original),
        _crop_differences(converted),
    )


def total_macs(walked: Propagation) -> int:
    """Multiply-adds of a whole network, for one image."""
    return sum(node.facts.macs for node in walked.nodes)


def _scores_of(node: Walked) -> Scores:
    return Scores(node.name, node.facts.output, node.jumps)


def _with_input_hint(walked: Propagation, finding: Finding, rounding: str) -> Finding:
    """Only another input is a remedy: every other one would change what was learned."""
    if finding.severity != ERROR or finding.code not in ("fit", "empty"):
        return finding
    inputs = [
        remedy.text for remedy in find_remedies(walked, finding.layer, rounding) if not remedy.node
    ]
    return finding._replace(hint=f"{' or '.join(inputs)} would fit" if inputs else finding.hint)


def _new_weights(before: Propagation, after: Propagation) -> list[Finding]:
    """Layers that have weights for each place of their input, which a larger one has more of."""
    found = []
    for old, new in zip(before.nodes, after.nodes, strict=True):
        if old.facts.parameters != new.facts.parameters:
            message = (
                f"{old.node.layer.type_name} has weights for every place of its input: those for "
                f"{_size_at(before, old)} are not enough for {_size_at(after, new)}"
            )
            found.append(Finding("weights", ERROR, old.name, message, "", old.node.span))
    return found


def _size_at(walked: Propagation, node: Walked) -> str:
    shape = walked.nodes[node.inputs[0]].facts.output
    return "x".join(map(str, shape.sides))


def _crop_differences(converted: Converted) -> list[str]:
    """Why the scores of a crop by itself may differ from those of its place in the map."""
    nodes, before = converted.walked.nodes, converted.walked
    reasons: dict[str, Callable[[Walked], bool]] = {
        "padding: a crop by itself has zeros at its own border": _has_padding,
        "the last window of a crop reaches over its edge": lambda node: _leaves_rest(before, node),
        "statistics of the whole image": lambda node: node.node.layer.sees_whole_image,
        "outputs that the crop's surroundings reach too": _upsamples,
    }
    found = []
    for text, applies in reasons.items():
        if names := [node.name for node in nodes if applies(node)]:
            found.append(f"{text} ({_joined_names(names)})")
    if converted.kept:
        found.append(f"a value for the whole image ({_joined_names(converted.kept)})")
    return found


def _upsamples(node: Walked) -> bool:
    return any(scale != 1 for scale in node.facts.scale)


def _has_padding(node: Walked) -> bool:
    return any(window.padding or window.total_padding for window in node.facts.windows or ())


def _leaves_rest(walked: Propagation, node: Walked) -> bool:
    if node.facts.windows is None or node.facts.rounding != CEIL:
        return False
    shape = walked.nodes[node.inputs[0]].facts.output
    return any(
        window.output(size, CEIL) > window.output(size)
        for window, size in zip(node.facts.windows, shape.sides, strict=True)
    )


def _joined_names(names: list[str]) -> str:
    shown = ", ".join(map(printable, names[:MOST_NAMED]))
    rest = len(names) - MOST_NAMED
    return shown if rest <= 0 else f"{shown} and {rest} more"
