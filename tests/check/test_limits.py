"""Which limit counts, for check and analyze: the command line's, the spec's, the project's."""

import json
import re
from pathlib import Path

import pytest
from support import network

from convcalc.answers.verdicts.judge import Policy, judge_network
from convcalc.network.budget import Budget

NET = "name: net\ninput: 32x32x3\nlayers: [conv: {filters: 8, size: 3, pad: 1}, fc: {units: 10}]\n"
PYPROJECT = '[tool.convcalc]\nbatch = 8\nmemory = "3GiB"\noptimizer = "adam"\n'
GIB = 2**30
T4 = 14_910 * 2**20  # what CUDA offers of 15,360 MiB


@pytest.fixture
def called(run, write):
    """What a command says of net.yaml in JSON, with a budget and project files."""

    def call(command, *options, budget="", **files):
        write({"net.yaml": NET + (f"budget: {{{budget}}}\n" if budget else "")})
        write({name.replace("_toml", ".toml").replace("_cfg", ".cfg"): text
               for name, text in files.items()})  # fmt: skip
        return json.loads(run(command, "net.yaml", "--format", "json", *options).out)

    return call


@pytest.fixture
def result(called):
    """The one result of checking it."""

    def call(*options, **given):
        (only,) = called("check", *options, **given)["results"]
        return only

    return call


@pytest.fixture
def analyzed(called):
    """The one network of analysing it."""

    def call(*options, **given):
        (only,) = called("analyze", *options, **given)["networks"]
        return only

    return call


@pytest.mark.parametrize(
    ("options", "budget", "files", "limit", "gpu"),
    [
        pytest.param([], "", {}, None, None, id="nothing is limited"),
        pytest.param(["--budget", "2GiB"], "", {}, 2 * GIB, None, id="command line"),
        pytest.param(["--gpu", "t4"], "", {}, T4, "t4", id="a card's capacity"),
        pytest.param(["--gpu", "t4", "--budget", "2GiB"], "", {}, 2 * GIB, "t4",
                     id="of both the smaller, with the card's constants"),
        pytest.param(["--gpu", "t4", "--budget", "99GiB"], "", {}, T4, "t4",
                     id="a budget larger than the card"),
        pytest.param([], "memory: 1GiB", {}, GIB, None, id="the spec's memory"),
        pytest.param([], "gpu: t4", {}, T4, "t4", id="the spec's card"),
        pytest.param(["--budget", "2GiB"], "memory: 1GiB", {}, 2 * GIB, None,
                     id="command line before spec"),
        pytest.param(["--gpu", "t4"], "memory: 1GiB", {}, T4, "t4",
                     id="a card on the command line before the spec's memory"),
        pytest.param(["--budget", "2GiB"], "gpu: t4", {}, 2 * GIB, "t4",
                     id="the spec's card keeps its constants"),
        pytest.param([], "", {"pyproject_toml": PYPROJECT}, 3 * GIB, None, id="the project's"),
        pytest.param([], "memory: 1GiB", {"pyproject_toml": PYPROJECT}, GIB, None,
                     id="spec before project"),
        pytest.param([], "gpu: t4", {"pyproject_toml": PYPROJECT}, T4, "t4",
                     id="the spec's card before the project's memory"),
        pytest.param([], "", {"setup_cfg": "[tool:convcalc]\nmemory = 3GiB\n"}, 3 * GIB, None,
                     id="setup.cfg"),
        pytest.param([], "", {"pyproject_toml": PYPROJECT,
                              "setup_cfg": "[tool:convcalc]\nmemory = 4GiB\n"}, 3 * GIB, None,
                     id="pyproject.toml before setup.cfg"),
        pytest.param([], "", {"pyproject_toml": "[tool.other]\n# no tool.convcalc here\n",
                              "setup_cfg": "[tool:convcalc]\nmemory = 4GiB\n"}, 4 * GIB, None,
                     id="a pyproject.toml of others"),
        pytest.param([], "", {"pyproject_toml":
                     PYPROJECT + '[tool.convcalc.budgets."*.yaml"]\nmemory = "5GiB"\n'},
                     5 * GIB, None, id="a glob before the defaults"),
        pytest.param([], "", {"pyproject_toml":
                     PYPROJECT + '[tool.convcalc.budgets."n*.yaml"]\nmemory = "5GiB"\n'
                     '[tool.convcalc.budgets."ne*.yaml"]\nmemory = "6GiB"\n'},
                     6 * GIB, None, id="the last glob that matches"),
        pytest.param([], "", {"pyproject_toml":
                     PYPROJECT + '[tool.convcalc.budgets."sub/*.yaml"]\nmemory = "5GiB"\n'},
                     3 * GIB, None, id="a glob that does not match"),
        pytest.param([], "", {"setup_cfg": "[tool:convcalc:**/net.yaml]\nmemory = 7GiB\n"},
                     7 * GIB, None, id="a glob over folders in setup.cfg"),
    ],
)  # fmt: skip
def test_limit(options, budget, files, limit, gpu, result, analyzed):
    found = result(*options, budget=budget, **files)
    assert (found["limit"], found["gpu"]) == (limit, gpu)
    model = analyzed(*options, budget=budget, **files)["memory"]["pytorch"]
    assert (model["capacity"], model["gpu"]) == (limit, gpu)


