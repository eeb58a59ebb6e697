"""One verdict: analyze, check, compare, fit, sweep and the Python API agree around the edge."""

import json
import re

import pytest

import convcalc

GIB = 2**30
CHAIN = "INPUT[64x64x3] -> [CONV3-{width} -> RELU -> POOL2]*3 -> FC-256 -> RELU -> FC-10"
WIDE, NARROW = CHAIN.format(width=96), CHAIN.format(width=32)
NETWORKS = [WIDE, NARROW, "INPUT[96x96x3] -> CONV8-64/2(P=3) -> RELU -> FC-100"]
CARDS = [("t4", []), ("v100-16gb", ["--cuda-module-loading", "eager", "--cudnn", "8"]),
         ("rtx-3090", ["--cudnn", "8"]), ("a100-40gb", []), ("h100", [])]  # fmt: skip
WAYS = [["--no-amp"], ["--amp"], ["--mode", "infer"], ["--estimate", "expected"]]
CASES = [(network, card, stack, way) for network in NETWORKS for card, stack in CARDS
         for way in WAYS]  # fmt: skip
COLUMNS = {"--amp": "amp", "--mode": "infer"}


def verdicts(run, network, batch, options):
    """Exit codes and figures of every command for one run."""
    options = ["-b", str(batch), *options]
    analyzed = run("analyze", network, "--format", "json", *options)
    checked = run("check", network, "--format", "json", *options)
    compared = run("compare", network, "--format", "json", *options)
    swept = run("sweep", network, "--format", "jsonl", *options)
    model = json.loads(analyzed.out)["networks"][0]["memory"]["pytorch"]
    result = json.loads(checked.out)["results"][0]
    line = json.loads(swept.out)
    return {
        "analyze": (model["fits"], model["figure"]),
        "analyze's exit": (not analyzed.code, model["figure"]),
        "check": (result["verdict"] == "pass", result["figure"]),
        "check's exit": (not checked.code, result["figure"]),
        "compare's exit": (not compared.code, model["figure"]),
        "sweep": (line["fits"], line["figure"]),
    }


def test_there_are_sixty_cases():
    assert len(CASES) == 60


@pytest.mark.parametrize(("network", "card", "stack", "way"), CASES)
def test_every_command_agrees_at_the_edge(network, card, stack, way, run):
    options = ["--gpu", card, "--budget", "2400MiB", *stack, *way]
    done = run("fit", network, "--format", "json", *options)
    column = COLUMNS.get(way[0], "float32")
    largest = json.loads(done.out)["networks"][0]["max_batch"][column]
    assert largest > 1
    for batch, fits in ((largest, True), (largest + 1, False)):
        found = verdicts(run, network, batch, options)
        assert len(set(found.values())) == 1, found
        assert found["check"][0] is fits


def test_the_python_api_agrees(run):
    for batch in (190, 200, 230, 260):
        report = convcalc.analyze(convcalc.load("resnet50"), batch=batch, gpu="rtx-3090")
        done = run("check", "resnet50", "-b", str(batch), "--gpu", "rtx-3090", "--format", "json")
        result = json.loads(done.out)["results"][0]
        assert (report.verdict.fits, report.verdict.figure) == (not done.code, result["figure"])


def test_running_by_giving_memory_back_is_a_note_beside_over(run):
    largest = json.loads(run("fit", "vgg16", "--gpu", "t4", "--format", "json").out)
    batch = str(largest["networks"][0]["max_batch"]["float32"] + 1)
    options = ("vgg16", "-b", batch, "--gpu", "t4")
    done = run("analyze", *options)
    assert done.code == 1
    assert "does not fit (safe: " in done.out
    reclaims = "without a margin it runs, by giving cached memory back"
    assert "cache" not in next(x for x in done.out.splitlines() if "does not fit" in x)
    assert f" more); {reclaims}\n" in run("analyze", *options, "--details").out
    assert f"; {reclaims}\n" in run("check", *options).out
    assert "cached memory" not in run("analyze", *options, "--format", "csv").err


@pytest.mark.parametrize("batch", [118, 124, 128, 142, 150, 200])
def test_the_first_screen_has_one_wording_for_what_does_not_fit(batch, run):
    """Whether the run would get through all the same, or a larger batch fits, is no verdict."""
    lines = run("analyze", "vgg16", "--budget", "24GiB", "-b", str(batch)).out.splitlines()
    (verdict,) = [line for line in lines if "GiB: " in line]
    assert re.fullmatch(r"the budget is 24\.00 GiB: does not fit \(safe: [\d.,]+ [GM]iB more\); "
                        r"largest batch 141", verdict)  # fmt: skip
    assert any("does not grow evenly" in line for line in lines) is (batch < 141)


