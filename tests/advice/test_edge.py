"""The largest batch is right at the edge: it fits and the next does not, by `check`."""

import json
import re

import pytest

from convcalc.answers.advice.edge import Batches, finished
from convcalc.facts.setup import Setup
from convcalc.memory.estimate import Machine, find_machine
from convcalc.memory.verdict import FitRule, Judged
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

MIB = 2**20
COLUMNS = {"float32": ["--no-amp"], "amp": ["--amp"], "infer": ["--mode", "infer"]}
PAIRS = [
    ("alexnet", "gtx-1050-ti"),
    ("cifar10_simple", "gtx-1060-3gb"),
    ("mnasnet1_0", "rtx-3060-12gb"),
    ("vgg11_bn", "v100-16gb"),
    ("resnet18", "h200"),
    ("squeezenet1_0", "p4"),
    ("unet", "rtx-4090"),
    ("vgg16", "t4"),
    ("vgg16", "a10"),
]


def fitted(run, *arguments):
    """The one network of `convcalc fit ... --format json`."""
    done = run("fit", *arguments, "--format", "json")
    (network,) = json.loads(done.out)["networks"]
    return network


def passes(run, *arguments):
    """Whether `convcalc check` says that it fits."""
    done = run("check", *arguments, "--format", "json")
    (result,) = json.loads(done.out)["results"]
    assert result["verdict"] in ("pass", "over")
    assert done.code == (result["verdict"] == "over")
    return result["verdict"] == "pass"


@pytest.mark.parametrize(("spec", "card"), PAIRS, ids=lambda value: value)
def test_check_agrees_on_both_sides(spec, card, run):
    found = fitted(run, spec, "--gpu", card)
    for column, options in COLUMNS.items():
        batch = found["max_batch"][column]
        assert batch > 0
        assert passes(run, spec, "--gpu", card, "-b", str(batch), *options), column
        assert not passes(run, spec, "--gpu", card, "-b", str(batch + 1), *options), column


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(["--estimate", "expected"], id="expected"),
        pytest.param(["--memory", "textbook"], id="textbook"),
        pytest.param(["--optimizer", "adam", "--weight-decay", "0.1"], id="another optimizer"),
        pytest.param(["--accumulate", "2"], id="accumulation"),
        pytest.param(["--budget", "3GiB"], id="a budget below the card"),
        pytest.param(["--context", "1GiB", "--workspace-factor", "1"], id="other constants"),
        pytest.param(["--input", "320x320x3"], id="another input"),
    ],
)
def test_check_agrees_under_other_options(options, run):
    options = ["resnet18", "--gpu", "t4", *options]
    batch = fitted(run, *options)["max_batch"]["float32"]
    assert passes(run, *options, "-b", str(batch))
    assert not passes(run, *options, "-b", str(batch + 1))


@pytest.mark.parametrize("spec", ["alexnet", "vgg16", "resnet18", "squeezenet1_0", "zfnet"])
@pytest.mark.parametrize("setup", [Setup(), Setup(amp=True), Setup(mode="infer")],
                         ids=["float32", "amp", "infer"])  # fmt: skip
def test_no_larger_batch_fits_either(spec, setup):
    """Every batch behind the edge is tried until even what must be alive is too much."""
    batches = Batches(propagate(load(spec)), setup)
    rule = FitRule(Machine())
    for limit in (1_024 * MIB, 3_000 * MIB + 1, 5_555 * MIB):
        found = batches.largest_fitting(rule, limit)
        batch = found + 1
        while batches.judge_batch(batch, rule).least_figure <= limit:
            assert not batches.judge_batch(batch, rule).fits(limit), (limit, batch)
            batch += 1
        assert found == 0 or batches.judge_batch(found, rule).fits(limit)


