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
    assert [line.strip("▸").split() for line in lines[2:6]] == [
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
    _, header, *rows = run("compare", SMALL, LARGE).out.splitlines()
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


def test_shares_of_the_computation_and_of_the_parameters(run):
    """The notes, 3.3: the first FC layer has 102.8M of VGG-16's 138.4M parameters."""
    out = run("analyze", "vgg16", "--columns", "name,mac_share,parameter_share").out
    rows = {line.strip("▸").split()[0]: line.split()[1:] for line in out.splitlines()[2:40]}
    assert rows["fc1"] == ["0.7", "%", "74.3", "%"]  # 102,764,544 / 138,357,544
    assert rows["Total"] == ["100.0", "%", "100.0", "%"]
    blocks = [name for name in rows if name.startswith(("conv1", "conv2"))]
    assert sum(float(rows[name][0]) for name in blocks) == pytest.approx(30.45, abs=0.16)


def test_a_share_of_nothing_is_none_of_it(run):
    out = run("analyze", "INPUT[8x8x3] -> POOL", "--columns", "name,mac_share").out
    assert "pool1   0.0 %" in out


@pytest.mark.parametrize("style", ["table", "csv", "json", "markdown", "html"])
def test_what_was_not_worked_out_is_no_zero(run, style):
    columns = ["--columns", "name,held,forward,backward"] if style not in ("json", "html") else []
    done = run("analyze", SMALL, "--memory", "textbook", *columns, "--format", style)
    assert done.code == 0
    if style == "json":
        for layer in done.network["layers"]:
            keys = ("held_for_backward", "live_forward", "live_backward")
            assert [layer[key] for key in keys] == [None, None, None]
    elif style == "csv":
        assert done.out.splitlines()[1:] == ["input,,,", "conv1_1,,,", "fc1,,,"]
    else:
        assert ">0 B<" not in done.out
        assert " 0 B" not in done.out
