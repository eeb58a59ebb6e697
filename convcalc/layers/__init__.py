"""The layer types, one file each, found by their keyword.

A type's module is imported when a network uses it. The folder is read as a whole only
for another spelling of a keyword (`MaxPool2d`), for hints and for documentation.
"""

import os
from functools import cache
from importlib import import_module
from typing import NamedTuple

from convcalc.facts.modules import public_modules
from convcalc.layers._base import Context, Layer

__all__ = ["Context", "Layer", "Spelling", "all_types", "find_spelling", "known_keywords",
           "other_spellings"]  # fmt: skip


class Spelling(NamedTuple):
    """A layer type, and the options that the way it was spelled presets."""

    type: type[Layer]
    preset: dict[str, object]


@cache
def known_keywords() -> frozenset[str]:
    """Every keyword that has a file, in lower case."""
    return frozenset(public_modules(os.path.dirname(__file__)))


@cache
def find_spelling(keyword: str) -> Spelling | None:
    """The layer type of a keyword in any case, or None."""
    name = keyword.lower()
    if name in known_keywords():
        return Spelling(_load_type(name), {})
    return other_spellings().get(name.replace("_", ""))


def _load_type(name: str) -> type[Layer]:
    module = import_module(f"convcalc.layers.{name}")
    layer: type[Layer] = module.LAYER
    return layer


def all_types() -> list[type[Layer]]:
    """Every layer type, by keyword."""
    return [_load_type(name) for name in sorted(known_keywords())]


@cache
def other_spellings() -> dict[str, Spelling]:
    """Other spellings of the keywords, in lower case without underscores."""
    found = {}
    for layer in all_types():
        found[layer.keyword.lower().replace("_", "")] = Spelling(layer, {})
        for spelling, preset in layer.spellings.items():
            found[spelling.lower().replace("_", "")] = Spelling(layer, preset)
    return found