@pytest.mark.parametrize("command", ["check", "compare", "analyze"])
def test_the_projects_estimate_counts_everywhere(command, run, write):
    write({"net.yaml": "name: net\npattern: " + json.dumps(WIDE) + "\n",
           "pyproject.toml": '[tool.convcalc]\nestimate = "expected"\n'})  # fmt: skip
    figure = run("check", "net.yaml", "-b", "64", "--format", "json")
    limit = json.loads(figure.out)["results"][0]["figure"]
    assert run(command, "net.yaml", "-b", "64", "--budget", str(limit)).code == 0
    assert run(command, "net.yaml", "-b", "64", "--budget", str(limit - 1)).code == 1
    assert run(command, "net.yaml", "-b", "64", "--budget", str(limit),
               "--estimate", "safe").code == 1  # fmt: skip


@pytest.mark.parametrize(
    ("file", "text"),
    [("pyproject.toml", '[tool.convcalc]\ncuda_module_loading = "eager"\ncudnn = 8\n'),
     ("setup.cfg", "[tool:convcalc]\ncuda_module_loading = eager\ncudnn = 8\n")],
)  # fmt: skip
def test_a_stack_stands_in_the_project_file(file, text, run, write):
    write({"net.yaml": "name: net\npattern: " + json.dumps(WIDE) + "\n"})
    options = ["net.yaml", "--gpu", "v100-16gb", "--format", "json"]
    lazy = run("check", *options).out
    eager = run("check", *options, "--cuda-module-loading", "eager", "--cudnn", "8").out
    write({file: text})
    assert run("check", *options).out == eager != lazy
    assert run("check", *options, "--cuda-module-loading", "lazy", "--cudnn", "9").out == lazy


def test_the_limit_says_where_it_comes_from(run, write):
    write({"net.yaml": "name: net\nbudget: {gpu: rtx-3090}\npattern: " + json.dumps(WIDE) + "\n"})
    for command in ("check", "analyze"):
        done = run(command, "net.yaml")
        assert "limit 23.56 GiB of rtx-3090, from net.yaml's budget" in done.out


def test_a_specs_own_budget_counts_in_every_command(run, write):
    """Its card, memory and batch: in a sweep too."""
    write({"net.yaml": "budget: {gpu: t4, memory: 1GiB, batch: 512}\npattern: "
           + json.dumps(WIDE) + "\n"})  # fmt: skip
    (result,) = json.loads(run("check", "net.yaml", "--format", "json").out)["results"]
    line = json.loads(run("sweep", "net.yaml", "--format", "jsonl").out)
    assert (line["fits"], line["figure"]) == (False, result["figure"])
    assert line["why_not"].endswith("of the 1.00 GiB of the budget, from net.yaml's budget")
    assert run("analyze", "net.yaml").code == run("compare", "net.yaml").code == 1


@pytest.mark.parametrize("strategy", ["ddp", "zero-1", "zero-2", "zero-3"])
def test_several_gpus_count_in_every_verdict(strategy, run):
    options = ["--gpu", "t4", "--budget", "2400MiB", "--gpus", "4", "--strategy", strategy]
    done = run("fit", WIDE, "--format", "json", *options)
    largest = json.loads(done.out)["networks"][0]["max_batch"]["float32"]
    for batch, fits in ((largest, True), (largest + 1, False)):
        found = verdicts(run, WIDE, batch, options)
        assert len(set(found.values())) == 1, found
        assert found["check"][0] is fits


def test_ddp_adds_a_copy_of_the_gradients(run):
    def model(*options):
        done = run("analyze", "vgg11", "-b", "2", "--gpu", "t4", "--format", "json", *options)
        return done.network["memory"]["pytorch"]

    alone, four = model(), model("--gpus", "4")
    gradients = 132_863_336 * 4
    assert four["peak_live"] - alone["peak_live"] == gradients
    assert four["expected"] - alone["expected"] >= 0.98 * gradients  # cached blocks serve some
    assert four["at_peak"]["ddp_buckets"] == gradients


def test_extra_counts_in_both_models(run):
    def memory(*options):
        done = run("analyze", WIDE, "-b", "4", "--format", "json", *options)
        return done.network["memory"]

    plain, more = memory(), memory("--extra", "64MiB")
    for model, key in (("textbook", "total"), ("pytorch", "peak_live")):
        assert more[model][key] - plain[model][key] == 64 * 2**20
