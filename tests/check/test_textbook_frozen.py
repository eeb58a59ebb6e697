"""The notes' count where layers are frozen: no gradients, no cache, nothing in front of them."""

import json

import pytest

from convcalc.facts.setup import Setup
from convcalc.memory.textbook import textbook_memory
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

FROZEN = """name: net
input: 8x8x3
layers:
  - conv: {name: a, filters: 4, size: 3, pad: 1, trainable: false}
  - relu
  - conv: {name: b, filters: 5, size: 3, pad: 1%s}
  - fc: {name: c, units: 7%s}
"""


def counted(write, b="", c=""):
    write({"net.yaml": FROZEN % (b, c)})
    return textbook_memory(propagate(load("net.yaml")).nodes, Setup(2))


def test_gradients_begin_behind_the_first_layer_that_learns(write):
    found = counted(write)
    b, c = 8 * 8 * 5, 7
    assert found.activation_gradients == 2 * 4 * (b + c)
    learned = 4 * (5 * 4 * 9 + 5 + 8 * 8 * 5 * 7 + 7)
    assert (found.parameter_gradients, found.optimizer_state) == (learned, learned)


def test_a_last_layer_that_learns(write):
    found = counted(write, b=", trainable: false")
    assert found.activation_gradients == 2 * 4 * 7
    assert found.parameter_gradients == 4 * (8 * 8 * 5 * 7 + 7)


def test_nothing_learns(write):
    found = counted(write, b=", trainable: false", c=", trainable: false")
    assert (found.activation_gradients, found.parameter_gradients, found.optimizer_state) == (
        0, 0, 0)  # fmt: skip
    assert found.parameters > 0


def test_a_network_that_learns_whole_counts_all_as_the_notes_do():
    found = textbook_memory(propagate(load("vgg16")).nodes, Setup(32))
    assert found.activation_gradients == found.activations
    assert found.total == 5_561_118_176


def test_vgg_with_a_new_last_layer(run, write):
    """VGG-16, all frozen but an FC-20: the issue's figures."""
    layers = []
    for filters, times in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(times):
            layers += [f"conv: {{filters: {filters}, size: 3, pad: 1, trainable: false}}", "relu"]
        layers.append("pool")
    for _ in range(2):
        layers += ["fc: {units: 4096, trainable: false}", "relu"]
    layers.append("fc: {units: 20}")
    text = "name: tuned\ninput: 224x224x3\nlayers:\n"
    write({"tuned.yaml": text + "".join(f"  - {layer}\n" for layer in layers)})
    done = run("analyze", "tuned.yaml", "-b", "32", "--format", "json")
    found = json.loads(done.out)["networks"][0]["memory"]["textbook"]
    assert (found["parameter_gradients"], found["optimizer_state"]) == (327_760, 327_760)
    assert found["activation_gradients"] == 32 * 20 * 4


@pytest.mark.parametrize(
    ("options", "words"),
    [(["--amp"], "without autocast"), (["--gpus", "4"], "without several GPUs"), ([], "")],
)
def test_the_heading_says_what_is_not_counted(options, words, run):
    done = run("analyze", "INPUT[32x32x3] -> CONV3-8 -> FC-10", "--details", *options)
    heading = next(line for line in done.out.splitlines() if line.startswith("Memory as CS231n"))
    assert heading.endswith(f"{words}):" if words else "momentum):")
