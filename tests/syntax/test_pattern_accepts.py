"""Every form of the grammar of patterns, and what it is read into."""

import pytest
from support import names, network, parse, report, sizes

from convcalc.text.syntax.tree import Choices, Group, LayerItem, Size

# What is written -> the same in the plainest notation.
SAME = [
    ("INPUT->CONV->FC", "INPUT -> CONV -> FC", "spaces are free"),
    ("INPUT   ->\tCONV ->FC ", "INPUT -> CONV -> FC", "any white space"),
    ("\n INPUT ->\n CONV\n -> FC\n", "INPUT -> CONV -> FC", "line ends"),
    ("INPUT → CONV → FC", "INPUT -> CONV -> FC", "an arrow as one character"),
    ("INPUT-CONV-FC", "INPUT -> CONV -> FC", "hyphens before letters"),
    ("INPUT - CONV - FC", "INPUT -> CONV -> FC", "hyphens with spaces"),
    ("INPUT-[CONV-RELU]*2-FC", "INPUT -> [CONV -> RELU]*2 -> FC", "a hyphen before a bracket"),
    ("[INPUT-CONV-RELU-POOL-FC]", "INPUT -> CONV -> RELU -> POOL -> FC", "brackets around it all"),
    ("[[INPUT -> FC]]", "INPUT -> FC", "two pairs of brackets around it all"),
    ("input -> Conv -> ReLU -> fc", "INPUT -> CONV -> RELU -> FC", "keywords in any case"),
    ("INPUT -> CONV # a comment\n -> FC # and another", "INPUT -> CONV -> FC", "comments"),
    ("# first\nINPUT -> FC", "INPUT -> FC", "a comment in front"),
    ("INPUT -> CONV × 2 -> FC", "INPUT -> CONV*2 -> FC", "a multiplication sign repeats"),
    ("INPUT -> [CONV] * 3", "INPUT -> [CONV]*3", "spaces around the star"),
    ("INPUT -> CONV*1 -> FC", "INPUT -> CONV -> FC", "once"),
    ("INPUT -> CONV*0 -> FC", "INPUT -> CONV*0 -> FC", "not at all"),
    ("INPUT -> [CONV -> POOL?]*M", "INPUT -> [CONV -> POOL?]*M", "optional, and a name"),
    ("INPUT -> POOL ? * 2", "INPUT -> POOL?*2", "optional and repeated"),
    ("INPUT -> CONV3", "INPUT -> CONV(F=3)", "F"),
    ("INPUT -> CONV3-64", "INPUT -> CONV(F=3, K=64)", "F and K, as in the VGG listing"),
    ("INPUT -> CONV-64", "INPUT -> CONV(K=64)", "K alone"),
    ("INPUT -> CONV/2", "INPUT -> CONV(S=2)", "S alone"),
    ("INPUT -> CONV3 - 64 / 2", "INPUT -> CONV(F=3, K=64, S=2)", "spaces in the shorthand"),
    ("INPUT -> CONV 3", "INPUT -> CONV(F=3)", "a space before F"),
    ("INPUT -> CONV11-96/4(P=0)", "INPUT -> CONV(F=11, K=96, S=4, P=0)", "the shorthand, and P"),
    ("INPUT -> POOL2", "INPUT -> POOL(F=2)", "the listing's POOL2"),
    ("INPUT -> POOL3/2", "INPUT -> POOL(F=3, S=2)", "overlapping pooling"),
    ("INPUT -> FC-4096", "INPUT -> FC(K=4096)", "the units of FC"),
    ("INPUT[32x32x3]", "INPUT[32x32x3]", "the size of the input"),
    ("INPUT [ 32 × 32 X 3 ]", "INPUT[32x32x3]", "× and X in a size"),
    ("INPUT(W=32, H=30, D=3)", "INPUT(W=32, H=30, D=3)", "the size by its letters"),
    ("INPUT -> CONV3-8[8x8x8]", "INPUT -> CONV(F=3, K=8)[8x8x8]", "a size that is claimed"),
    ("INPUT -> CONV(F=3×5)", "INPUT -> CONV(F=3x5)", "a filter that is no square"),
    ("INPUT -> CONV(BIAS=False)", "INPUT -> CONV(BIAS=false)", "false in any case"),
    ("INPUT -> CONV( P = same )", "INPUT -> CONV(P=same)", "a word"),
    ("INPUT -> CONV{3,5}-{16..18}", "INPUT -> CONV(F={3,5}, K={16,17,18})", "in the shorthand"),
    ("INPUT -> CONV(S={ 1 .. 2 })", "INPUT -> CONV(S={1,2})", "a range as a value"),
    ("INPUT -> CONV*{1..3}", "INPUT -> CONV*{1,2,3}", "a range of repeats"),
    ("INPUT -> RELU6 -> FC", "INPUT -> RELU6 -> FC", "the longest keyword wins"),
    ("INPUT -> RELU6-FC", "INPUT -> RELU6 -> FC", "RELU6 before a hyphen"),
    ("INPUT -> DROPOUT(p=0.5)", "INPUT -> DROPOUT(p=0.5)", "a decimal number"),
    ("INPUT -> DROPOUT(p=0.00001)", "INPUT -> DROPOUT(p=0.00001)", "without an exponent"),
    ("INPUT -> CONV(name=stem)", "INPUT -> CONV(name=stem)", "a name"),
    ("INPUT -> [[[CONV]]]", "INPUT -> [[[CONV]]]", "brackets in brackets"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "plain"), [pytest.param(*case[:2], id=case[2]) for case in SAME]
)
def test_is_read_as(written, plain):
    assert str(parse(written)) == plain
    assert parse(written) == parse(plain)