@pytest.mark.parametrize(
    ("options", "budget", "expected"),
    [
        pytest.param([], "", {"batch_size": 8, "optimizer": "adam", "amp": False}, id="project"),
        pytest.param([], "batch: 4, amp: true",
                     {"batch_size": 4, "optimizer": "adam", "amp": True}, id="key by key"),
        pytest.param(["-b", "2", "--no-amp"], "batch: 4, amp: true",
                     {"batch_size": 2, "optimizer": "adam", "amp": False}, id="command line"),
        pytest.param(["--mode", "infer", "--dtype", "float16", "--accumulate", "2"], "",
                     {"mode": "infer", "dtype": "float16", "accumulate": 2}, id="the others"),
    ],
)  # fmt: skip
def test_setup(options, budget, expected, result, analyzed):
    found = result(*options, budget=budget, pyproject_toml=PYPROJECT)["setup"]
    assert found | expected == found
    assert analyzed(*options, budget=budget, pyproject_toml=PYPROJECT)["setup"] == found


def test_explain_has_the_same_setup(run, write):
    write({"net.yaml": NET, "pyproject.toml": PYPROJECT})
    found = run("explain", "net.yaml", "conv1_1", "--format", "json").out
    assert found == run("explain", "net.yaml", "conv1_1", "--format", "json", "-b", "8").out
    assert found != run("explain", "net.yaml", "conv1_1", "--format", "json", "-b", "9").out


def test_a_project_file_that_is_wrong_stops_analyze(run, write):
    write({"net.yaml": NET, "sub/net.yaml": NET, "sub/setup.cfg": "[tool:convcalc]\nbatch = 0\n"})
    done = run("analyze", "net.yaml", "sub/net.yaml", "--format", "json")
    (network,) = json.loads(done.out)["networks"]
    assert (done.code, network["source"]) == (2, "net.yaml")
    place = Path("sub/setup.cfg").absolute()
    assert done.err == f"error: {place}: batch: must be an integer of at least 1, not `0`\n"


def test_a_project_file_may_begin_with_a_byte_order_mark(result):
    assert result(pyproject_toml="\ufeff" + PYPROJECT)["limit"] == 3 * GIB


