"""What `convcalc fit` prints, and its exit codes."""

import json
import re

import pytest

from convcalc.memory.cards import all_cards

SMALL = """\
name: small
input: 64x64x3
layers:
  - conv: {filters: 16, size: 3, pad: 1}
  - relu
  - pool: {mode: max, size: 2}
  - fc: {units: 512}
  - relu
  - fc: {units: 10}
"""
WRONG = "name: wrong\ninput: 10x10x1\nlayers: [conv: {filters: 8, size: 3, stride: 2}]\n"
OWN = SMALL.replace("small", "own") + "budget: {memory: 2GiB, optimizer: adam}\n"


@pytest.fixture
def fit(run, tmp_path, monkeypatch):
    """Run `convcalc fit ...` beside three specs."""
    monkeypatch.chdir(tmp_path)
    for name, text in {"small": SMALL, "wrong": WRONG, "own": OWN}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return lambda *arguments: run("fit", *arguments)


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        pytest.param("card", ["small.yaml", "--gpu", "gtx-1050-ti"], 0, id="a card"),
        pytest.param("budget", ["own.yaml"], 0, id="the spec's own budget"),
        pytest.param("cards", ["small.yaml", "--gpu", "gtx-1050-ti,T4, t4 ,h200"], 0,
                     id="several cards, each once"),
        pytest.param("target", ["small.yaml", "--gpu", "gtx-1050-ti", "--target-batch", "9000"],
                     1, id="a batch that does not fit"),
        pytest.param("input", ["small.yaml", "--gpu", "gtx-1050-ti", "--vary", "input", "-b", "32"],
                     0, id="the largest input"),
        pytest.param("bfloat16", ["small.yaml", "--budget", "1GiB", "--dtype", "bfloat16"], 0,
                     id="a column for another dtype"),
        pytest.param("infer", ["small.yaml", "--budget", "1GiB", "--mode", "infer"], 0,
                     id="advice for inference"),
        pytest.param("nothing", ["small.yaml", "--budget", "100MiB"], 1, id="nothing fits"),
        pytest.param("wrong", ["wrong.yaml", "--gpu", "t4"], 1, id="a layer does not fit"),
    ],
)  # fmt: skip
def test_output(name, arguments, code, fit, golden):
    done = fit(*arguments)
    assert (done.code, done.err) == (code, "")
    golden(f"fit_{name}.txt", done.out)
    in_json = fit(*arguments, "--format", "json")
    assert in_json.code == code
    golden(f"fit_{name}.json", in_json.out)
    json.loads(in_json.out)


def test_the_contract(fit):
    (network,) = json.loads(fit("small.yaml", "--gpu", "t4", "--format", "json").out)["networks"]
    assert network.keys() >= {"name", "gpu", "max_batch", "batches", "advice"}
    assert network["max_batch"].keys() == {"float32", "amp", "infer"}
    most = network["max_batch"]["float32"]
    sizes = [row["batch"] for row in network["batches"]]
    assert sizes == sorted({*sizes, most, *(2**k for k in range(most.bit_length()))})


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["small.yaml"], "name a card with --gpu, or a limit with --budget",
                     id="no limit"),
        pytest.param(["small.yaml", "--gpu", "rtx-309"], "unknown GPU `rtx-309`",
                     id="unknown card"),
        pytest.param(["small.yaml", "--gpu", "t4,rtx-309"], "unknown GPU `rtx-309`",
                     id="unknown card among others"),
        pytest.param(["small.yaml", "--gpu", " , "],
                     "--gpu names no card; `convcalc gpus` lists them", id="commas alone"),
        pytest.param(["none.yaml", "--gpu", "t4"], "none.yaml: there is no such file",
                     id="unreadable"),
        pytest.param(["small.yaml", "--gpu", "t4", "--vary", "input", "--target-batch", "3"],
                     "--target-batch asks about batches, --vary input about inputs",
                     id="two questions"),
        pytest.param(["small.yaml", "--gpu", "t4", "--set", "N=3"], "--set N: no repeat",
                     id="an unused name"),
    ],
)  # fmt: skip
def test_wrong_usage(arguments, message, fit):
    done = fit(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


def test_an_unreadable_source_does_not_hide_the_others(fit):
    done = fit("none.yaml", "small.yaml", "--gpu", "t4", "--format", "json")
    parsed = json.loads(done.out)
    assert [network["name"] for network in parsed["networks"]] == ["small"]
    assert [error["message"] for error in parsed["errors"]] == ["none.yaml: there is no such file"]
    assert done.code == 2


def test_all_cards(fit):
    done = fit("small.yaml", "--gpu", "all", "--format", "json")
    networks = json.loads(done.out)["networks"]
    assert [network["gpu"] for network in networks] == [card.name for card in all_cards()]
    assert all(network["max_batch"]["float32"] > 0 for network in networks)


@pytest.mark.parametrize("spec", ["vgg16", "alexnet", "unet", "resnet18"])
def test_the_largest_input_is_right_at_the_edge(spec, run):
    from convcalc.answers.advice.inputs import WIDEST_GAP, Inputs
    from convcalc.facts.setup import Setup
    from convcalc.network.loading import load

    common = ("--gpu", "gtx-1060-6gb", "-b", "4")
    done = run("fit", spec, *common, "--vary", "input", "--format", "json")
    side = json.loads(done.out)["networks"][0]["max_input"]["float32"]
    network = load(spec)
    after = Inputs(network, Setup()).next_valid(side + 1, side + WIDEST_GAP)
    depth = network.nodes[0].layer.channels
    codes = [
        run("check", spec, *common, "--input", f"{each}x{each}x{depth}").code
        for each in (side, after)
    ]
    assert codes == [0, 1]


def test_the_project_file_counts(fit, tmp_path):
    text = '[tool.convcalc]\nmemory = "1GiB"\nestimate = "expected"\noptimizer = "adam"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    (network,) = json.loads(fit("small.yaml", "--format", "json").out)["networks"]
    assert (network["limit"], network["estimate"]) == (2**30, "expected")
    assert network["setup"]["optimizer"] == "adam"


def test_gpus_lists_and_filters(run):
    everything, some = (
        [line.split()[0] for line in run("gpus", *words).out.splitlines()]
        for words in ((), ("rtx",))
    )
    assert everything == [card.name for card in all_cards()]
    assert some == [name for name in everything if "rtx" in name]
    done = run("gpus", "rtxx-3090-tie")
    assert (done.code, done.out) == (1, "")
    assert "did you mean `rtx-3090-ti`" in done.err


def test_an_unknown_card_offers_the_nearest_names(run):
    done = run("check", "vgg16", "--gpu", "rtx-3099")
    assert (done.code, done.out) == (2, "")
    assert "did you mean `rtx-3090`" in done.err


@pytest.mark.parametrize(
    ("style", "words"),
    [
        ("text", r"batch 900,000\n  t4 .* [0-9.]+ GiB does not fit\n  h200 .* [0-9.]+ GiB fits\n"),
        ("markdown", r"t4: Batch 900000 takes ([0-9.]+ GiB) and does not fit.\n\n"
                     r"h200: Batch 900000 takes ([0-9.]+ GiB) and fits."),
        ("html", r"Batch 900,000</button>.*([0-9.]+ GiB does not fit)<.*([0-9.]+ GiB fits)<"),
    ],
)  # fmt: skip
def test_a_batch_that_is_asked_for_is_answered_for_each_card(fit, style, words):
    done = fit("lenet5", "--gpu", "t4,h200", "--target-batch", "900000", "--format", style)
    assert done.code == 1
    assert re.search(words, done.out, re.DOTALL if style == "html" else 0)
