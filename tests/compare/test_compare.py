"""`compare`: the figures are those of `analyze` and `fit`, side by side."""

import json
import re

import pytest

from convcalc.facts.units import parse_bytes
from convcalc.network import shipped


def analyzed(run, source, *options):
    return run("analyze", source, "--format", "json", *options).network


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "resnet18", "googlenet_aux", "unet"])
def test_every_figure_is_analyzes(run, name):
    options = ("-b", "3", "--optimizer", "adam")
    (side,) = json.loads(run("compare", name, "--format", "json", *options).out)["networks"]
    train = analyzed(run, name, *options)
    infer = analyzed(run, name, *options, "--mode", "infer")
    assert side["parameters"] == train["totals"]["parameters"]
    assert side["macs"] == train["totals"]["macs"]
    assert side["activations"] == train["totals"]["activations"]
    assert side["train"] == train["memory"]["pytorch"]["safe"]
    assert side["infer"] == infer["memory"]["pytorch"]["safe"]
    assert side["train_textbook"] == train["memory"]["textbook"]["total"]
    assert side["infer_textbook"] == infer["memory"]["textbook"]["total"]
    assert side["max_batch"] is None


@pytest.mark.parametrize("options", [(), ("--mode", "infer"), ("--amp",)], ids=" ".join)
def test_the_largest_batch_is_fits(run, options):
    compared = run("compare", "vgg16", "--gpu", "t4", "--format", "json", *options).out
    fitted = run("fit", "vgg16", "--gpu", "t4", "--format", "json", *options).out
    column = {"": "float32", "--amp": "amp", "--mode": "infer"}["".join(options[:1])]
    (side,), (fitting,) = (json.loads(text)["networks"] for text in (compared, fitted))
    assert side["max_batch"] == fitting["max_batch"][column]


def test_depth_is_what_the_names_say(run):
    names = ["vgg11", "vgg16", "vgg19", "resnet18", "resnet50", "resnet152"]
    sides = json.loads(run("compare", *names, "--format", "json").out)["networks"]
    assert [side["depth"] for side in sides] == [11, 16, 19, 18, 50, 152]


def test_the_estimate_and_the_model_can_be_chosen(run):
    network = analyzed(run, "lenet5")["memory"]
    for options, figure in (
        (("--estimate", "expected"), network["pytorch"]["expected"]),
        (("--memory", "textbook"), network["textbook"]["total"]),
    ):
        (side,) = json.loads(run("compare", "lenet5", "--format", "json", *options).out)["networks"]
        assert side["train"] == figure


CSV = """\
name,source,parameters,macs,activations,depth,receptive_field,train,infer,train_textbook,\
infer_textbook,max_batch,fits,why_not
"""


def test_csv_has_every_figure(run):
    head, *rows = run("compare", "lenet5", "alexnet", "--format", "csv").out.split("\n")
    assert head + "\n" == CSV
    assert [row.split(",")[0] for row in rows] == ["LeNet-5", "AlexNet", ""]


MISFIT = """\
batch 1, float32, training with momentum
Network                           Parameters   MACs  Depth  Field  To train  To run  Windows fit
INPUT[10x10x1] -> CONV3-8/2(P=0)          80  1,152      1      3                    no: \
conv1_1: the window does not tile its input 10x10x1 exactly: (10 - 3 + 2*0)/2 + 1 = 4.5 along \
width and height
"""


def test_a_misfit_is_in_its_row_and_ends_with_1(run):
    assert run("compare", "INPUT[10x10x1] -> CONV3-8/2(P=0)") == (1, MISFIT, "")


def test_an_unreadable_source_ends_with_2_and_the_others_are_there(run):
    result = run("compare", "lenet5", "vgg61")
    assert result.code == 2
    assert "LeNet-5" in result.out
    assert result.err.startswith("error: vgg61: neither a file, nor a shipped spec")


def test_over_the_budget_ends_with_1(run):
    result = run("compare", "vgg16", "lenet5", "--budget", "1GiB")
    assert result.code == 1
    rows = result.out.split("\n")
    assert rows[2].endswith("no: takes 2.75 GiB of the 1.00 GiB of the budget")
    assert rows[3].endswith("yes")


@pytest.mark.parametrize("style", ["table", "markdown"])
def test_analyze_of_several_ends_with_the_same(run, style):
    whole = run("analyze", "lenet5", "alexnet", "--format", style).out
    assert whole.endswith("\n\n" + run("compare", "lenet5", "alexnet", "--format", style).out)
    alone = run("analyze", "lenet5", "--format", style).out
    assert "To train" not in alone


@pytest.mark.parametrize("style", ["csv", "json"])
def test_what_programs_read_stays_as_it_is(run, style):
    whole = run("analyze", "lenet5", "alexnet", "--format", style).out
    assert "To train" not in whole


def test_all_shipped_specs_at_once(run):
    result = run("compare", *shipped.spec_names(), "--memory", "textbook", "--format", "json")
    assert result.code == 0
    assert len(json.loads(result.out)["networks"]) == len(shipped.spec_names())


def test_what_another_optimizer_changes_is_told_by_part(run):
    """The parts add up to the figure of analyze, which names the same ones."""
    done = run("compare", "resnet18", "--optimizer", "sgd,adam", "-b", "8", "--gpu", "t4")
    head, *lines = done.out.splitlines()
    assert head == "batch 8, float32"
    start = next(place for place, line in enumerate(lines) if line.startswith("To train, by part"))
    assert lines[start].split()[-2:] == ["sgd", "adam"]
    cells = [re.split(" {2,}", line) for line in lines[start + 1 :]]
    parts = {name: [parse_bytes(size) for size in sizes] for name, *sizes in cells}
    together = parts.pop("together")
    parameters = parts["parameters"][0]
    assert parts["optimizer"] == [0, pytest.approx(2 * parameters, rel=0.01)]
    for place, optimizer in enumerate(("sgd", "adam")):
        assert sum(sizes[place] for sizes in parts.values()) == pytest.approx(
            together[place], rel=0.01
        )
        options = ("-b", "8", "--gpu", "t4", "--optimizer", optimizer)
        out = run("analyze", "resnet18", *options).out
        assert f"takes {cells[-1][1 + place]}, on the safe side" in out
    shown = run("compare", "resnet18", "--optimizer", "sgd,adam", "--format", "markdown").out
    assert "| To train, by part | sgd | adam |" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("lenet5", "alexnet"), id="two networks"),
        pytest.param(("lenet5", "alexnet", "-b", "1,2"), id="two networks, several batches"),
        pytest.param(("lenet5", "lenet5"), id="one network twice"),
        pytest.param(("lenet5", "-b", "1,2", "--memory", "textbook"), id="the notes' count"),
        pytest.param(("INPUT[10x10x1] -> CONV3-8/2(P=0)", "-b", "1,2"), id="sizes do not fit"),
    ],
)
def test_parts_are_of_one_network_alone(run, arguments):
    assert "by part" not in run("compare", *arguments).out


@pytest.mark.parametrize(
    ("options", "head"),
    [
        ((), "batch 1, float32, training with momentum"),
        (
            ("-b", "4", "--optimizer", "adam", "--amp"),
            "batch 4, float32 with amp, training with adam",
        ),
        (("-b", "1,2", "--mode", "infer", "--gpu", "t4"), "float32, inference"),
        (("--dtype", "float32,float16"), "batch 1, training with momentum"),
    ],
)
def test_how_the_rows_are_run_stands_above_them(run, options, head):
    first, second, *_ = run("compare", "lenet5", *options).out.splitlines()
    assert first == head
    assert second.startswith("Network ")
