"""JSON by its contract, CSV and Markdown so that other programs can read them."""

import csv
import io
import json
import re

import pytest

from convcalc.answers.figures import shown_of_layers
from convcalc.network import shipped
from convcalc.render.formats import FORMATS
from convcalc.render.inert import JSON_STYLES, MARKUP_STYLES, TEXT_STYLES

NETWORK = {"name": str, "source": str, "assumed": list, "setup": dict, "layers": list,
           "totals": dict, "memory": dict, "findings": list}  # fmt: skip
SETUP = {"batch_size": int, "dtype": str, "mode": str, "optimizer": str}
LAYER = {"name": str, "type": str, "inputs": list, "hyperparameters": dict, "output": dict,
         "activations": int, "weights": int, "biases": int, "parameters": int, "buffers": int,
         "macs": int, "activation_bytes": int, "parameter_bytes": int, "held_for_backward": int,
         "receptive_field": dict, "jump": dict}  # fmt: skip
TEXTBOOK = ["activations", "activation_gradients", "parameters", "parameter_gradients",
            "optimizer_state", "total"]  # fmt: skip
PYTORCH = {"peak_live": int, "peak_allocated": int, "peak_reserved": int, "workspace": int,
           "context": int, "expected": int, "safe": int, "held_for_backward": int,
           "peak_phase": str, "peak_layer": str, "at_peak": dict}  # fmt: skip
FINDING = ["code", "severity", "layer", "line", "column", "message", "hint"]


def has(found: dict, expected: dict) -> None:
    """Every field of the contract, of its type; more may be there."""
    for key, kind in expected.items():
        assert type(found[key]) is kind, key


@pytest.mark.parametrize("name", ["vgg16", "resnet18", "googlenet_aux", "lenet5", "zfnet"])
def test_json_has_every_field_of_the_contract(run, name):
    out = json.loads(run("analyze", name, "--format", "json").out)
    assert out["schema_version"] == 1
    (network,) = out["networks"]
    has(network, NETWORK)
    has(network["setup"], SETUP)
    for layer in network["layers"]:
        has(layer, LAYER)
        assert list(layer["output"]) == ["width", "height", "channels", "shape"]
        assert layer["type"] == layer["type"].upper()
    assert network["layers"][0]["type"] == "INPUT"
    assert list(network["memory"]["textbook"]) == TEXTBOOK
    has(network["memory"]["pytorch"], PYTORCH)
    for finding in network["findings"]:
        assert list(finding) == FINDING


def test_the_contracts_own_example(run):
    network = run("analyze", "vgg16", "-b", "32", "--format", "json").network
    conv = network["layers"][1]
    assert network["name"] == "VGG-16"
    assert network["setup"] | {} == network["setup"]
    expected = {
        "name": "conv1_1", "type": "CONV", "inputs": ["input"],
        "output": {"width": 224, "height": 224, "channels": 64, "shape": [64, 224, 224]},
        "activations": 3211264,
        "weights": 1728, "biases": 64, "parameters": 1792, "buffers": 0, "macs": 86704128,
        "activation_bytes": 411041792, "parameter_bytes": 7168,
        "receptive_field": {"width": 3, "height": 3}, "jump": {"width": 1, "height": 1},
    }  # fmt: skip
    assert {key: conv[key] for key in expected} == expected
    assert conv["hyperparameters"]["kernel_size"] == [3, 3]


@pytest.mark.parametrize(
    ("model", "keys"),
    [("both", ["textbook", "pytorch"]), ("textbook", ["textbook"]), ("pytorch", ["pytorch"])],
)
def test_json_has_the_models_that_are_asked_for(run, model, keys):
    network = run("analyze", "lenet5", "--memory", model, "--format", "json").network
    assert list(network["memory"]) == keys


def test_setup_options_stand_in_the_json(run):
    setup = ("-b", "7", "--dtype", "float64", "--mode", "infer", "--optimizer", "adam")
    made = run("analyze", "lenet5", *setup, "--format", "json").network["setup"]
    assert {key: made[key] for key in SETUP} == {
        "batch_size": 7, "dtype": "float64", "mode": "infer", "optimizer": "adam",
    }  # fmt: skip


