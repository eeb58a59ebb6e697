"""Networks side by side: what each counts, and what it takes to train and to run."""

from typing import NamedTuple

from convcalc.answers.families.figures import Conditions, Figures, Largest
from convcalc.answers.limits import Limits
from convcalc.facts.setup import INFER, TRAIN
from convcalc.memory.verdict import FitRule
from convcalc.text.errors import Finding
from convcalc.walk.propagation import Propagation
from convcalc.walk.receptive_field import Pixels


class NetworkSide(NamedTuple):
    """One of the networks. Bytes for the batch, counts for one image."""

    name: str
    source: str
    parameters: int
    macs: int
    activations: int
    depth: int
    receptive_field: tuple[Pixels, Pixels]
    train: int  # what a step of training takes, by the figure of the rule
    infer: int  # what a batch takes without gradients
    train_textbook: int
    infer_textbook: int
    max_batch: int | None  # in the mode that was asked for; None without a limit
    fits: bool
    why_not: str
    findings: tuple[Finding, ...]


def side(walked: Propagation, limits: Limits, rule: FitRule, largest: Largest) -> NetworkSide:
    """The figures of a network under its limits; `largest` finds the largest batch."""
    own = Conditions(limits.setup, rule, True, limits.memory, limits.source, largest)
    figures = Figures(walked, own)
    train, infer = (
        Figures(walked, own._replace(setup=limits.setup._replace(mode=mode)))
        for mode in (TRAIN, INFER)
    )
    return NetworkSide(
        walked.network.title,
        walked.network.source,
        figures.parameters,
        figures.macs,
        figures.activations,
        figures.depth,
        figures.receptive_field,
        train.figure,
        infer.figure,
        train.textbook or 0,
        infer.textbook or 0,
        figures.max_batch,
        figures.fits,
        figures.why_not,
        tuple(walked.findings),
    )
