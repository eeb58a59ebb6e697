"""What a change of a network costs: layer by layer, and in total."""

from collections.abc import Hashable
from typing import Any, NamedTuple

from convcalc.answers.alignment import Pair, align_lines, slide_runs
from convcalc.answers.families.figures import Conditions, Figures
from convcalc.answers.figures import DIFF, Figure, told_by
from convcalc.facts.setup import Setup
from convcalc.facts.shape import Shape
from convcalc.memory.verdict import SAFE, FitRule
from convcalc.text.errors import Finding
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Walked

ADDED, REMOVED, CHANGED, RESIZED, SAME = "added", "removed", "changed", "resized", "same"


class LayerSide(NamedTuple):
    """One layer of one of the two networks; `figures` by their keys, those that add up."""

    name: str
    type: str
    options: dict[str, Any]  # every hyperparameter, under PyTorch's name
    output: Shape
    figures: dict[str, Any]


class Line(NamedTuple):
    """A layer in the old network, in the new one, or in both."""

    status: str
    old: LayerSide | None
    new: LayerSide | None

    @property
    def side(self) -> LayerSide:
        """The new layer, or the old one where it is no more."""
        side = self.new or self.old
        assert side is not None
        return side

    def delta(self, key: str) -> Any:
        """How much more there is of a figure than before."""
        new, old = (side.figures[key] if side else 0 for side in (self.new, self.old))
        return new - old

    def changed_options(self) -> dict[str, tuple[Any, Any]]:
        """The options that differ, before and after; None where a side has none."""
        if self.old is None or self.new is None:
            return {}
        old, new = self.old.options, self.new.options
        return {
            name: (old.get(name), new.get(name))
            for name in [*old, *(name for name in new if name not in old)]
            if old.get(name) != new.get(name)
        }


class Total(NamedTuple):
    """Something of the whole network before and after."""

    old: int
    new: int

    @property
    def delta(self) -> int:
        """How much more than before."""
        return self.new - self.old

    @property
    def percent(self) -> float | None:
        """The same in percent of what was; None where that was nothing."""
        return 100 * self.delta / self.old if self.old else None


class Difference(NamedTuple):
    """Everything between two versions of a network. `lines` leave out what stays the same."""

    old: Figures
    new: Figures
    setup: Setup
    rule: FitRule
    lines: list[Line]
    totals: dict[str, Total]
    failed: tuple[str, ...] = ()  # sentences on the conditions that hold

    @property
    def findings(self) -> list[Finding]:
        """What is wrong with the shapes of either."""
        return [*self.old.walked.findings, *self.new.walked.findings]

    @property
    def broken(self) -> bool:
        """Whether a window of either does not fit."""
        return self.old.walked.broken or self.new.walked.broken


def compare_networks(
    old: Propagation, new: Propagation, setup: Setup, rule: FitRule | None = None
) -> Difference:
    """The difference between two networks that are run alike."""
    rule = rule or FitRule(estimate=SAFE)
    versions = [Figures(each, Conditions(setup, rule)) for each in (old, new)]
    lines = [line for line in _lines_between(versions[0], versions[1]) if line.status != SAME]
    totals = {figure.key: Total(*map(figure.of_network, versions)) for figure in compared_figures()}
    return Difference(versions[0], versions[1], setup, rule, lines, totals)


def compared_figures() -> list[Figure]:
    """What a difference tells of both networks."""
    return told_by(DIFF)


def counted_figures() -> list[Figure]:
    """What it tells of each layer besides."""
    return [figure for figure in told_by(DIFF) if figure.layer is not None and figure.sums]


def _side_of(version: Figures, index: int) -> LayerSide:
    node, row = version.walked.nodes[index], version.rows[index]
    figures = {figure.key: figure.of_layer(row) for figure in counted_figures()}
    return LayerSide(row.name, row.type, _options_of(node), row.output, figures)


