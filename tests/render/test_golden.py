"""What the command prints, whole, in tests/golden; refreshed by pytest --refresh-golden.

The PyTorch model is left out: test_pytorch_golden.py has it.
"""

import pytest

CIFAR = "INPUT[32x32x3] -> CONV3-12 -> RELU -> POOL -> FC-10"
MISFITS = "INPUT[65x65x3] -> [CONV4-8/3(P=0, name=c) -> POOL2(name=p)]*3 -> FC-10"
BLOCKS = """
name: Blocks & [markup]
reference: https://example.org
input: 9x9x4
rounding: floor
blocks:
  pair: {parameters: {n: required}, layers: [conv: {filters: $n, size: 3, pad: 1}, bn, relu]}
layers:
  - pair: {n: 8}
  - residual: {main: [pair: {n: 8}]}
  - pool
  - gap
  - fc: {units: 10}
"""
TEXTBOOK = ("--memory", "textbook")
DETAILS = ("--details",)  # test_answer.py has what is printed without


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("vgg16.txt", ("vgg16", "--batch", "32", *TEXTBOOK)),
        ("vgg16-infer.txt", ("vgg16", "--mode", "infer", "--dtype", "float16", *TEXTBOOK)),
        ("vgg16.md", ("vgg16", "--format", "markdown", *TEXTBOOK)),
        ("vgg16.csv", ("vgg16", "--format", "csv", *TEXTBOOK)),
        ("zfnet.txt", ("zfnet", "--columns", "name,output,memory,weights,jump", *TEXTBOOK)),
        ("cifar.txt", (CIFAR, *TEXTBOOK)),
        ("cifar.json", (CIFAR, "--format", "json", *TEXTBOOK)),
        ("cifar.csv", (CIFAR, "--format", "csv")),
        ("cifar.md", (CIFAR, "--format", "markdown", *TEXTBOOK)),
        ("two.txt", (CIFAR, "INPUT -> FC", *TEXTBOOK)),
        ("two.csv", (CIFAR, "INPUT -> FC", "--format", "csv")),
    ],
)
def test_fits(run, golden, name, arguments):
    done = run("analyze", *arguments, *([] if "--format" in arguments else DETAILS))
    assert (done.code, done.err) == (0, "")
    golden(name, done.out)


@pytest.mark.parametrize(
    ("name", "style"),
    [("misfits.txt", "table"), ("misfits.json", "json"), ("misfits.md", "markdown")],
)
def test_misfits(run, golden, name, style):
    details = DETAILS if style == "table" else ()
    done = run("analyze", MISFITS, "--format", style, *TEXTBOOK, *details)
    assert (done.code, done.err) == (1, "")
    golden(name, done.out)


def test_misfits_as_csv_say_the_findings_on_the_other_stream(run, golden):
    done = run("analyze", MISFITS, "--format", "csv", *TEXTBOOK)
    assert done.code == 1
    golden("misfits.csv", done.out)
    golden("misfits.csv.err", done.err)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("blocks.txt", ()), ("blocks-folded.txt", ("--depth", "0")),
     ("blocks.md", ("--format", "markdown"))],
)  # fmt: skip
def test_blocks(run, golden, name, arguments):
    details = () if "--format" in arguments else DETAILS
    done = run("analyze", "-", *arguments, *TEXTBOOK, *details, stdin=BLOCKS)
    assert (done.code, done.err) == (0, "")
    golden(name, done.out)


@pytest.mark.parametrize("width", [40, 80, 120, 160])
def test_terminals(golden, width):
    from support import report

    from convcalc.render.formats import View
    from convcalc.render.table import render

    text = render([report(MISFITS)], View(width=width, details=True))
    golden(f"misfits-{width}.txt", text + "\n")
