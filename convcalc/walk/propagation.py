"""The walk over a network that computes shapes: facts and findings for every node."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from convcalc.facts.layer_facts import LayerFacts
from convcalc.facts.shape import Shape, Vector, align_rows
from convcalc.facts.window import EXACT
from convcalc.network.graph import Network, Node
from convcalc.network.shared_parameters import borrowed_facts
from convcalc.text.errors import ERROR, Finding, SpecError
from convcalc.text.source import printable
from convcalc.text.syntax.tree import TRACED
from convcalc.walk.receptive_field import Field, Walked, union_of

LARGEST = 2**63 - 1  # values of one tensor: PyTorch counts them in 64 bits with a sign
TOO_LARGE = "too-large"


class Propagation(NamedTuple):
    """A network with the facts of every node, and all that is wrong with its shapes."""

    network: Network
    nodes: list[Walked]
    findings: list[Finding]

    @property
    def outputs(self) -> tuple[int, ...]:
        """Indices of the nodes whose values leave the network."""
        return self.network.outputs

    @property
    def traced(self) -> bool:
        """Whether a value is freed after its last use, and no block's frame holds its inputs."""
        return self.network.lifetimes == TRACED

    @property
    def held(self) -> tuple[tuple[int, int], ...]:
        """Indices of nodes whose values variables hold, and of those until which they do."""
        return self.network.held

    @property
    def broken(self) -> bool:
        """Whether a finding is an error."""
        return any(finding.severity == ERROR for finding in self.findings)


class Misfit(Exception):
    """Raised by `fits` at the first error: nothing after it matters."""


class TooLarge(SpecError):
    """A tensor that no framework could count the values of."""


def propagate(network: Network, rounding: str = "") -> Propagation:
    """Walk the network; `rounding` is for layers and networks that do not say.

    Raises:
        TooLarge: a volume or a parameter has more than 2^63 - 1 values.
    """
    return Walk(network, rounding or EXACT).walk_all()


def errors_of(network: Network, rounding: str = "") -> set[tuple[str, str]]:
    """Layers with errors and the codes of these."""
    walk = Walk(network, rounding or EXACT)
    walk.quiet = True
    try:
        found = walk.walk_all().findings
    except TooLarge:
        return {("", TOO_LARGE)}
    return {(finding.layer, finding.code) for finding in found}


def every_layer_fits(network: Network, rounding: str = "") -> bool:
    """Whether no layer has an error; stops at the first."""
    walk = Walk(network, rounding or EXACT)
    walk.quiet = walk.stop = True
    try:
        walk.walk_all()
    except (Misfit, TooLarge):
        return False
    return True


class Walk:
    """A walk in progress; networks that begin alike can share its beginning."""

    def __init__(self, network: Network, rounding: str) -> None:
        self.network = network
        self.rounding = network.rounding or rounding
        self.walked: list[Walked] = []
        self.findings: list[Finding] = []
        self.cache: dict[tuple[object, ...], tuple[LayerFacts, bool]] = {}
        self.quiet = False  # no notes
        self.stop = False  # at the first error

    def walk_all(self) -> Propagation:
        """Walk the whole network."""
        for node in self.network.nodes:
            self.visit_node(node)
        return Propagation(self.network, self.walked, self.findings)

    def visit_node(self, node: Node) -> None:
        """Go on to the next node, whose inputs have been visited."""
        before = [self.walked[index] for index in node.inputs]
        facts, clean = self._facts_of(node, _shapes_behind(before))
        if node.shares is not None:
            facts = borrowed_facts(facts, self.walked[node.shares].facts)
            clean = clean and not facts.problems
        if node.layer.takes_positions:
            sources = tuple([(each.node.layer, self._shapes_of(each.node)) for each in before])
            found = node.layer.problems_behind(sources, facts.output)
            if found:
                facts, clean = facts._replace(problems=found, operators=()), False
        self.walked.append(Walked(node, facts, _fields_behind(node, facts, before)))
        if not clean or node.size is not None:
            self._add_findings(node, facts, before)

    def _shapes_of(self, node: Node) -> tuple[Shape, ...]:
        """Of what a layer takes."""
        return _shapes_behind([self.walked[index] for index in node.inputs])

    def _facts_of(self, node: Node, shapes: tuple[Shape, ...]) -> tuple[LayerFacts, bool]:
        """The layer's facts, and whether there is nothing to find in them."""
        key = (id(node.layer), shapes, *map(type, shapes))
        found = self.cache.get(key)
        if found is None:
            facts = node.layer.facts_for(shapes, self.rounding)
            _refuse_too_large(node, facts)
            found = self.cache[key] = facts, self._has_no_findings(facts, shapes)
        return found

    def _has_no_findings(self, facts: LayerFacts, shapes: tuple[Shape, ...]) -> bool:
        if facts.problems:
            return False
        if facts.windows is None or not facts.fitted or not shapes:
            return True
        row = not self.quiet and isinstance(shapes[0], Vector)
        if row and any(window.extent > 1 for window in facts.windows):
            return False
        rounded = self.quiet and facts.rounding != EXACT
        return all(
            window.output(size, facts.rounding) > 0 if rounded else window.fits(size)
            for window, size in zip(facts.windows, shapes[0], strict=False)
        )

    def _add_findings(self, node: Node, facts: LayerFacts, before: list[Walked]) -> None:
        from convcalc.walk.findings import findings_of  # only where something may be wrong

        if not all(walked.facts.output.positions for walked in before):
            return  # behind an empty volume nothing new is wrong
        for finding in findings_of(node, facts, before):
            if self.quiet and finding.severity != ERROR:
                continue
            if self.stop:
                raise Misfit
            self.findings.append(finding)


def _shapes_behind(before: list[Walked]) -> tuple[Shape, ...]:
    shapes = tuple([each.facts.output for each in before])
    return align_rows(shapes) if len(shapes) > 1 else shapes


def _fields_behind(node: Node, facts: LayerFacts, before: list[Walked]) -> tuple[Field, ...]:
    if not before:
        return (Field(),) * len(facts.output.sides)
    fields, sides = before[0].fields, facts.output.sides
    if len(before) > 1 or len(fields) != len(sides):
        alike = [each.fields for each in before[: node.layer.valued]
                 if len(each.fields) == len(sides)]  # fmt: skip
        several = tuple(zip(*alike or [fields[:1] * len(sides)], strict=True))
        fields = _along_axes(union_of, several, sides)
    readings = facts.readings or facts.windows
    if not readings:
        return fields
    return _along_axes(Field.through, fields, readings, sides)


def _along_axes(work: Callable[..., Field], *operands: Sequence[Any]) -> tuple[Field, ...]:
    """What comes of operands along each axis: worked out once where all are the same."""
    axes = list(zip(*operands, strict=False))
    if axes.count(axes[0]) == len(axes):
        return (work(*axes[0]),) * len(axes)
    return tuple([work(*axis) for axis in axes])


def _refuse_too_large(node: Node, facts: LayerFacts) -> None:
    counts = [facts.output.elements, *[parameter.elements for parameter in facts.parameters]]
    if max(counts) <= LARGEST:
        return
    what = "the output" if counts[0] > LARGEST else "a parameter"
    raise TooLarge(
        f"{what} of `{printable(node.name)}` has more than {LARGEST:,} values", node.span
    )
