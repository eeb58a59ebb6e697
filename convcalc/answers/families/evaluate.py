"""Members of a family worked out, each from where it begins to differ from the one before."""

from collections.abc import Iterator

from convcalc.answers.families.bound import Bound, Places, node_behind, number_names, pattern_of
from convcalc.answers.families.family import Family
from convcalc.answers.families.figures import Conditions, Figures
from convcalc.answers.families.members import Binder, Member, written_pattern
from convcalc.answers.families.where import Condition
from convcalc.answers.figures import SWEEP, NetworkRow, row_of, told_by
from convcalc.facts.window import EXACT
from convcalc.network.graph import Network, Settings
from convcalc.network.loading import networks
from convcalc.text.errors import ERROR, Finding, SpecError
from convcalc.text.source import Source
from convcalc.walk.propagation import Propagation, TooLarge, Walk, propagate


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
        self._start_walk()

    def _start_walk(self) -> None:
        self._generation = self.binder.generation
        self._walk = Walk(Network([], ()), self.rounding or EXACT)
        self._bound: list[Bound] = []
        self._wrong: list[int] = []  # layers with findings

    def member_row(self, member: Member) -> NetworkRow | None:
        """The member's row, or None where the condition leaves it out.

        What only this member shows is wrong, a name that is given twice or a tensor that no
        framework could count the values of, is its row: one without figures.
        """
        try:
            return self._worked_row(member)
        except SpecError as error:
            self._start_walk()
            return None if self.where is not None else self._wrong_row(member, error)

    def _wrong_row(self, member: Member, error: SpecError) -> NetworkRow:
        values = dict.fromkeys((figure.key for figure in told_by(SWEEP)), None)
        head = {
            "bindings": self.family.member_bindings(member.values, member.decisions),
            "pattern": written_pattern(self.family, member),
        }
        finding = Finding("spec", ERROR, "", error.message, error.hint)
        return NetworkRow(head, {**values, "fits": False, "why_not": error.message}, (finding,))

    def _worked_row(self, member: Member) -> NetworkRow | None:
        bound = number_names(self.binder.bind_member(member.values, member.leaves))
        figures = Figures(self._walk_member(bound), self.conditions)
        bindings = self.family.member_bindings(member.values, member.decisions)
        if self.where is not None and not self.where.holds(figures, bindings):
            return None
        return row_of(SWEEP, {"bindings": bindings, "pattern": pattern_of(bound)}, figures)

    def _walk_member(self, bound: list[Bound]) -> Propagation:
        if self.binder.generation != self._generation:
            self._start_walk()
        shared = _common_length(self._bound, bound)
        self._bound = bound
        del self._walk.walked[shared:]
        self._wrong = [place for place in self._wrong if place < shared]
        for place in range(shared, len(bound)):
            self._visit_layer(bound, place)
        findings = list(self._named_findings(bound)) if self._wrong else []
        return Propagation(Network([], (len(bound) - 1,)), self._walk.walked, findings)

    def _visit_layer(self, bound: list[Bound], place: int) -> None:
        walk = self._walk
        try:
            walk.visit_node(node_behind(bound[place], place))
        except TooLarge:  # tells which layer it is
            walk.visit_node(Places(bound).node_at(place))
        if walk.findings:
            self._wrong.append(place)
            walk.findings.clear()

    def _named_findings(self, bound: list[Bound]) -> Iterator[Finding]:
        """Everything that is wrong, by the names and places that layers have in the pattern."""
        from convcalc.walk.findings import findings_of  # only where something is wrong

        places, walked = Places(bound), self._walk.walked
        for place in self._wrong:
            before = [walked[place - 1]._replace(node=places.node_at(place - 1))] if place else []
            yield from findings_of(places.node_at(place), walked[place].facts, before)


def with_largest(
    row: NetworkRow, settings: Settings, conditions: Conditions, rounding: str
) -> NetworkRow:
    """The row with the largest batch, from its pattern."""
    (network,) = networks(Source(row.head["pattern"]), settings, is_yaml=False)
    most = Figures(propagate(network, rounding), conditions).max_batch
    return row._replace(values={**row.values, "max_batch": most})


def _common_length(older: list[Bound], newer: list[Bound]) -> int:
    """How many layers two members have in common at their beginning."""
    for place, (a, b) in enumerate(zip(older, newer, strict=False)):
        if a is not b:
            return place
    return min(len(older), len(newer))