@pytest.mark.parametrize(
    ("options", "sentence", "code"),
    [
        pytest.param(["--budget", "1GiB"],
                     "the budget is 1.00 GiB: fits (safe: X to spare)", 0,
                     id="within the budget"),
        pytest.param(["--budget", "1MiB"],
                     "the budget is 1.00 MiB: does not fit (safe: X more)", 1,
                     id="over the budget"),
        pytest.param(["--budget", "1MB", "--memory", "textbook"],
                     "the budget is 976.6 KiB: does not fit (textbook: X more)", 1,
                     id="over it as the notes count"),
        pytest.param(["--budget", "9MB", "--memory", "textbook"],
                     "the budget is 8.58 MiB: fits (textbook: X to spare)", 0,
                     id="within it as the notes count"),
        pytest.param(["--budget", "1MiB", "--gpu", "t4"],
                     "the budget is 1.00 MiB: does not fit (safe: X more)", 1,
                     id="a budget below the card's memory"),
        pytest.param(["--gpu", "t4"], "t4 has 14.56 GiB: fits (safe: X to spare)", 0,
                     id="a card"),
        pytest.param(["--gpu", "t4", "-b", "400000"],
                     "t4 has 14.56 GiB: does not fit (safe: X more)", 1,
                     id="over the card's memory"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("style", ["table", "markdown", "csv", "json"])
def test_analyze_says_whether_it_fits(options, sentence, code, style, run, write):
    write({"net.yaml": NET})
    done = run("analyze", "net.yaml", "--format", style, *options)
    assert done.code == code
    told = re.sub(r"[0-9.]+ [KMG]iB(?= (?:more|to spare))", "X", done.out + done.err)
    if style in ("table", "markdown"):
        assert sentence in told
        assert done.err == ""
    if style == "csv":
        assert told.endswith(f"error: net: {sentence}\n" if code else "\n")
        assert ("error" in done.err) == bool(code)


def test_the_nearest_project_file_upwards_counts(run, write):
    write({"pyproject.toml": PYPROJECT, "sub/pyproject.toml": PYPROJECT.replace("3GiB", "9GiB"),
           "sub/deep/net.yaml": NET, "net.yaml": NET, "other/net.yaml": NET})  # fmt: skip
    done = run("check", "sub", "net.yaml", "other", "--format", "json")
    found = {r["source"]: r["limit"] // GIB for r in json.loads(done.out)["results"]}
    assert found == {"sub/deep/net.yaml": 9, "net.yaml": 3, "other/net.yaml": 3}


@pytest.mark.parametrize(
    ("options", "limit"),
    [
        pytest.param([], "safe", id="safe by default"),
        pytest.param(["--estimate", "expected"], "expected", id="expected"),
        pytest.param(["--memory", "textbook"], "textbook", id="the notes' total"),
    ],
)
def test_the_figure_is_that_of_analyze(options, limit, run):
    checked = run("check", "vgg16", "-b", "8", "--format", "json", *options)
    (result,) = json.loads(checked.out)["results"]
    memory = run("analyze", "vgg16", "-b", "8", "--format", "json").network["memory"]
    expected = memory["textbook"]["total"] if limit == "textbook" else memory["pytorch"][limit]
    assert (result["figure"], result["estimate"]) == (expected, limit)


def test_the_project_file_may_name_the_estimate(result):
    found = result(pyproject_toml='[tool.convcalc]\nestimate = "expected"\n')
    assert found["estimate"] == "expected"


@pytest.mark.parametrize(
    ("limit", "codes"),
    [
        pytest.param("parameters: 82154", [], id="as many parameters"),
        pytest.param("parameters: 82153", ["over-parameters"], id="one too many"),
        pytest.param("macs: 303104", [], id="as many operations"),
        pytest.param("macs: 303103", ["over-macs"], id="one operation too many"),
        pytest.param("activation: 8192", [], id="as many values of a layer"),
        pytest.param("activation: 8191", ["over-activation"], id="one value too many"),
        pytest.param("activation: 9", ["over-activation"] * 3, id="a finding for each layer"),
    ],
)
def test_counts_are_compared_exactly(limit, codes, result):
    found = result(budget=limit)
    assert [finding["code"] for finding in found["findings"]] == codes
    assert found["verdict"] == ("over" if codes else "pass")


def test_memory_is_compared_exactly(result):
    figure = result()["figure"]
    assert result("--budget", str(figure))["verdict"] == "pass"
    over = result("--budget", str(figure - 1))
    assert over["verdict"] == "over"
    (check,) = [check for check in over["checks"] if check["name"] == "memory"]
    assert check == {
        "name": "memory", "status": "failed", "limit": figure - 1, "figure": figure,
    }  # fmt: skip


def test_too_much_memory_is_told_with_its_parts_and_what_would_fit(run, write):
    """conv1_1 keeps 64*48*64 float32 of 2,048 images, 1.5 GiB; two gradients are as large."""
    text = "input: 64x48x3\nlayers: [conv: {filters: 64, size: 3, pad: 1}, relu, fc: {units: 10}]\n"
    write({"net.yaml": text})
    given = ["-b", "2048", "--format", "json", "--budget"]
    (result,) = json.loads(run("check", "net.yaml", *given, "5GiB").out)["results"]
    (finding,) = result["findings"]
    assert finding["message"].endswith(
        " of the budget; most of it: temporaries 3.00 GiB, activations 1.57 GiB (conv1_1 1.50 GiB, "
        "fc1 80.00 KiB, ...), workspaces and cache 1.56 GiB"
    )
    assert finding["hint"].startswith("would fit: batch ")
    (result,) = json.loads(run("check", "net.yaml", *given, "1MiB").out)["results"]
    assert [each["hint"] for each in result["findings"]] == [""]  # less than CUDA's context


def test_a_policy_that_says_nothing_lets_warnings_pass_and_asks_for_hints():
    def judged(text):
        return judge_network(network(text), Policy(), Budget(), None, lambda finding: False)

    warned = judged("INPUT[9x5x6] -> FC-5 -> CONV3-4(P=1)")
    assert ([each.severity for each in warned.findings], warned.verdict) == (["warning"], "pass")
    (misfit,) = judged("INPUT[10x10x1] -> CONV3-8/2(P=0)").findings
    assert misfit.hint.endswith(" would fit")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--gpu", "rtx-3090"), "limit 23.56 GiB of rtx-3090, in place of its own 700.0 MiB"),
        (("--budget", "2GiB"), "limit 2.00 GiB of the budget, in place of its own 700.0 MiB"),
        (("--budget", "600MiB"), "limit 600.0 MiB of the budget"),
        ((), "limit 700.0 MiB of the budget, from net.yaml's budget"),
    ],
    ids=["a card", "a larger budget", "a smaller one replaces nothing", "its own"],
)
def test_a_limit_in_place_of_a_smaller_one_is_said_to_be(options, said, run, write):
    layers = "name: net\ninput: 16x16x3\nlayers: [fc: {units: 5}]\n"
    write({"net.yaml": f"{layers}budget: {{memory: 700MiB}}\n"})
    line = run("check", "net.yaml", "--estimate", "expected", *options).out.splitlines()[0]
    assert line.partition(" at batch 1, ")[2] == said