def test_a_fraction_in_a_jump_is_a_number(run):
    spec = "input: 8x8x1\nlayers: [upsample: {scale: 3}, conv: {filters: 1, size: 3, pad: 1}]"
    layers = run("analyze", "-", "--format", "json", stdin=spec).network["layers"]
    assert layers[1]["jump"]["width"] == pytest.approx(1 / 3)


def test_bytes_and_counts_are_integers(run):
    def numbers(value):
        if isinstance(value, dict):
            return [n for v in value.values() for n in numbers(v)]
        return [value]

    network = run("analyze", "resnet18", "-b", "3", "--format", "json").network
    assert {type(n) for n in numbers(network["totals"])} == {int}
    assert {type(n) for n in numbers(network["memory"]["textbook"])} == {int}


@pytest.mark.parametrize("name", ["vgg16", "resnet18"])
def test_csv_is_a_line_a_layer_with_plain_numbers(run, name):
    expected = run("analyze", name, "--format", "json").network["layers"]
    rows = list(csv.DictReader(io.StringIO(run("analyze", name, "--format", "csv").out)))
    assert list(rows[0]) == list(shown_of_layers())
    for row, layer in zip(rows, expected, strict=True):
        assert row["name"] == layer["name"]
        for key in ("activations", "weights", "parameters", "macs"):
            assert int(row[key]) == layer[key]
        assert int(row["memory"]) == layer["activation_bytes"]


def test_csv_quotes_what_has_commas(run):
    spec = 'layers: [conv: {name: "a, \\"b\\"", filters: 1, size: 3}]'
    rows = list(csv.DictReader(io.StringIO(run("analyze", "--format", "csv", stdin=spec).out)))
    assert rows[1]["name"] == 'a, "b"'


def test_csv_of_several_networks_names_each(run):
    out = run("analyze", "lenet5", "vgg11", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(dict.fromkeys(row["network"] for row in rows)) == ["LeNet-5", "VGG-11"]


def cells(line: str) -> list[str]:
    return [cell.strip().replace("\\", "") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


@pytest.mark.parametrize("name", shipped.spec_names()[:12])
def test_markdown_is_a_table_whose_rows_add_up(run, name):
    columns = "name,weights,activations,macs"
    options = ("--format", "markdown", "--columns", columns, "--memory", "textbook")
    lines = run("analyze", name, *options).out.split("\n")
    table = [cells(line) for line in lines if line.startswith("|")]
    assert {len(row) for row in table} == {4}
    header, rule, *rows, total = table
    assert header == ["Layer", "Weights", "Activations", "MACs"]
    assert rule == [":--", "--:", "--:", "--:"]
    assert total[0] == "**Total**"
    for column in (1, 2, 3):
        numbers = [int(row[column].replace(",", "")) for row in rows]
        assert f"**{sum(numbers):,}**" == total[column]


def test_markdown_escapes_what_it_would_take_for_marks(run):
    spec = 'name: "*a* | <b> `c` _d_ [e](f)"\nlayers: [conv: {name: "x|y", filters: 1, size: 3}]'
    out = run("analyze", "-", "--format", "markdown", stdin=spec).out
    assert out.startswith(r"## \*a\* \| \<b\> \`c\` \_d\_ \[e\](f)")
    assert r"| x\|y |" in out


def test_fences_cannot_be_closed_by_a_name(run):
    spec = 'layers: [pool: {name: "```", size: 3}]'
    out = run("analyze", "-", "--format", "markdown", stdin=spec).out
    assert out.count("```") % 2 == 0
    assert not re.search(r"^error.*```", out, re.MULTILINE)


@pytest.mark.parametrize("style", ["csv", "json", "markdown", "table"])
def test_every_format_ends_with_one_line_end(run, style):
    out = run("analyze", "lenet5", "--format", style).out
    assert out.endswith("\n")
    assert not out.endswith("\n\n")


@pytest.mark.parametrize("style", ["table", "csv", "markdown", "json"])
def test_no_colours_and_no_trailing_spaces_when_piped(run, style):
    out = run("analyze", "vgg16", "--format", style).out
    assert "\x1b" not in out
    assert not [line for line in out.split("\n") if line.endswith(" ")]


def test_each_format_is_of_one_kind_of_text():
    """What stands for a colon or a number sign differs between them: see inert.py."""
    kinds = [*JSON_STYLES, *MARKUP_STYLES, *TEXT_STYLES]
    assert sorted(kinds) == sorted({style for styles in FORMATS.values() for style in styles})