def test_figures_that_fall_again_are_found():
    """AlexNet takes up to 121 MiB more at some batches than at larger ones."""
    batches = Batches(propagate(load("alexnet")), Setup())
    rule = FitRule(Machine())
    figures = [batches.judge_batch(batch, rule).figure for batch in range(1, 140)]
    falls = [k for k in range(1, len(figures)) if figures[k] < figures[k - 1]]
    assert falls, "the allocator has become monotone: simplify advice/edge.py"
    for k in falls:
        limit = figures[k]
        last = max(b for b, figure in enumerate(figures, 1) if figure <= limit)
        assert batches.largest_fitting(rule, limit) >= last


GAP = ("vgg16", "--budget", "24GiB")  # 118, 119, 124 ... 135 do not fit, 141 does


def test_a_batch_in_a_gap_is_told_what_fits_on_both_sides(run):
    out = run("analyze", *GAP, "-b", "128").out
    largest, again, below = re.search(
        r"^the budget is 24\.00 GiB: does not fit \(safe: 1\.31 GiB more\); largest batch (\d+)\n"
        r"Not every batch below (\d+) fits, as PyTorch's cache does not grow evenly; (\d+) does\n",
        out, re.M).groups()  # fmt: skip
    assert again == largest
    assert fitted(run, *GAP)["max_batch"]["float32"] == int(largest)
    assert passes(run, *GAP, "-b", below) and int(below) < 128 < int(largest)
    assert not any(passes(run, *GAP, "-b", str(k)) for k in range(int(below) + 1, 129))
    assert f"would fit: batch {below} or {largest};" in run("check", *GAP, "-b", "128").out


def test_a_batch_that_is_too_large_is_told_the_largest_alone(run):
    assert "largest batch 141" in run("analyze", *GAP, "-b", "300").out
    assert "evenly" not in run("analyze", *GAP, "-b", "300").out
    assert "evenly" not in run("analyze", *GAP, "-b", "64").out


def test_fit_marks_the_batches_of_a_gap(run):
    lines = run("fit", *GAP).out.splitlines()
    (marked,) = [line for line in lines if line.startswith("  batch") and "*" in line]
    assert marked.split()[:3] == ["batch", "128", "*"]
    assert any(line.startswith("* Too much, though a larger batch fits") for line in lines)
    assert "evenly" not in run("fit", "vgg16", "--budget", "5MiB").out


UNEVEN = (  # with sgd 500 does not fit, behind which 559 does; with adam the search finds 575
    "INPUT[224x224x3] -> CONV3-16 -> RELU -> POOL -> CONV3-64 -> RELU -> CONV3-64 -> RELU -> POOL "
    "-> CONV3-128 -> RELU -> POOL -> FC-512 -> RELU -> FC-10",
    "--gpu",
    "rtx-3090",
)


def told_batches(text, words):
    """The numbers that stand where `words` have a group."""
    (found,) = re.findall(words, text)
    return [int(each.replace(",", "")) for each in found]


def test_fit_says_what_is_not_as_the_largest_batch_says(run):
    """That of one optimizer may stand before a gap, that of another behind it."""
    sgd, adam = (run("fit", *UNEVEN, "--optimizer", each).out for each in ("sgd", "adam"))
    words = r"Largest batch ([\d,]+): ([\d,]+) fits too, though ([\d,]+) does not\."
    found = told_batches(sgd, words)
    largest, larger, not_fitting = found
    assert fitted(run, *UNEVEN, "--optimizer", "sgd")["max_batch"]["float32"] == largest
    judged = [passes(run, *UNEVEN, "--optimizer", "sgd", "-b", str(each)) for each in found]
    assert judged == [True, True, False]
    assert largest < not_fitting == largest + 1 < larger
    most, misfit = told_batches(
        adam,
        r"Not every batch below ([\d,]+) fits, as PyTorch's cache does not grow evenly: "
        r"([\d,]+) does not\.",
    )
    assert fitted(run, *UNEVEN, "--optimizer", "adam")["max_batch"]["float32"] == most > misfit
    assert not passes(run, *UNEVEN, "--optimizer", "adam", "-b", str(misfit))


