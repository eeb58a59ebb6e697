"""The specs that come with the package."""

import os
from functools import cache
from typing import NamedTuple

INDEX = "index.csv"  # of the networks, their families and totals; docs/refresh.py writes it


class IndexRow(NamedTuple):
    """A shipped network as the index has it: totals of one image in elements."""

    name: str
    family: str
    title: str
    reference: str
    input: str
    activations: int
    parameters: int
    macs: int


@cache
def specs_folder() -> str:
    """Where they are: in the package, or beside it in a checkout installed as editable."""
    package = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    inside = os.path.join(package, "specs")
    return inside if os.path.isdir(inside) else os.path.join(os.path.dirname(package), "specs")


def spec_names() -> list[str]:
    """Names of the shipped specs, `vgg16` and so on."""
    if not os.path.isdir(specs_folder()):
        return []
    return sorted(
        name[:-5]
        for name in os.listdir(specs_folder())
        if name.endswith(".yaml") and not name.startswith("_")
    )


def spec_path(name: str) -> str | None:
    """The file of a shipped spec, or None."""
    if not name or name.startswith("_") or os.path.basename(name) != name:
        return None
    candidate = os.path.join(specs_folder(), f"{name}.yaml")
    return candidate if os.path.isfile(candidate) else None


def name_at_prompt(source: str) -> str:
    """What a source is called where one types it: a shipped spec by its name."""
    folder, file = os.path.split(source)
    name = file.removesuffix(".yaml")
    return name if folder == specs_folder() and spec_path(name) == source else source


def spec_index() -> list[IndexRow]:
    """Every shipped network, family by family; none where no index is beside the specs."""
    import csv

    path = os.path.join(specs_folder(), INDEX)
    if not os.path.isfile(path):
        return []
    with open(path, encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return [
        IndexRow(name, family, title, reference, size, int(values), int(parameters), int(macs))
        for name, family, title, reference, size, values, parameters, macs in rows
    ]
