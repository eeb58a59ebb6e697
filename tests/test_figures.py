"""The table of figures: an entry is all that a column, a condition and the JSON need."""

import json

import pytest

from convcalc.answers.figures import COUNT, FIGURES, Figure, json_of_layers, of_layers, told_by
from convcalc.answers.verdicts.codes import BUDGETS
from convcalc.network.budget import KEYS

SMALL = "INPUT[8x8x3] -> CONV3-4 -> FC-10"
LARGE = "INPUT[8x8x3] -> CONV3-8 -> FC-10"
ADDS = {SMALL: 8 * 8 * 4 + 10, LARGE: 8 * 8 * 8 + 10}  # one for each bias and output


@pytest.fixture
def adds(monkeypatch):
    """A figure that there is not: how many biases are added."""
    figure = Figure("adds", "Additions", COUNT, sums=True,
                    layer=lambda row: row.output.elements if row.biases else 0)  # fmt: skip
    monkeypatch.setitem(FIGURES, "adds", figure)


@pytest.mark.usefixtures("adds")
def test_a_new_figure_is_a_column_of_analyze(run):
    lines = run("analyze", SMALL, "--columns", "name,adds").out.splitlines()
    assert lines[1].split()[:2] == ["Layer", "Additions"]
    assert [line.split() for line in lines[2:6]] == [
        ["input", "0"], ["conv1_1", "256"], ["fc1", "10"], ["Total", "266"]]  # fmt: skip
    rows = run("analyze", SMALL, "--columns", "name,adds", "--format", "csv").out.splitlines()
    assert rows == ["name,adds", "input,0", "conv1_1,256", "fc1,10"]
    text = run("analyze", SMALL, "--columns", "name,adds", "--format", "markdown").out
    assert "| Layer | Additions |\n|:--|--:|\n" in text
    assert "| **Total** | **266** |" in text


@pytest.mark.usefixtures("adds")
def test_a_new_figure_adds_up_over_folded_blocks(run):
    out = run(
        "analyze", "resnet18", "--columns", "name,adds", "--depth", "0", "--format", "csv"
    ).out
    folded = [int(line.rpartition(",")[2]) for line in out.splitlines()[1:]]
    assert sum(folded) == run("analyze", "resnet18", "--format", "json").network["totals"]["adds"]
    assert len(folded) < 20


@pytest.mark.usefixtures("adds")
def test_a_new_figure_is_in_the_json(run):
    network = run("analyze", SMALL, "--format", "json").network
    assert [layer["adds"] for layer in network["layers"]] == [0, 256, 10]
    assert network["totals"]["adds"] == ADDS[SMALL]


@pytest.mark.usefixtures("adds")
def test_a_new_figure_is_compared(run):
    header, *rows = run("compare", SMALL, LARGE).out.splitlines()
    assert header.split("  ")[-1] == "Additions"
    assert [row.split()[-1] for row in rows] == ["266", "522"]
    networks = json.loads(run("compare", SMALL, LARGE, "--format", "json").out)["networks"]
    assert [network["adds"] for network in networks] == list(ADDS.values())
    assert ",adds\n" in run("compare", SMALL, "--format", "csv").out


@pytest.mark.usefixtures("adds")
def test_a_new_figure_orders_a_sweep_and_is_a_condition_of_it(run):
    family = "INPUT[8x8x3] -> CONV3-{4,8} -> FC-10"
    done = run("sweep", family, "--sort", "-adds", "--format", "jsonl")
    assert [json.loads(line)["adds"] for line in done.out.splitlines()] == [522, 266]
    done = run("sweep", family, "--where", "adds < 0.5K", "--format", "jsonl")
    assert [json.loads(line)["adds"] for line in done.out.splitlines()] == [266]
    done = run("sweep", family, "--pareto", "adds", "--format", "csv")
    assert [line.split(",")[0] for line in done.out.splitlines()[1:]] == ["4"]
    assert "Additions" in run("sweep", family).out


@pytest.mark.usefixtures("adds")
def test_a_new_figure_can_make_a_difference_fail(run):
    done = run("diff", SMALL, LARGE, "--fail-on", "adds>+50%")
    assert done.code == 1
    assert "failed adds>+50%: adds went from 266 to 522 (+96.2 %)" in done.out
    assert "+256 adds" in done.out
    found = json.loads(run("diff", SMALL, LARGE, "--format", "json").out)
    assert found["totals"]["adds"]["delta"] == 256
    assert found["layers"][0]["deltas"]["adds"] == 256


def test_the_table_is_in_order():
    assert all(key == figure.key for key, figure in FIGURES.items())
    keys = [key for key, _ in json_of_layers()]
    assert len(keys) == len(set(keys))
    for figure in FIGURES.values():
        assert figure.layer or figure.network, figure.key
        assert not figure.sums or figure.layer, figure.key
    assert {figure.key for figure in of_layers()} >= {"name", "macs", "receptive_field"}


def test_what_a_budget_can_limit_has_a_key_and_a_code():
    limits = [figure.key for figure in FIGURES.values() if figure.limit]
    assert set(limits) < set(KEYS)
    assert {f"over-{key}" for key in (*limits, "memory")} == set(BUDGETS)


@pytest.mark.parametrize("command", ["compare", "diff", "sweep"])
def test_parameters_and_macs_come_first(command):
    assert [figure.key for figure in told_by(command)][:2] == ["parameters", "macs"]
