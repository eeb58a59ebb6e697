"""Names of layers: automatic as in the VGG paper, stable, never taken twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import names, network

from convcalc import load
from convcalc.text.errors import SpecError

VGG16 = """
    input conv1_1 relu1_1 conv1_2 relu1_2 pool1
    conv2_1 relu2_1 conv2_2 relu2_2 pool2
    conv3_1 relu3_1 conv3_2 relu3_2 conv3_3 relu3_3 pool3
    conv4_1 relu4_1 conv4_2 relu4_2 conv4_3 relu4_3 pool4
    conv5_1 relu5_1 conv5_2 relu5_2 conv5_3 relu5_3 pool5
    fc1 relu6_1 fc2 relu6_2 fc3
"""


def test_vgg16_as_in_the_paper():
    assert [node.name for node in load("vgg16").nodes] == VGG16.split()


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param("INPUT -> FC", "input fc1", id="FC is numbered through"),
        pytest.param("INPUT -> FC*3", "input fc1 fc2 fc3", id="a repeat counts on"),
        pytest.param("INPUT -> CONV -> POOL -> FC -> RELU -> FC",
                     "input conv1_1 pool1 fc1 relu2_1 fc2", id="RELU belongs to its stage"),
        pytest.param("INPUT -> [CONV -> RELU -> POOL]*2",
                     "input conv1_1 relu1_1 pool1 conv2_1 relu2_1 pool2", id="POOL ends a stage"),
        pytest.param("INPUT -> POOL -> POOL -> CONV", "input pool1 pool2 conv3_1", id="two POOL"),
        pytest.param("INPUT -> CONV -> GAP -> CONV", "input conv1_1 pool1 conv2_1", id="GAP too"),
        pytest.param("INPUT -> CONV -> MAXPOOL -> AVGPOOL", "input conv1_1 pool1 pool2",
                     id="every pooling is a pool"),
        pytest.param("INPUT -> CONV -> LOCAL -> CONV", "input conv1_1 local1_1 conv1_2",
                     id="each type by itself"),
        pytest.param("INPUT -> RELU6 -> RELU -> RELU6", "input relu6_1_1 relu1_1 relu6_1_2",
                     id="a keyword that ends in a digit"),
        pytest.param("INPUT -> CONV(name=stem) -> CONV", "input stem conv1_1", id="a given name"),
        pytest.param("INPUT -> CONV(name=conv1_1) -> CONV", "input conv1_1 conv1_2",
                     id="a given name that is the automatic one"),
        pytest.param("INPUT -> CONV -> CONV(name=conv1_1)", "input conv1_2 conv1_1",
                     id="a later name is not taken before"),
        pytest.param("INPUT -> POOL -> POOL(name=pool1) -> CONV", "input pool2 pool1 conv3_1",
                     id="a pool's name given to a later one"),
        pytest.param("INPUT -> [CONV(name=c) -> RELU]*2", "input c_1 relu1_1 c_2 relu1_2",
                     id="a given name in a repeat"),
        pytest.param("INPUT -> CONV(name=c)*3", "input c_1 c_2 c_3", id="a repeated layer"),
        pytest.param("INPUT -> [[CONV(name=c)]*2]*2", "input c_1_1 c_1_2 c_2_1 c_2_2",
                     id="repeats in repeats"),
        pytest.param("INPUT -> [CONV(name=c)]*1", "input c", id="a repeat of one"),
        pytest.param("INPUT(name=images) -> FC", "images fc1", id="the input's own"),
        pytest.param("INPUT -> CONV(name=卷积) -> FC", "input 卷积 fc1", id="in any language"),
    ],
)  # fmt: skip
def test_names(pattern, expected):
    assert names(pattern) == expected.split()


def test_taking_out_activations_renames_no_convolution():
    with_relu = names("INPUT -> [[CONV -> RELU]*2 -> POOL]*2 -> FC")
    without = names("INPUT -> [[CONV]*2 -> POOL]*2 -> FC")
    assert [name for name in with_relu if not name.startswith("relu")] == without


def test_adding_to_the_end_renames_nothing():
    short, long = "INPUT -> [CONV -> POOL]*2", "INPUT -> [CONV -> POOL]*2 -> CONV -> FC"
    assert names(long)[: len(names(short))] == names(short)


def test_a_pattern_and_a_spec_name_alike():
    spec = "input: 32x32x3\nlayers: [conv: {filters: 8, size: 3}, relu, pool, fc: {units: 2}]"
    pattern = "INPUT[32x32x3] -> CONV3-8(P=0) -> RELU -> POOL -> FC-2"
    assert names(spec, is_yaml=True) == names(pattern)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("INPUT -> CONV(name=a) -> CONV(name=a)", "a"),
        ("INPUT -> CONV(name=input)", "input"),
        ("INPUT(name=x) -> CONV(name=x)", "x"),
        ("INPUT -> [CONV(name=c)]*2 -> CONV(name=c_2)", "c_2"),
    ],
)
def test_clashes_are_refused(pattern, name):
    with pytest.raises(SpecError, match=f"the name `{name}` is given twice, first at <pattern>:1:"):
        network(pattern)


def test_names_in_yaml_may_hold_anything():
    spec = 'layers: [conv: {name: "a b/c: [d]", filters: 8, size: 3}]'
    assert names(spec, is_yaml=True) == ["input", "a b/c: [d]"]


layers = st.sampled_from(["CONV", "RELU", "POOL", "FC", "RELU6", "LRN", "GAP", "DROPOUT"])
given_names = st.sampled_from(["", "(name=conv1_1)", "(name=relu2_1)", "(name=pool1)"])


@given(st.lists(st.tuples(layers, st.integers(0, 4)), min_size=1, max_size=8))
def test_names_are_never_given_twice(chain):
    text = " -> ".join(["INPUT", *(f"{layer}*{count}" for layer, count in chain)])
    found = names(text)
    assert len(set(found)) == len(found) == 1 + sum(count for _, count in chain)


@given(st.lists(st.tuples(layers, given_names), min_size=1, max_size=8))
def test_automatic_names_avoid_given_ones(chain):
    used = [name for _, name in chain if name]
    text = " -> ".join(["INPUT", *(layer + name for layer, name in chain)])
    if len(set(used)) < len(used):
        with pytest.raises(SpecError, match="is given twice"):
            names(text)
    else:
        assert len(set(names(text))) == len(chain) + 1