@pytest.mark.parametrize("style", ["table", "markdown", "html"])
def test_compare_says_so_of_rows(style, run):
    """A batch that another row has is tried in each."""
    out = run("compare", *UNEVEN, "--optimizer", "sgd,adam", "--format", style).out
    larger, not_fitting = told_batches(
        out, r"sgd: batch ([\d,]+) fits too, though ([\d,]+) does not"
    )
    assert passes(run, *UNEVEN, "--optimizer", "sgd", "-b", str(larger))
    assert not passes(run, *UNEVEN, "--optimizer", "sgd", "-b", str(not_fitting))
    assert fitted(run, *UNEVEN, "--optimizer", "adam")["max_batch"]["float32"] == larger
    assert re.search(
        r"does not grow evenly: \d+ \\?\(adam\\?\) does not", out.replace("&#39;", "'")
    )


def test_nothing_is_said_where_what_fits_grows_evenly(run):
    for options in (["--memory", "textbook"], ["--optimizer", "sgd", "--mode", "infer"]):
        out = run("compare", "lenet5", "--budget", "1GiB", *options).out
        assert "evenly" not in out and "fits too" not in out


def test_what_runs_does_not_depend_on_the_estimate(run):
    outs = [run("fit", "vgg16", "--gpu", "rtx-4090", "--estimate", each).out for each in
            ("safe", "expected")]  # fmt: skip
    found = {re.search(r"runs up to +([\d,]+)", out)[1] for out in outs}
    assert len(found) == 1


@pytest.mark.parametrize(
    ("limit", "largest"),
    [
        pytest.param(0, 0, id="nothing"),
        pytest.param(450 * MIB, 0, id="less than the context and one image"),
        pytest.param(474 * MIB, 0, id="just not one image"),
    ],
)
def test_none_fits(limit, largest):
    batches = Batches(propagate(load("resnet18")), Setup())
    assert batches.largest_fitting(FitRule(Machine()), limit) == largest


def test_one_image_exactly():
    batches = Batches(propagate(load("vgg16")), Setup())
    rule = FitRule(Machine())
    least = batches.judge_batch(1, rule).figure
    assert batches.largest_fitting(rule, least) == 1
    assert batches.largest_fitting(rule, least - 1) == 0


def test_cards_share_simulations():
    batches = Batches(propagate(load("resnet18")), Setup())
    first, second = (FitRule(find_machine(name)) for name in ("a100-40gb", "a100-80gb"))
    batches.judge_batch(7, first)
    count = len(batches._runs)
    batches.judge_batch(7, second)
    assert len(batches._runs) == count


@pytest.mark.parametrize("spec", ["resnet18", "vgg16", "mobilenet_v3_small"])
def test_the_lower_bound_is_one_and_grows(spec):
    batches = Batches(propagate(load(spec)), Setup())
    rule = FitRule(Machine())
    judged = [batches.judge_batch(batch, rule) for batch in range(1, 60)]
    assert all(run.least_figure <= run.figure for run in judged)
    leasts = [run.least_figure for run in judged]
    assert leasts == sorted(leasts)


@pytest.mark.parametrize(("spec", "card"), PAIRS[:8], ids=lambda value: value)
def test_the_batch_up_to_which_it_runs(spec, card):
    """What verdicts note as running by giving cached memory back; the next does not run."""
    found, setup = find_machine(card), Setup()
    batches = Batches(propagate(load(spec)), setup)
    most = finished(batches.search_running(FitRule(found), found.capacity))
    verdicts = [
        Judged(propagate(load(spec)), setup._replace(batch_size=batch), FitRule(found)).verdict(
            found.capacity
        )
        for batch in (most, most + 1)
    ]
    assert [(each.fits, each.reclaims) for each in verdicts] == [(False, True), (False, False)]
