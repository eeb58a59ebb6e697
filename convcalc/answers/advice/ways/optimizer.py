"""An optimizer that keeps less for each parameter."""

from collections.abc import Iterator

from convcalc.answers.advice.change import Change, of_setup
from convcalc.facts.setup import OPTIMIZER_STATE, TRAIN, Setup
from convcalc.walk.propagation import Propagation

USUAL = ("momentum", "sgd")  # with one value for each parameter, and with none


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """Momentum and plain SGD, where they keep less than the optimizer in use."""
    if setup.mode != TRAIN:
        return
    for name in USUAL:
        if OPTIMIZER_STATE[name] < OPTIMIZER_STATE[setup.optimizer]:
            text = f"{name} in place of {setup.optimizer}"
            yield of_setup("optimizer", text, f"--optimizer {name}", optimizer=name)