def _options_of(node: Walked) -> dict[str, Any]:
    """Hyperparameters, and what is said about a layer of any type."""
    options = node.node.layer.hyperparameters()
    windows = node.facts.windows
    if windows is not None and isinstance(options.get("padding"), str):  # same
        options["padding"] = tuple(window.padding for window in windows)
    if not node.trainable:
        options["trainable"] = False
    if node.shares is not None:
        options["share"] = True
    if node.node.checkpoint is not None:
        options["checkpoint"] = True
    return options


def _lines_between(old: Figures, new: Figures) -> list[Line]:
    pairs = _align_layers(old.walked, new.walked)
    counterpart = {b: a for a, b in pairs if a is not None and b is not None}
    return [_line_of(pair, old, new, counterpart) for pair in pairs]


def _line_keys(walked: Propagation) -> list[Hashable]:
    """What makes two layers the same line: type and options, but not name or sizes."""
    return [
        (
            node.node.layer.type_name,
            *sorted((name, str(v)) for name, v in _options_of(node).items()),
        )
        for node in walked.nodes
    ]


def _align_layers(old: Propagation, new: Propagation) -> list[Pair]:
    """Pairs by options, or by type and name where that leaves no more to tell."""
    keys = _line_keys(old), _line_keys(new)
    names = _names_of(old), _names_of(new)
    by_options = slide_runs(align_lines(*keys), keys, names)
    candidates = [_join_changed(pairs, old, new) for pairs in (align_lines(*names), by_options)]

    def differing(pairs: list[Pair]) -> int:
        return sum(a is None or b is None or keys[0][a] != keys[1][b] for a, b in pairs)

    return min(candidates, key=differing)


def _names_of(walked: Propagation) -> list[Hashable]:
    return [(node.node.layer.type_name, node.name) for node in walked.nodes]


def _join_changed(pairs: list[Pair], old: Propagation, new: Propagation) -> list[Pair]:
    """A removed and an added layer of one type at the same place are one that changed."""
    found: list[Pair] = []
    removed: list[int] = []
    added: list[int] = []
    for a, b in [*pairs, (len(old.nodes), len(new.nodes))]:
        if a is not None and b is not None:
            found += _pair_changed(removed, added, old, new)
            found.append((a, b))
            removed, added = [], []
        elif a is not None:
            removed.append(a)
        elif b is not None:
            added.append(b)
    return found[:-1]


def _pair_changed(
    removed: list[int], added: list[int], old: Propagation, new: Propagation
) -> list[Pair]:
    types = [[walked.nodes[k].node.layer.type_name for k in indices]
             for walked, indices in ((old, removed), (new, added))]  # fmt: skip
    return [
        (None if a is None else removed[a], None if b is None else added[b])
        for a, b in align_lines(types[0], types[1])
    ]


def _line_of(pair: Pair, old: Figures, new: Figures, counterpart: dict[int, int]) -> Line:
    a, b = pair
    if a is None or b is None:
        side = _side_of(old, a) if a is not None else _side_of(new, b or 0)
        return Line(ADDED, None, side) if a is None else Line(REMOVED, side, None)
    before, after = _side_of(old, a), _side_of(new, b)
    if (before.type, before.options) != (after.type, after.options):
        return Line(CHANGED, before, after)
    if _matched_sources(old.walked, a, set(counterpart.values())) != [
        counterpart[k] for k in _matched_sources(new.walked, b, set(counterpart))
    ]:
        return Line(CHANGED, before, after)
    return Line(SAME if before[3:] == after[3:] else RESIZED, before, after)


def _matched_sources(walked: Propagation, index: int, matched: set[int]) -> list[int]:
    """The layers that have a counterpart from which a layer's inputs come."""
    found = []
    for source in walked.nodes[index].inputs:
        while source not in matched and walked.nodes[source].inputs:
            source = walked.nodes[source].inputs[0]
        if source in matched:
            found.append(source)
    return found
