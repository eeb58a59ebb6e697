"""Automatic mixed precision: activations in 16 bits, parameters in 32."""

from collections.abc import Iterator

from convcalc.advice.change import Change, of_setup
from convcalc.propagate import Propagation
from convcalc.setup import Setup


def changes(walked: Propagation, setup: Setup, rounding: str) -> Iterator[Change]:
    """Autocast, where it is not on and parameters are float32."""
    if not setup.amp and setup.dtype == "float32":
        yield of_setup("amp", "automatic mixed precision (--amp)", amp=True)
