"""`convcalc compare` of one network under several setups: `--optimizer sgd,adam`."""

import json

import pytest


def rows(run, *arguments):
    """The rows of `convcalc compare ... --format json`."""
    done = run("compare", *arguments, "--format", "json")
    assert done.code == 0, done.err
    return json.loads(done.out)["networks"]


@pytest.mark.parametrize(
    ("options", "one_by_one"),
    [
        pytest.param(["--optimizer", "sgd,adam"], [["--optimizer", "sgd"], ["--optimizer", "adam"]],
                     id="words"),
        pytest.param(["-b", "2, 3"], [["-b", "2"], ["-b", "3"]], id="numbers, with a blank"),
        pytest.param(["--gpu", "t4,rtx-4090"], [["--gpu", "t4"], ["--gpu", "rtx-4090"]],
                     id="cards"),
        pytest.param(["--optimizer", "Adam,adam"], [["--optimizer", "adam"]], id="each once"),
        pytest.param(
            ["-b", "1,2", "--dtype", "float32,float16"],
            [["-b", b, "--dtype", t] for b in "12" for t in ("float32", "float16")],
            id="every pair",
        ),
    ],
)  # fmt: skip
def test_each_line_is_what_it_is_alone(options, one_by_one, run):
    found = rows(run, "lenet5", *options)
    alone = [rows(run, "lenet5", *each)[0] for each in one_by_one]
    own = ("name", "under")
    assert [{k: v for k, v in row.items() if k not in own} for row in found] == [
        {k: v for k, v in row.items() if k not in own} for row in alone
    ]


def test_lines_say_what_they_are_under(run):
    found = rows(run, "lenet5", "-b", "8,16", "--optimizer", "sgd")
    assert [row["name"] for row in found] == ["LeNet-5, batch 8", "LeNet-5, batch 16"]
    assert [row["under"] for row in found] == [{"batch": 8}, {"batch": 16}]
    (alone,) = rows(run, "lenet5", "-b", "8")
    assert alone["name"] == "LeNet-5" and "under" not in alone


def test_a_wrong_word_is_named(run):
    done = run("compare", "lenet5", "--optimizer", "sgd,adan")
    assert done.code == 2
    assert "'adan' is not one of 'sgd'" in done.err


@pytest.mark.parametrize("value", [",", " , "])
def test_commas_alone_are_no_value(value, run):
    done = run("compare", "lenet5", "--batch", value)
    assert done.code == 2
    assert "there is no value between the commas" in done.err


def test_elsewhere_one_at_a_time_is_answered_with_compare(run):
    done = run("analyze", "lenet5", "--optimizer", "sgd,adam")
    assert done.code == 2
    said = " ".join(done.err.split())
    assert (
        "one at a time here: `convcalc compare SOURCE --optimizer sgd,adam` takes several" in said
    )


SAME = "Together is the same: what one optimizer keeps more lies in memory that PyTorch's cache"


def test_why_sums_are_alike_where_optimizers_are_not(run):
    options = ("--optimizer", "momentum,adam", "--gpu", "rtx-4090")
    large = ("compare", "vgg16", "--batch", "64", *options)
    *_, together, said = run(*large).out.splitlines()
    first, second = together.removeprefix("together").split("  ")[-2:]
    assert first.strip() == second.strip()
    assert said == f"{SAME} holds anyway"
    assert SAME in run(*large, "--format", "markdown").out
    assert SAME.replace("'", "&#x27;") in run(*large, "--format", "html").out
    assert SAME not in run("compare", "vgg16", *options).out  # at batch 1 they are not


def test_another_phase_at_the_peak_is_said(run):
    said = "The peak is in another phase of the step each: backward (momentum), optimizer (adam)"
    small = ("compare", "vgg16", "--optimizer", "momentum,adam")
    assert run(*small).out.splitlines()[-1] == said
    assert said in run(*small, "--format", "markdown").out.replace("\\", "")
    assert said in run(*small, "--format", "html").out
    assert "another phase" not in run(*small, "--batch", "64").out  # backward in both
