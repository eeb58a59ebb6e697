"""What the tests of sweeps share."""

from convcalc.answers.families.evaluate import Evaluator
from convcalc.answers.families.family import Family
from convcalc.answers.families.figures import Conditions
from convcalc.answers.families.members import distinct_members, refuse_wrong_values
from convcalc.answers.figures import NetworkRow
from convcalc.facts.setup import Setup
from convcalc.network.graph import Settings
from convcalc.network.loading import source_documents
from convcalc.text.source import Source

NOTES = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"
NOTES_NAMES = {"N": (0, 1, 2, 3), "M": (1, 2, 3, 4, 5), "K": (0, 1, 2)}


def family(pattern: str, **names: tuple[int, ...]) -> Family:
    """The family of a pattern."""
    (document,) = source_documents(Source(pattern))
    return Family(document, names)


def rows(pattern: str, settings=None, conditions=None, rounding="", **names) -> list[NetworkRow]:
    """Every row of a sweep, in one process."""
    of, settings = family(pattern, **names), settings or Settings()
    evaluator = Evaluator(of, settings, conditions or Conditions(Setup()), rounding)
    return [evaluator.member_row(member) for member in distinct_members(of, settings)]


def patterns(pattern: str, **names: tuple[int, ...]) -> list[str]:
    """Every distinct member as a pattern."""
    refuse_wrong_values(family(pattern, **names), Settings())
    return [row.head["pattern"] for row in rows(pattern, **names)]
