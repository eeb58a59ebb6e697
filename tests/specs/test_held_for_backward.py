"""Bytes held for the backward pass, from the specs: those that torch saves on a CPU."""

import json
from pathlib import Path

import pytest

from convcalc.memory.simulate import CPU, SimulationSetup, simulate
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

FIXTURES = Path(__file__).parents[1] / "fixtures"
FACTS = json.loads((FIXTURES / "torchvision_facts.json").read_text())
NOT_THE_NOTES = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19")  # they pool adaptively
WITH_HEADS = ("googlenet", "inception_v3")  # as torchvision trains them


def spec_of(model: str) -> str:
    if model in NOT_THE_NOTES:
        return f"{model}_torchvision"
    return f"{model}_aux" if model in WITH_HEADS else model


@pytest.mark.parametrize("row", FACTS, ids=lambda row: row["model"])
def test_held_for_backward(row):
    result = simulate(
        propagate(load(spec_of(row["model"]))), SimulationSetup(row["batch"], variant=CPU)
    )
    assert result.held_for_backward == row["saved_for_backward"]
