"""The ways to save memory, one file each, found in this folder.

Each has a function `changes(walked, setup, rounding)` that yields what could be changed;
whether it helps, and by how much, the model tells.
"""

import os
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType

from convcalc.answers.advice.change import Change
from convcalc.facts.modules import public_modules
from convcalc.facts.setup import Setup
from convcalc.walk.propagation import Propagation


@cache
def _way_modules() -> tuple[ModuleType, ...]:
    names = public_modules(os.path.dirname(__file__))
    return tuple(import_module(f"convcalc.answers.advice.ways.{name}") for name in names)


def all_changes(walked: Propagation, setup: Setup, rounding: str = "") -> Iterator[Change]:
    """Every change that a network and a setup allow, way by way."""
    for way in _way_modules():
        yield from way.changes(walked, setup, rounding)
