"""The figures of one network, worked out: of a member of a family, of one of several."""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from convcalc.answers.layer_row import LayerRow, rows_of
from convcalc.facts.setup import Setup
from convcalc.facts.units import format_bytes
from convcalc.memory.textbook import textbook_memory
from convcalc.memory.verdict import FitRule, Judged
from convcalc.text.errors import ERROR, Finding
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Pixels, Walked

Largest = Callable[[Propagation, Setup, FitRule, int], int]  # the largest batch within a limit


class Conditions(NamedTuple):
    """What a network is judged under. `limit` in bytes, of what `source` names."""

    setup: Setup
    rule: FitRule = FitRule()
    both: bool = True  # the textbook's figures beside the PyTorch model's
    limit: int | None = None
    source: str = ""
    largest: Largest | None = None


class Figures:
    """Figures of a network, worked out when asked for. Bytes for the batch, counts for an image.

    `peak` is what is alive at the peak of a step, by the notes' count where the PyTorch
    model was not asked for; `figure` is what is held against a limit.
    """

    def __init__(self, walked: Propagation, conditions: Conditions) -> None:
        self.walked: Propagation = walked
        self.conditions = conditions
        self._modes: dict[str, Figures] = {}

    @cached_property
    def parameters(self) -> int:
        """Values that are learned, biases included."""
        return sum(p.elements for node in self.walked.nodes for p in node.facts.parameters)

    @cached_property
    def macs(self) -> int:
        """Multiply-adds for one image."""
        return sum(node.facts.macs for node in self.walked.nodes)

    @cached_property
    def activations(self) -> int:
        """The notes' count of values in all volumes."""
        return sum(node.facts.activations for node in self.walked.nodes)

    @property
    def layers(self) -> int:
        """Rows of the table, the input included."""
        return len(self.walked.nodes)

    @cached_property
    def depth(self) -> int:
        """Layers with multiply-adds on the longest way through: the 16 of VGG-16."""
        depths = _depth_by_node(self.walked.nodes)
        return max(depths[index] for index in self.walked.outputs)

    @cached_property
    def receptive_field(self) -> tuple[Pixels, ...]:
        """Pixels of the image that an output sees along each axis, padding included."""
        outputs = [self.walked.nodes[index] for index in self.walked.outputs]
        sizes = zip(*[node.field_sizes for node in outputs], strict=False)
        return tuple(map(max, sizes))

    @cached_property
    def rows(self) -> list[LayerRow]:
        """The rows of its table, without what only a simulated step tells."""
        return rows_of(self.walked, self.conditions.setup)

    def in_mode(self, mode: str) -> "Figures":
        """The same network trained, or run."""
        setup = self.conditions.setup
        if mode == setup.mode:
            return self
        if mode not in self._modes:
            conditions = self.conditions._replace(setup=setup._replace(mode=mode))
            self._modes[mode] = Figures(self.walked, conditions)
        return self._modes[mode]

    @cached_property
    def judged(self) -> Judged:
        """The run under the rule."""
        return Judged(self.walked, self.conditions.setup, self.conditions.rule)

    @property
    def peak(self) -> int:
        """Bytes alive at the peak; the notes' total where only that was asked for."""
        estimate = self.judged.estimate
        return estimate.result.peak_live if estimate else self.judged.figure

    @property
    def figure(self) -> int:
        """Bytes that are compared with a limit."""
        return self.judged.figure

    @cached_property
    def textbook(self) -> int | None:
        """The notes' total in bytes; None where only the PyTorch model was asked for."""
        if not self.conditions.both:
            return self.peak if self.conditions.rule.textbook else None
        return textbook_memory(self.walked.nodes, self.conditions.setup).total

    @cached_property
    def max_batch(self) -> int | None:
        """The largest batch within the limit; None without a limit."""
        largest, limit = self.conditions.largest, self.conditions.limit
        if largest is None or limit is None:
            return None
        return largest(self.walked, self.conditions.setup, self.conditions.rule, limit)

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with its shapes."""
        return self.walked.findings

    @cached_property
    def why_not(self) -> str:
        """Why it does not fit its windows or the limit; empty where it does."""
        for finding in self.walked.findings:
            if finding.severity == ERROR:
                return f"{finding.layer}: {finding.message}"
        limit = self.conditions.limit
        if limit is None or self.judged.fits(limit):
            return ""
        figure = format_bytes(self.figure)
        return f"takes {figure} of the {format_bytes(limit)} of {self.conditions.source}"

    @property
    def fits(self) -> bool:
        """Whether every window tiles its input, and the run is within the limit."""
        return not self.why_not


def _depth_by_node(nodes: list[Walked]) -> list[int]:
    """For each node the layers with multiply-adds on the longest way to it, itself included."""
    found: list[int] = []
    for node in nodes:
        before = [found[index] for index in node.inputs]
        found.append((max(before) if before else 0) + bool(node.facts.macs))
    return found
