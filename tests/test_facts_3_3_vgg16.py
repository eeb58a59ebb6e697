"""CS231n's notes, 3.3: VGG-16 row by row, as the command prints it."""

import json

import pytest
from support import walk

from convcalc import analyze, load

LISTING = """
    INPUT 224x224x3   150528  0
    CONV  224x224x64  3211264 1728
    CONV  224x224x64  3211264 36864
    POOL  112x112x64  802816  0
    CONV  112x112x128 1605632 73728
    CONV  112x112x128 1605632 147456
    POOL  56x56x128   401408  0
    CONV  56x56x256   802816  294912
    CONV  56x56x256   802816  589824
    CONV  56x56x256   802816  589824
    POOL  28x28x256   200704  0
    CONV  28x28x512   401408  1179648
    CONV  28x28x512   401408  2359296
    CONV  28x28x512   401408  2359296
    POOL  14x14x512   100352  0
    CONV  14x14x512   100352  2359296
    CONV  14x14x512   100352  2359296
    CONV  14x14x512   100352  2359296
    POOL  7x7x512     25088   0
    FC    1x1x4096    4096    102760448
    FC    1x1x4096    4096    16777216
    FC    1x1x1000    1000    4096000
"""
AS_A_PATTERN = (
    "INPUT[224x224x3] -> [CONV3-64 -> RELU]*2 -> POOL2 -> [CONV3-128 -> RELU]*2 -> POOL2"
    " -> [CONV3-256 -> RELU]*3 -> POOL2 -> [[CONV3-512 -> RELU]*3 -> POOL2]*2"
    " -> [FC-4096 -> RELU]*2 -> FC-1000"
)


def expected():
    return [tuple(line.split()) for line in LISTING.split("\n") if line.strip()]


def listed(network: dict) -> list[tuple[str, ...]]:
    return [
        (
            row["type"],
            "{width}x{height}x{channels}".format(**row["output"]),
            str(row["activations"]),
            str(row["weights"]),
        )
        for row in network["layers"]
        if row["type"] != "RELU"
    ]


@pytest.mark.parametrize("source", ["vgg16", AS_A_PATTERN], ids=["the spec", "a pattern"])
def test_the_listing_row_by_row(run, source):
    assert listed(run("analyze", source, "--format", "json").network) == expected()


def test_the_true_totals(run):
    assert run("analyze", "vgg16", "--format", "json").network["totals"] == {
        "activations": 15_237_608,
        "weights": 138_344_128,
        "biases": 13_416,
        "parameters": 138_357_544,
        "buffers": 0,
        "macs": 15_470_264_320,
    }


def test_the_rows_are_58_mib_and_not_the_listings_93(run):
    (total,) = [line for line in run("analyze", "vgg16").out.split("\n") if "Total" in line]
    assert "15,237,608" in total
    assert "58.13 MiB" in total
    assert "138,344,128" in total


def test_most_memory_is_early_and_most_parameters_are_in_the_first_fc():
    made = analyze(load("vgg16"), memory="textbook")
    rows = [row for row in made.rows if row.type in ("INPUT", "CONV", "POOL", "FC")]
    assert sum(row.activations for row in rows[:6]) > made.totals["activations"] / 2
    fc1 = max(rows, key=lambda row: row.weights)
    assert (fc1.name, fc1.weights) == ("fc1", 102_760_448)
    assert fc1.weights > made.totals["weights"] / 2


def test_every_filter_fits():
    assert not walk(AS_A_PATTERN).findings


def test_the_json_lists_relu_with_no_activations_of_its_own(run):
    out = json.loads(run("analyze", "vgg16", "--format", "json").out)
    relus = [row for row in out["networks"][0]["layers"] if row["type"] == "RELU"]
    assert len(relus) == 15
    assert {row["activations"] for row in relus} == {0}
