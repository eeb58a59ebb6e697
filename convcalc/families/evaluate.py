"""Members of a family worked out, each from where it begins to differ from the one before."""

from typing import NamedTuple

from convcalc.errors import Finding
from convcalc.families.family import Family
from convcalc.families.figures import Conditions, Figures
from convcalc.families.members import Binder, Bound, Member, written
from convcalc.families.where import Condition
from convcalc.loading import networks
from convcalc.network import Network, Node, Settings
from convcalc.propagate import Propagation, Walk, propagate
from convcalc.source import Source
from convcalc.walked import Pixels
from convcalc.window import EXACT


class Row(NamedTuple):
    """A member's figures as plain values. Bytes for the batch, counts for one image."""

    bindings: dict[str, object]
    pattern: str
    parameters: int
    macs: int
    activations: int
    layers: int
    depth: int
    receptive_field: tuple[Pixels, Pixels]
    peak: int
    textbook: int | None
    figure: int | None  # what is held against the limit; None without one
    max_batch: int | None
    fits: bool
    why_not: str
    findings: tuple[Finding, ...]


class Evaluator:
    """Works out members one after the other; nothing is walked twice in a row."""

    def __init__(
        self,
        family: Family,
        settings: Settings,
        conditions: Conditions,
        rounding: str = "",
        where: Condition | None = None,
    ) -> None:
        self.family = family
        self.settings = settings
        self.conditions = conditions
        self.rounding = family.rounding or rounding
        self.where = where
        self.binder = Binder(family, settings)
        self._restart()

    def _restart(self) -> None:
        self._generation = self.binder.generation
        self._walk = Walk(Network([], ()), self.rounding or EXACT)
        self._bound: list[Bound] = []

    def row(self, member: Member) -> Row | None:
        """The member's row, or None where the condition leaves it out."""
        bound = self.binder.bind(member.values, member.leaves)
        pattern = written(member, bound)
        figures = Figures(self._propagated(bound, pattern), self.conditions)
        bindings = self.family.bindings(member.values, member.decisions)
        if self.where is not None and not self.where.holds(figures, bindings):
            return None
        return row_of(figures, bindings, pattern)

    def _propagated(self, bound: list[Bound], pattern: str) -> Propagation:
        if self.binder.generation != self._generation:
            self._restart()
        walk = self._walk
        shared = _shared(self._bound, bound)
        del walk.walked[shared:]
        self._bound = bound
        for place in range(shared, len(bound)):
            walk.visit(_node(bound[place], place))
        if not walk.findings:
            return Propagation(Network([], (len(bound) - 1,)), walk.walked, [])
        self._restart()
        return self._named(pattern)

    def _named(self, pattern: str) -> Propagation:
        """A member with findings, which call its layers by their names."""
        (network,) = networks(Source(pattern), self.settings, is_yaml=False)
        return propagate(network, self.rounding)


def row_of(figures: Figures, bindings: dict[str, object], pattern: str) -> Row:
    """All figures worked out."""
    return Row(
        bindings,
        pattern,
        figures.parameters,
        figures.macs,
        figures.activations,
        figures.layers,
        figures.depth,
        figures.receptive_field,
        figures.peak,
        figures.textbook,
        figures.figure if figures.conditions.limit is not None else None,
        figures.max_batch,
        figures.fits,
        figures.why_not,
        tuple(figures.findings),
    )


def _shared(older: list[Bound], newer: list[Bound]) -> int:
    """How many layers two members have in common at their beginning."""
    for place, (a, b) in enumerate(zip(older, newer, strict=False)):
        if a is not b:
            return place
    return min(len(older), len(newer))


def _node(bound: Bound, place: int) -> Node:
    node = Node("", bound.layer, (place - 1,) if place else (), (), bound.tree.span)
    node.trainable = bound.trainable
    if bound.tree.size and not bound.layer.declares_size:
        node.size = bound.tree.size
    return node
