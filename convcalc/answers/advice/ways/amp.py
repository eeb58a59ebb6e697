"""Automatic mixed precision: activations in 16 bits, parameters in 32."""

from collections.abc import Iterator

from convcalc.answers.advice.change import Change, of_setup
from convcalc.facts.setup import Setup
from convcalc.walk.propagation import Propagation


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """Autocast, where it is not on and parameters are float32."""
    if not setup.amp and setup.dtype == "float32":
        yield of_setup("amp", "automatic mixed precision", "--amp", amp=True)
