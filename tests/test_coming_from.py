"""The figures of docs/coming-from.md: those measured elsewhere differ from ours as it says.

Measured with torchinfo 1.8.0 (torch 2.13, torchvision 0.28) and Keras 3.15.1 at 224x224x3.
"""

import re

import pytest
from support import ROOT

from convcalc.answers.report import Report
from convcalc.facts.setup import Setup
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

PAGE = (ROOT / "docs/coming-from.md").read_text("utf-8")
TORCHINFO_MULT_ADDS = {"vgg16": 15_483_821_032, "resnet50": 4_089_238_376}
TORCHINFO_PASS_BYTES = {"vgg16": 108_453_696, "resnet50": 177_831_744}
KERAS_PARAMETERS = {"vgg16": 138_357_544, "resnet50": 25_636_712}
KERAS_OUTPUTS = {"vgg16": 15_262_696, "resnet50": 37_120_212}
BOTH = pytest.mark.parametrize("name", ["vgg16", "resnet50"])


def rows(name):
    return Report(propagate(load(name)), Setup()).rows


def cells(first):
    (line,) = re.findall(rf"^\| {re.escape(first)}[^|]*\|(.*)\|$", PAGE, re.MULTILINE)
    return [int(cell.replace(",", "")) for cell in line.split("|") if cell.strip()]


@BOTH
def test_torchinfo_counts_biases_and_the_parameters_of_batch_norms(name):
    extra = 0
    for row in rows(name):
        if row.type == "BN":
            extra += row.parameters
        elif row.biases:
            extra += row.output.elements
    macs = sum(row.macs for row in rows(name))
    assert macs + extra == TORCHINFO_MULT_ADDS[name]


@BOTH
def test_torchinfos_pass_is_twice_the_outputs_of_layers_with_parameters(name):
    outputs = sum(row.output.elements for row in rows(name) if row.parameters)
    assert 2 * 4 * outputs == TORCHINFO_PASS_BYTES[name]


@BOTH
def test_keras_counts_averages_and_biases_in_front_of_batch_norms(name):
    found = rows(name)
    averages = sum(row.buffers - 1 for row in found if row.type == "BN")  # not the counter
    biases = sum(row.output.channels for row in found if row.type == "CONV" and not row.biases)
    parameters = sum(row.parameters for row in found)
    assert parameters + averages + biases == KERAS_PARAMETERS[name]


def test_keras_lists_the_flattening():
    found = rows("vgg16")
    flat = next(row.output.elements for row in found if row.name == "pool5")
    assert sum(row.activations for row in found) + flat == KERAS_OUTPUTS["vgg16"]


def test_netscope_counts_weights_and_products():
    found = rows("vgg16")
    assert cells('netscope, "param"') == [sum(row.weights for row in found)]
    assert cells('netscope, "macc"') == [sum(row.macs for row in found)]


@pytest.mark.parametrize(
    ("first", "figures"),
    [
        ("parameters, convcalc", "parameters"),
        ("multiply-adds, convcalc", "macs"),
        ("values in volumes, convcalc", "activations"),
        ('torchinfo, "Total params"', "parameters"),
        ('torchinfo, "Total mult-adds"', TORCHINFO_MULT_ADDS),
        ('torchinfo, "Forward/backward pass size"', TORCHINFO_PASS_BYTES),
        ('Keras, "Total params"', KERAS_PARAMETERS),
        ("Keras, outputs of all layers", KERAS_OUTPUTS),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_page_has_these_figures(first, figures):
    for name, cell in zip(("vgg16", "resnet50"), cells(first), strict=True):
        if isinstance(figures, str):
            assert cell == sum(getattr(row, figures) for row in rows(name))
        else:
            assert cell == figures[name] // (4 if figures is TORCHINFO_PASS_BYTES else 1)
