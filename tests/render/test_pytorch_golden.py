"""What stands under the table about PyTorch's memory, whole, in tests/golden."""

import json

import pytest

FORK = """
name: Two heads
input: 16x16x3
layers:
  - conv: {name: stem, filters: 8, size: 3, pad: 1}
  - repeat: 2
    name: body
    checkpoint: true
    layers: [{residual: {main: [conv: {filters: 8, size: 3, pad: 1}, bn, relu]}}]
  - fc: {name: side, units: 10}
  - pool: {from: body}
  - fc: {name: main, units: 10}
outputs: [main, side]
"""


def below(text):
    """From the PyTorch model's heading to its chart."""
    found = text[text.index("Memory as PyTorch") :]
    return found.partition("\n\nNotes:")[0].rstrip("\n") + "\n"


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("pytorch-train.txt", ("resnet18", "-b", "32", "--gpu", "rtx-3090")),
        ("pytorch-amp.txt", ("vgg11_torchvision", "-b", "8", "--amp", "--optimizer", "adam")),
        ("pytorch-infer.txt", ("mobilenet_v2", "--mode", "infer", "--dtype", "float16")),
        ("pytorch-over.txt", ("resnet18", "-b", "1600", "--gpu", "a100-40gb")),
        ("pytorch-far-over.txt", ("vgg16", "-b", "512", "--gpu", "t4")),
        ("pytorch-reclaim.txt", ("resnet18", "-b", "1300", "--gpu", "a100-40gb")),
        ("pytorch-accumulate.txt", ("alexnet", "--accumulate", "4", "--context", "1GiB",
                                    "--workspace-factor", "0")),
        ("pytorch-misfit.txt", ("INPUT[10x10x1] -> CONV3-8/2(P=0)",)),
    ],
)  # fmt: skip
def test_in_words(run, golden, name, arguments):
    done = run("analyze", *arguments, "--details")
    assert done.err == ""
    golden(name, below(done.out))


def test_a_timeline_in_json(run, golden):
    done = run("analyze", "-", "--format", "json", "--timeline", stdin=FORK)
    assert (done.code, done.err) == (0, "")
    (found,) = json.loads(done.out)["networks"]
    golden("pytorch-timeline.json", json.dumps(found["memory"]["pytorch"], indent=1) + "\n")


def test_the_columns_of_layers(run, golden):
    columns = "name,output,held,forward,backward"
    done = run("analyze", "-", "--columns", columns, "--memory", "pytorch", "--details",
               stdin=FORK)  # fmt: skip
    assert (done.code, done.err) == (0, "")
    golden("pytorch-columns.txt", done.out)
