"""What `analyze` prints unasked: the table, what is wrong, the answer in a few lines."""

import re

import pytest
from test_golden import CIFAR, MISFITS

from convcalc import analyze, load
from convcalc.facts.largest import heaviest_words
from convcalc.facts.units import format_bytes, parse_bytes
from convcalc.render.answer import answer_lines
from convcalc.render.formats import View
from convcalc.render.summary import BROKEN
from convcalc.render.table import lines_of, plain

FIVE = "INPUT -> CONV -> RELU -> POOL -> FC"


def answer(out: str) -> list[str]:
    """The lines below the table and what is wrong."""
    return out.rstrip("\n").split("\n\n")[-1].split("\n")


@pytest.mark.parametrize(
    ("name", "arguments", "code"),
    [
        ("answer-vgg16.txt", ("vgg16", "-b", "32", "--gpu", "rtx-3090"), 0),
        ("answer-over.txt", ("resnet18", "-b", "2500", "--gpu", "t4", "--depth", "0"), 1),
        ("answer-infer.txt", (CIFAR, "--mode", "infer", "--budget", "1GiB"), 0),
        ("answer-textbook.txt", (CIFAR, "--memory", "textbook"), 0),
        ("answer-misfits.txt", (MISFITS,), 1),
    ],
)
def test_the_first_screen(run, golden, name, arguments, code):
    done = run("analyze", *arguments)
    assert (done.code, done.err) == (code, "")
    golden(name, done.out)


@pytest.mark.parametrize("name", ["vgg16", "resnet50", "googlenet_aux", "mobilenet_v2", "alexnet"])
@pytest.mark.parametrize("gpu", [None, "rtx-3090"])
def test_the_answer_has_eight_lines_at_most(name, gpu):
    report = analyze(load(name), batch=32, gpu=gpu)
    assert len(answer_lines(report, None)) <= 8
    shown = plain(lines_of([report], View(width=80)))
    assert len(answer(shown)) <= 8
    assert max(map(len, answer(shown))) <= 80


@pytest.mark.parametrize("gpu", [(), ("--gpu", "t4")])
def test_five_layers_fit_a_screen(run, gpu):
    assert len(run("analyze", FIVE, *gpu).out.splitlines()) <= 22  # two more for the prompts
    assert len(run("analyze", "vgg16", "-b", "32", *gpu).out.splitlines()) <= 52
    shown = plain(lines_of([analyze(load(FIVE), gpu="t4")], View(width=80)))
    assert len(shown.splitlines()) <= 22


@pytest.mark.parametrize(
    "arguments", [(), ("--mode", "infer"), ("--optimizer", "adam"), ("--amp",)]
)
def test_the_parts_add_up_to_the_figure(run, arguments):
    out = run("analyze", "resnet18", "-b", "16", *arguments).out
    first, parts, *_ = answer(re.sub(r" \((?:largest|those made)[^()]*\)", "", out))
    figure = parse_bytes(re.search(r"takes ([\d.]+ \w+)", first)[1])
    found = [parse_bytes(size) for size in re.findall(r"([\d.,]+ [KMG]?i?B)\b", parts)]
    assert len(found) >= 5
    assert sum(found) == pytest.approx(figure, rel=0.005)


def test_why_there_are_fewer_gradients_than_parameters_is_said(run):
    """The peak of a step is in the midst of backward, or past it where they add up."""
    words = "(those made by the peak)"
    assert re.search(rf"gradients [\d.]+ \w+ {re.escape(words)}", run("analyze", "vgg16").out)
    page = run("analyze", "vgg16", "--format", "html").out
    assert "gradients: those made by the peak" in page
    for options in (("--accumulate", "2"), ("--mode", "infer"), ("--memory", "textbook")):
        assert words not in run("analyze", "vgg16", *options).out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--optimizer", "adam"), "optimizer 1.03 GiB (2 values a parameter, momentum 1), "),
        (("--optimizer", "adagrad"), "optimizer 527.8 MiB (1 value a parameter, momentum 1), "),
        (("--optimizer", "amsgrad", "--memory", "textbook"),
         "optimizer cache 1.55 GiB (3 values a parameter, momentum 1)\n"),
        (("--optimizer", "momentum"), "optimizer 527.8 MiB, "),
    ],
)  # fmt: skip
def test_what_another_optimizer_keeps_stands_beside_the_usual(run, options, words):
    assert words in run("analyze", "vgg16", *options).out


def test_it_is_what_json_calls_safe(run):
    safe = run("analyze", "resnet18", "--format", "json").network["memory"]["pytorch"]["safe"]
    assert f"takes {format_bytes(safe)}, on the safe side" in run("analyze", "resnet18").out


