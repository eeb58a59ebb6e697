"""Shipped specs against torchvision: parameters, buffers and multiply-adds, exactly."""

import json
from pathlib import Path

import pytest
from walking import report

FACTS = json.loads((Path(__file__).parents[1] / "fixtures" / "torchvision_facts.json").read_text())
NOT_THE_NOTES = ("alexnet", "vgg11", "vgg13", "vgg16", "vgg19")
WITH_AUXILIARY_HEADS = ("googlenet", "inception_v3")


def spec_of(model: str) -> str:
    return f"{model}_torchvision" if model in NOT_THE_NOTES else model


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["model"])
def test_multiply_adds(facts):
    assert report(spec_of(facts["model"])).totals["macs"] == facts["macs"]


@pytest.mark.parametrize("facts", FACTS, ids=lambda facts: facts["model"])
def test_parameters_and_buffers(facts):
    spec = spec_of(facts["model"])
    if spec in WITH_AUXILIARY_HEADS:  # counted with them, while one forward pass is without
        spec += "_aux"
    totals = report(spec).totals
    assert (totals["parameters"], totals["buffers"]) == (facts["parameters"], facts["buffers"])


# Networks that are not in the fixture: torchvision's own figures, and the papers'.
@pytest.mark.parametrize(
    ("spec", "parameters"),
    [
        ("mobilenet_v3_large", 5_483_032),
        ("googlenet", 6_624_904),  # facts.md, 3.3
        ("lenet5", 61_706),
        ("alexnet", 62_378_344),
        ("all_cnn_c", 1_369_738),  # the paper: 1.4 million
        ("unet", 31_030_658),
        ("fcn8s_vgg16", 134_489_759),  # the paper: 134 million
    ],
)
def test_published_parameters(spec, parameters):
    assert report(spec).totals["parameters"] == parameters
