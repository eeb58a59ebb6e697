"""What changed between two networks, layer by layer."""

import pytest
from support import network, walk

from convcalc.answers.difference import compare_networks
from convcalc.facts.setup import Setup
from convcalc.network.loading import load
from convcalc.walk.propagation import propagate

PLAIN = "INPUT[32x32x3] -> CONV3-8 -> RELU -> POOL -> CONV3-16 -> RELU -> POOL -> FC-10"


def lines(old, new):
    """Status, type and options of every line that is not the same."""
    found = compare_networks(walk(old), walk(new), Setup())
    return [(line.status, line.side.type, line.changed_options()) for line in found.lines]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        pytest.param("RELU -> POOL", "RELU -> POOL", [], id="nothing"),
        pytest.param("-> CONV3-8 ->", "-> CONV3-8(name=other) ->", [], id="a name is no change"),
        pytest.param("RELU -> POOL -> FC-10", "RELU -> POOL -> DROPOUT -> FC-10",
                     [("added", "DROPOUT", {})], id="added"),
        pytest.param("-> CONV3-16 -> RELU", "-> CONV3-16 -> BN -> RELU",
                     [("added", "BN", {})], id="what comes behind an added layer stays the same"),
        pytest.param("-> CONV3-16 -> RELU", "-> CONV3-16",
                     [("removed", "RELU", {})], id="removed"),
        pytest.param("FC-10", "FC-20", [("changed", "FC", {"out_features": (10, 20)})],
                     id="an option"),
        pytest.param("CONV3-16", "CONV5-24",
                     [("changed", "CONV", {"kernel_size": ((3, 3), (5, 5)),
                                           "out_channels": (16, 24),
                                           "padding": ((1, 1), (2, 2))}),
                      ("resized", "RELU", {}), ("resized", "POOL", {}), ("resized", "FC", {})],
                     id="two options, and the sizes behind"),
        pytest.param("CONV3-16 -> RELU", "CONV3-16 -> TANH",
                     [("removed", "RELU", {}), ("added", "TANH", {})], id="another type"),
        pytest.param("RELU -> POOL -> CONV3-16", "RELU(inplace=false) -> POOL -> CONV3-16",
                     [("changed", "RELU", {"inplace": (True, False)})],
                     id="an option that tables do not show"),
    ],
)  # fmt: skip
def test_lines(old, new, expected):
    assert old in PLAIN
    found = lines(PLAIN, PLAIN.replace(old, new, 1))
    assert [(status, kind) for status, kind, _ in found] == [line[:2] for line in expected]
    for (_, _, changes), (_, _, wanted) in zip(found, expected, strict=True):
        assert changes == wanted


GRAPH = """\
input: 8x8x4
layers:
  - conv: {{name: a, filters: 4, size: 1}}
  - conv: {{name: b, filters: 4, size: 1, from: a}}
  - conv: {{name: c, filters: 4, size: 1, from: b}}
  - add: {{from: [c, {other}]}}
"""


def test_other_inputs_are_a_change():
    old, new = (walk(GRAPH.format(other=name), is_yaml=True) for name in "ab")
    (line,) = compare_networks(old, new, Setup()).lines
    assert (line.status, line.side.type, line.changed_options()) == ("changed", "ADD", {})


@pytest.mark.parametrize(
    ("old", "new", "option"),
    [
        pytest.param("relu", "relu: {trainable: false}", "trainable", id="frozen"),
        pytest.param("repeat: 1\n    name: x", "repeat: 1\n    name: x\n    checkpoint: true",
                     "checkpoint", id="checkpointed"),
    ],
)  # fmt: skip
def test_what_is_said_of_any_layer(old, new, option):
    text = "input: 8x8x4\nlayers:\n  - repeat: 1\n    name: x\n    layers: [relu]\n"
    found = compare_networks(
        walk(text, is_yaml=True), walk(text.replace(old, new, 1), is_yaml=True), Setup()
    )
    (line,) = found.lines
    assert list(line.changed_options()) == [option]


@pytest.mark.parametrize(
    ("old", "new"),
    [("vgg16", "vgg16_bn"), ("resnet50", "resnext50_32x4d"), ("resnet18", "vgg16")],
)
def test_the_lines_add_up_to_the_totals(old, new):
    found = compare_networks(propagate(load(old)), propagate(load(new)), Setup())
    for metric in ("parameters", "macs", "activations"):
        assert sum(line.delta(metric) for line in found.lines) == found.totals[metric].delta


@pytest.mark.parametrize("spec", ["vgg16", "resnet50", "densenet121", "unet", "googlenet_aux"])
def test_a_spec_against_itself(spec):
    found = compare_networks(propagate(load(spec)), propagate(load(spec)), Setup())
    assert found.lines == []
    assert all(total.delta == 0 for total in found.totals.values())


VGG = "INPUT[64x64x3] -> {}[CONV3-8 -> RELU]*2 -> POOL -> [CONV3-8 -> RELU]*{} -> POOL -> FC-10"


@pytest.mark.parametrize(
    ("old", "new", "names"),
    [
        pytest.param(load("vgg16"), load("vgg19"),
                     ["+conv3_4", "+relu3_4", "+conv4_4", "+relu4_4", "+conv5_4", "+relu5_4"],
                     id="the fourth convolution of three blocks"),
        pytest.param(load("vgg19"), load("vgg16"),
                     ["-conv3_4", "-relu3_4", "-conv4_4", "-relu4_4", "-conv5_4", "-relu5_4"],
                     id="the other way round"),
        pytest.param(network(VGG.format("", 2)), network(VGG.format("", 4)),
                     ["+conv2_3", "+relu2_3", "+conv2_4", "+relu2_4"], id="two more in a block"),
        pytest.param(network(VGG.format("", 2)), network(VGG.format("CONV3-4 -> RELU -> ", 3)),
                     ["+conv1_1", "+relu1_1", "+conv2_3", "+relu2_3"],
                     id="where an added layer shifts the names of others"),
    ],
)  # fmt: skip
def test_layers_of_a_block_are_aligned_by_position(old, new, names):
    found = compare_networks(propagate(old), propagate(new), Setup())
    marks = {"added": "+", "removed": "-", "changed": "!"}
    shown = [f"{marks[each.status]}{each.side.name}" for each in found.lines
             if each.status in marks]  # fmt: skip
    assert shown == names


@pytest.mark.parametrize(
    ("old", "new", "block", "count", "changed"),
    [
        ("resnet50", "resnet101", "layer3", range(6, 23), []),
        ("densenet121", "densenet169", "denseblock3", range(25, 33),
         ["denseblock3.features", "transition3.conv", "denseblock4.features"]),
    ],
)  # fmt: skip
def test_blocks_are_aligned_by_position(old, new, block, count, changed):
    found = compare_networks(propagate(load(old)), propagate(load(new)), Setup())
    added = {".".join(each.side.name.split(".")[:2]) for each in found.lines
             if each.status == "added" and each.side.name.startswith(f"{block}.")}  # fmt: skip
    wanted = {f"{block}.{'denselayer' * (block[0] == 'd')}{number}" for number in count}
    assert added == wanted
    assert [each.side.name for each in found.lines if each.status == "changed"] == changed


def test_the_notes_total_stands_there_once(run):
    out = run("diff", "vgg16", "vgg19", "--memory", "textbook").out
    totals = out.splitlines()[-4:]
    assert [line.split("  ")[0] for line in totals] == [
        "parameters", "macs", "activations", "textbook memory, batch 1"]  # fmt: skip
    values = [line.split("  ")[1:] for line in totals]
    assert len({str(each) for each in values}) == len(values)