def test_the_largest_batch_is_that_of_fit(run):
    out = run("analyze", "resnet18", "--gpu", "t4").out
    largest = re.search(r"largest batch ([\d,]+)", out)[1]
    fitted = run("fit", "resnet18", "--gpu", "t4").out
    assert re.search(r"largest batch +([\d,]+)", fitted)[1] == largest
    assert "largest batch none" in run("analyze", "vgg16", "--budget", "100MiB").out
    assert "largest batch" not in run("analyze", "resnet18").out


def test_nothing_is_computed_from_sizes_that_do_not_fit(run):
    done = run("analyze", MISFITS, "--gpu", "t4")
    table, *rest = done.out.split("\n\n")
    assert done.code == 1
    assert "error[fit]" in rest[0]
    assert answer(done.out)[0] == BROKEN
    assert not re.search(r"\d [KMGT]?i?B", "".join(rest))
    assert "Total" in table


def test_what_was_assumed_is_one_line_no_wider_than_the_terminal():
    report = analyze(load(FIVE))
    (whole,) = [line for line, _ in answer_lines(report, None) if line.startswith("assumed")]
    assert whole.startswith("assumed: INPUT is 224x224x3")
    assert "CONV F=3, S=1, P=d(F-1)/2, 64 filters" in whole
    (cut,) = [line for line, _ in answer_lines(report, 80) if line.startswith("assumed")]
    assert len(cut) <= 80
    assert cut.endswith(" ...")


def test_details_are_offered_with_how_many_notes_there_are(run):
    assert re.search(r"--details: \d+ notes?, all", run("analyze", "zfnet").out)


@pytest.mark.parametrize("width", [80, 100])
def test_what_a_layer_is_comes_before_its_weights(width):
    header = plain(lines_of([analyze(load("lenet5"))], View(width=width))).split("\n")[1]
    assert "Hyperparameters" in header
    assert "Field" in header
    narrow = plain(lines_of([analyze(load(FIVE))], View(width=80))).split("\n")[1]
    assert "Parameters" in narrow
    assert "Weights" not in narrow
    assert "Share of memory" not in narrow


@pytest.mark.parametrize("width", [60, 80, 100])
def test_networks_side_by_side_keep_to_the_width(width, run, monkeypatch):
    from convcalc.cli import _output

    monkeypatch.setattr(_output, "terminal_width", lambda: width)
    for arguments in (
        ("compare", "vgg16", "resnet50", "--gpu", "t4", "-b", "900"),
        ("sweep", "INPUT[32x32x3] -> CONV{3,5}-{16,32} -> POOL{2,3} -> FC", "--gpu", "t4"),
        ("check", "vgg16", "lenet5", "--gpu", "t4", "-b", "900"),
    ):
        lines = run(*arguments).out.splitlines()
        assert max(map(len, lines)) <= width, arguments
        whole = "\n".join(lines)
        assert "Network" in whole or "checked" in whole or "CONV.F" in whole
    assert (
        "Left out for want of width: " in run("compare", "vgg16", "--gpu", "t4").out or width > 80
    )


def test_branches_are_no_children_of_the_folded_block_above(run):
    text = """
input: 8x8x3
blocks: {b: {layers: [conv: {filters: 4, size: 3, pad: 1}, relu]}}
layers: [b, concat: [[b, relu], [b]], fc: {units: 3}]
"""
    out = run("analyze", "-", "--depth", "0", "--columns", "name,type", stdin=text).out
    names = [line.split("  ")[0] for line in out.split("\n\n")[0].splitlines()[3:7]]
    assert names == ["▸b1", "▸b2", " relu1_1", "▸b3"]


@pytest.mark.parametrize("mode", ["train", "infer"])
def test_the_layers_that_hold_most_are_named(run, mode):
    """The same in the details, in explain and in a verdict: those that made what is alive."""
    out = run("analyze", "vgg16", "-b", "32", "--mode", mode).out
    details = run("analyze", "vgg16", "-b", "32", "--mode", mode, "--details").out
    ((first, rest, whole),) = re.findall(
        r"heaviest layers: (\w+) and ([\w ]+) ▸, ([\d.]+ \w+) \(--top",
        " ".join(out.split()),
    )
    (size,) = re.findall(rf"activations +[\d.]+ \w+ +{first} ([\d.]+ \w+), ", details)
    checked = run("check", "vgg16", "-b", "32", "--mode", mode, "--budget", "1MiB").out
    assert f"({first} {size}, " in checked
    told = run("explain", "vgg16", first, "-b", "32", "--mode", mode).out
    counted = " (counted where it was made; above, where it is first kept)"
    said = f"{size} that it made are alive{counted if mode == 'train' else ''}"
    line = f"At the peak {said} largest: {first} and {rest}, {whole} together"
    assert line in " ".join(told.split())


