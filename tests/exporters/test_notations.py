"""Either notation as the other: the same layers with the same facts."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support import ONE_OF_A_FAMILY

from convcalc.models.exporters import pattern
from convcalc.models.exporters.listing import listing_of
from convcalc.models.writing.spec import spec_source as yaml
from convcalc.network.loading import load, networks
from convcalc.text.source import Source
from convcalc.walk.propagation import propagate

SHIPPED = ONE_OF_A_FAMILY


def chains():
    found = []
    for name in SHIPPED:
        walk = propagate(load(name))
        steps = [(index - 1,) for index in range(1, len(walk.nodes))]
        if [node.inputs for node in walk.nodes[1:]] == steps and len(walk.outputs) == 1:
            found.append(name)
    return found


def facts(walk):
    return [(node.node.layer.type_name, node.facts, node.inputs) for node in walk.nodes]


def read(text, is_yaml):
    (network,) = networks(Source(text, "exported"), is_yaml=is_yaml)
    return propagate(network)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_spec_as_yaml_is_the_same_network(name):
    walk = propagate(load(name))
    again = read(yaml(listing_of(walk)), is_yaml=True)
    assert facts(again) == facts(walk)
    assert [node.name for node in again.nodes] == [node.name for node in walk.nodes]
    assert again.outputs == walk.outputs
    assert again.network.title == walk.network.title


@pytest.mark.parametrize("name", chains())
def test_a_chain_as_a_pattern_is_the_same_network(name):
    walk = propagate(load(name))
    assert facts(read(pattern.text(walk), is_yaml=False)) == facts(walk)


def test_there_are_chains():
    assert len(chains()) >= 15


ITEMS = """CONV3-8; CONV5-16(P=0); CONV3-8/2(P=1, rounding=floor); CONV(F=3x5, K=4, P=1x2);
CONV3-8(bias=false); RELU; POOL2(rounding=ceil); POOL(mode=avg, F=3, S=1, P=1); BN; GELU;
DROPOUT(p=0.25)"""
ITEM = st.sampled_from(ITEMS.replace("\n", " ").split("; "))
CHAIN = st.lists(ITEM, min_size=1, max_size=6).map(" -> ".join)
UNEVEN = {1: ("3", "1"), 2: ("3x5", "1x2"), 3: ("3x5x1", "1x2x0")}


@pytest.mark.parametrize("axes", UNEVEN)
@settings(max_examples=50, deadline=None)
@given(chain=CHAIN, times=st.integers(1, 3))
def test_any_chain_there_and_back(axes, chain, times):
    kernel, padding = UNEVEN[axes]
    chain = chain.replace("3x5", kernel).replace("1x2", padding)
    text = f"INPUT[{'40x' * axes}8] -> [{chain}]*{times} -> FC-10"
    walk = read(text, is_yaml=False)
    assert facts(read(pattern.text(walk), is_yaml=False)) == facts(walk)
    again = read(yaml(listing_of(walk)), is_yaml=True)
    assert facts(again) == facts(walk)
    assert [node.name for node in again.nodes] == [node.name for node in walk.nodes]


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ("a b a b c", "[a -> b]*2 -> c"),
        ("a a a", "[a]*3"),
        ("a a b a a b", "[[a]*2 -> b]*2"),
        ("a b c", "a -> b -> c"),
        ("x a b a b a b", "x -> [a -> b]*3"),
    ],
)
def test_what_repeats_is_written_once(items, expected):
    assert " -> ".join(pattern.fold_repeats(items.split())) == expected


LENET = """\
INPUT[32x32x1] -> CONV5-6(P=0) -> TANH -> POOL2(mode=avg) -> CONV5-16(P=0) -> TANH -> \
POOL2(mode=avg) -> CONV5-120(P=0) -> TANH -> FC-84 -> TANH -> FC-10
"""


def test_the_pattern_of_lenet(run):
    assert run("export", "pattern", "lenet5") == (0, LENET, "")


SMALL = """\
# POOL: max where no mode is written
# POOL: S=2 where no stride is written
# POOL: P=0 where no padding is written
name: "INPUT[8x8x3] -> CONV3-4(P=1) -> RELU -> POOL2"
input: 8x8x3

layers:
  - conv: {name: conv1_1, filters: 4, size: 3, pad: 1}
  - relu: {name: relu1_1}
  - pool: {name: pool1}
"""


def test_the_yaml_of_a_pattern(run):
    result = run("export", "yaml", "INPUT[8x8x3] -> CONV3-4/1(P=1) -> RELU -> POOL2")
    assert result == (0, SMALL.replace("CONV3-4(", "CONV3-4/1("), "")


BRANCHES = """\
error: `layer1.0.add` takes `layer1.0.bn2`, `maxpool`: no pattern says that
hint: `convcalc export yaml` does
"""
OUTPUTS = "error: GoogLeNet with auxiliary classifiers has several outputs; a pattern has one\n"


def test_what_no_pattern_says(run, tmp_path):
    assert run("export", "pattern", "resnet18") == (2, "", BRANCHES)
    path = tmp_path / "heads.yaml"
    path.write_text("input: 8x8x3\nlayers: [CONV1-4(name=a), relu]\noutputs: [a, relu1_1]\n")
    assert run("export", "pattern", str(path)).err == (
        "error: heads has several outputs; a pattern has one\n"
    )


def test_a_misfit_is_told_and_ends_with_1(run):
    result = run("export", "yaml", "INPUT[10x10x1] -> CONV3-8/2(P=0)")
    assert result.code == 1
    assert "(10 - 3 + 2*0)/2 + 1 = 4.5" in result.err
    assert "- conv: {name: conv1_1, filters: 8, size: 3, stride: 2}" in result.out


CHECKPOINTED = """\
name: Net
input: 8x8x3
rounding: floor

layers:
  - conv: {name: stem, filters: 4, size: 1}
  - repeat: 1
    name: body
    checkpoint: true
    layers:
      - conv: {name: one, filters: 4, size: 3, pad: 1}
      - relu: {name: two, inplace: false}
  - conv: {name: again, filters: 4, size: 1, trainable: false}
  - conv: {name: more, filters: 4, size: 1, share: again}
budget: {memory: 1GiB, batch: 8}
"""


def test_what_is_said_about_a_network_is_kept():
    (network,) = networks(Source(CHECKPOINTED, "net.yaml"), is_yaml=True)
    assert yaml(listing_of(propagate(network))) == CHECKPOINTED