def test_the_tree_of_the_general_pattern():
    chain = parse("INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> FC").items
    outer = chain[1]
    assert isinstance(outer, Group)
    assert outer.count == "M"
    inner, pool = outer.items
    assert (inner.count, pool.optional, pool.count) == ("N", True, 1)
    assert [item.keyword for item in inner.items] == ["CONV", "RELU"]


def test_the_values_of_arguments():
    (_, layer) = parse("INPUT -> CONV(F=3x5, P=same, bias=false, S={1..3}, p=0.5, a=-1)").items
    assert isinstance(layer, LayerItem)
    assert [argument.value for argument in layer.arguments] == [
        Size(3, 5), "same", False, Choices((1, 2, 3)), 0.5, -1,
    ]  # fmt: skip


def test_spans_are_those_of_the_source():
    text = "INPUT -> CONV3-64(P=1)[9x9x9] -> FC"
    layer = parse(text).items[1]
    assert layer.span.text == "CONV3-64(P=1)[9x9x9]"
    assert layer.size_span.text == "[9x9x9]"
    assert [argument.span.text for argument in layer.arguments] == ["3", "64", "P=1"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("INPUT -> CONV", "224x224x64"),
        ("INPUT -> CONV5", "224x224x64"),
        ("INPUT -> CONV -> POOL -> CONV", "112x112x128"),
        ("INPUT -> [CONV -> POOL]*5 -> CONV", "7x7x512"),
        ("INPUT -> CONV(dilation=2)", "224x224x64"),
        ("INPUT -> FC -> FC", "1x1x1000"),
    ],
)
def test_the_notes_defaults(pattern, expected):
    assert sizes(pattern)[-1] == expected


def test_hidden_and_last_fc():
    assert sizes("INPUT -> FC -> RELU -> FC -> FC")[1:] == [
        "1x1x4096", "1x1x4096", "1x1x4096", "1x1x1000",
    ]  # fmt: skip


def test_other_defaults_on_request():
    settings = {"filters": 16, "hidden": 100, "classes": 10}
    found = sizes("INPUT[32x32x3] -> CONV -> POOL -> CONV -> FC -> FC", **settings)
    assert found[1:] == ["32x32x16", "16x16x16", "16x16x32", "1x1x100", "1x1x10"]


def test_every_assumption_is_a_sentence():
    assert report("INPUT -> [CONV -> RELU -> POOL]*2 -> FC -> RELU -> FC").assumed == [
        "INPUT is 224x224x3",
        "CONV: F=3 where no filter size is written",
        "CONV: S=1 where no stride is written",
        "CONV: P=d(F-1)/2 where no padding is written",
        "CONV: 64 filters, doubled after each POOL up to 512",
        "POOL: max where no mode is written",
        "POOL: F=2 where no window size is written",
        "POOL: S=2 where no stride is written",
        "POOL: P=0 where no padding is written",
        "hidden FC layers have 4096 units",
        "the last FC has 1000 units",
    ]


def test_nothing_is_assumed_where_everything_is_written():
    text = "INPUT[32x32x3] -> CONV3-8/1(P=1) -> POOL2/2(P=0, mode=max) -> FC-10"
    assert report(text).assumed == []


def test_a_square_where_one_side_is_given():
    assert sizes("INPUT(W=32) -> FC")[0] == "32x32x3"
    assert report("INPUT(W=32) -> FC-1").assumed == ["INPUT is 32 high", "INPUT has 3 channels"]


@pytest.mark.parametrize(
    ("pattern", "given", "layers"),
    [
        pytest.param("INPUT -> CONV*N", {"N": 3}, 4, id="a letter"),
        pytest.param("INPUT -> CONV*depth", {"depth": 2}, 3, id="any word"),
        pytest.param("INPUT -> CONV*N", {"N": 0}, 1, id="zero"),
        pytest.param("INPUT -> [CONV*N -> RELU]*N", {"N": 2}, 7, id="a name in two places"),
        pytest.param("INPUT -> POOL? -> FC", {}, 3, id="optional, there by default"),
        pytest.param("INPUT -> POOL? -> FC", {"POOL": False}, 2, id="left out"),
        pytest.param("INPUT -> pool? -> FC", {"Pool": False}, 2, id="left out in any case"),
        pytest.param("INPUT -> POOL? -> FC", {"POOL": True}, 3, id="asked for"),
        pytest.param("INPUT -> [POOL -> CONV]? -> FC", {"POOL": False}, 2, id="a whole group"),
    ],
)
def test_values_from_outside(pattern, given, layers):
    assert len(names(pattern, names=given)) == layers


def test_repeats_of_0_inside_enormous_repeats():
    assert names("INPUT -> [[CONV*0]*1000000]*1000000 -> FC") == ["input", "fc1"]


def test_a_pattern_argument_of_the_input_wins_over_the_source():
    from convcalc.facts.shape import Shape

    assert sizes("INPUT[32x32x3] -> POOL", input=Shape(64, 64, 1)) == ["64x64x1", "32x32x1"]
    assumed = network("INPUT -> POOL", input=Shape(64, 64, 1)).assumed
    assert not [sentence for sentence in assumed if "INPUT" in sentence]