@pytest.mark.parametrize("depth", [(), ("--depth", "0"), ("--depth", "1")])
@pytest.mark.parametrize(
    "name", ["alexnet", "vgg16", "resnet50", "densenet121", "googlenet", "unet"]
)
def test_the_rows_that_are_marked_are_those_that_are_named(run, name, depth):
    """One rule for both, ties and folded blocks too; `at_peak` has their bytes."""
    out = run("analyze", name, *depth, "--columns", "at_peak,name").out
    marked = [line[1:].split() for line in out.splitlines() if line.startswith("▸")]
    sizes = [parse_bytes(f"{value}{unit}") for value, unit, _ in marked]
    words = re.search(r"layers: (\S+)(?: and (?:(\d+) more|\S+))? ▸, ([\d.]+ \w+)", out)
    if words is None:
        assert not marked
        assert re.search(r"evenly in \d+ layers", out)
        return
    first, more, whole = words.groups()
    assert any(first.endswith(name) for _, _, name in marked)
    assert len(marked) == 1 + int(more or " and " in words[0])
    assert f" (--top {len(marked)})" in out
    assert parse_bytes(whole) == pytest.approx(sum(sizes), rel=0.01)


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([2048, 1024, 0], "largest: a 2.00 KiB"),
        ([2048, 2048, 1], "largest: a and b, 4.00 KiB together"),
        ([2048, 2048, 2048, 1], "largest: a and 2 more, 6.00 KiB together"),
        ([1024, 4096, 1024, 1024], "largest: b 4.00 KiB"),
        ([2048, 2048, 2048], "evenly in 3 layers"),
        ([2048] * 7 + [1], "evenly in 8 layers"),
        ([4096] + [2048] * 7, "largest: a 4.00 KiB"),
        ([0, 0], ""),
        ([], ""),
    ],
)
def test_layers_as_large_are_all_counted(sizes, words):
    assert heaviest_words("abcdefgh"[: len(sizes)], sizes) == words


def test_nothing_is_said_to_hold_most_where_sizes_do_not_fit(run):
    table = run("analyze", MISFITS).out.split("\n\n")[0]
    assert not [line for line in table.splitlines() if line.startswith("▸")]
    assert "At the peak" not in run("analyze", MISFITS, "--format", "html").out.split("</thead>")[0]


def test_a_layer_that_made_nothing_that_lives_says_so(run):
    """A ReLU works in place of what the convolution made, and keeps it: that is another figure."""
    out = run("explain", "vgg16", "relu1_1").out
    assert "PyTorch keeps  its output, in place of its input" in out
    assert "At the peak    nothing that it made is alive (counted where it was made; above" in out


@pytest.mark.parametrize(
    ("options", "assumed"),
    [
        pytest.param(("--budget", "600MiB"), True, id="a budget alone"),
        pytest.param(("--budget", "200MiB", "--gpu", "t4"), False, id="a card"),
        pytest.param(("--budget", "250MiB", "--context", "200MiB"), False, id="the user's own"),
    ],
)
def test_whose_context_is_counted_is_said(run, options, assumed):
    """A budget of a card's memory is no card: contexts are from 100 to 760 MiB."""
    words = re.compile(r"CUDA context ([\d.]+ MiB)(?: \((any card)\))?")
    for command in ("analyze", "check"):
        out = run(command, "lenet5", *options).out
        assert words.search(out), command
        assert all((said == "any card") is assumed for _, said in words.findall(out)), command
    (context,) = {size for size, _ in words.findall(run("analyze", "lenet5", *options).out)}
    line = f"Each figure has a CUDA context of {context} in it, for any card; --gpu has"
    assert (line in run("fit", "lenet5", *options).out) is assumed
    assert "any card" not in run("fit", "lenet5", *options, "--memory", "textbook").out


def test_one_figure_stands_at_the_margin(run):
    """What torch shows and the notes count is less than what a card needs, and set in below it."""
    lines = answer(run("analyze", "vgg16", "-b", "32").out)
    sizes = [line for line in lines if re.search(r"[KMG]iB", line)]
    assert [line for line in sizes if not line.startswith(" ")] == sizes[:1]
    assert "  torch: 5.79 GiB reserved, 3.85 GiB allocated; CS231n's notes: 5.18 GiB" in lines
