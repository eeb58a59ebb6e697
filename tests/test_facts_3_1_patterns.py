"""CS231n's notes, 3.1: the patterns of layers."""

import itertools

import pytest
from support import names, network, report, sizes, walk

GENERAL = "INPUT -> [[CONV -> RELU]*N -> POOL?]*M -> [FC -> RELU]*K -> FC"


def kinds(text: str, **values) -> str:
    return " ".join(row.type for row in report(text, names=values).rows)


@pytest.mark.parametrize(
    ("pattern", "layers"),
    [
        pytest.param("INPUT -> FC", "INPUT FC", id="a linear classifier"),
        pytest.param("INPUT -> CONV -> RELU -> FC", "INPUT CONV RELU FC", id="one CONV"),
        pytest.param(
            "INPUT -> [CONV -> RELU -> POOL]*2 -> FC -> RELU -> FC",
            "INPUT CONV RELU POOL CONV RELU POOL FC RELU FC",
            id="a CONV between every POOL",
        ),
        pytest.param(
            "INPUT -> [CONV -> RELU -> CONV -> RELU -> POOL] * 3 -> [FC -> RELU] * 2 -> FC",
            "INPUT" + " CONV RELU CONV RELU POOL" * 3 + " FC RELU" * 2 + " FC",
            id="two CONV before every POOL, spaces around the star",
        ),
    ],
)
def test_the_examples(pattern, layers):
    assert kinds(pattern) == layers
    assert not walk(pattern).findings


@pytest.mark.parametrize(("n", "m", "k"), list(itertools.product(range(4), range(4), range(3))))
def test_the_general_pattern(n, m, k):
    expected = ["INPUT", *(["CONV", "RELU"] * n + ["POOL"]) * m, *["FC", "RELU"] * k, "FC"]
    assert kinds(GENERAL, N=n, M=m, K=k) == " ".join(expected)


@pytest.mark.parametrize(("n", "m", "k"), list(itertools.product(range(1, 3), range(3), range(2))))
def test_without_the_optional_pooling(n, m, k):
    expected = ["INPUT", *["CONV", "RELU"] * n * m, *["FC", "RELU"] * k, "FC"]
    assert kinds(GENERAL, N=n, M=m, K=k, POOL=False) == " ".join(expected)


def test_n_m_and_k_of_0_make_the_linear_classifier():
    assert names(GENERAL, names={"N": 0, "M": 0, "K": 0}) == names("INPUT -> FC")


def test_three_3x3_layers_see_7x7():
    stack = walk("INPUT[32x32x16] -> CONV3-16*3").nodes[-1]
    single = walk("INPUT[32x32x16] -> CONV7-16").nodes[-1]
    assert stack.width == single.width
    assert stack.width.size == 7


@pytest.mark.parametrize("channels", [1, 16, 64, 512])
def test_three_3x3_layers_cost_27_c_squared_against_49(channels):
    stack = report(f"INPUT[32x32x{channels}] -> CONV3-{channels}*3")
    single = report(f"INPUT[32x32x{channels}] -> CONV7-{channels}")
    assert stack.totals["weights"] == 27 * channels**2
    assert single.totals["weights"] == 49 * channels**2


def test_the_stack_needs_memory_for_what_lies_between():
    stack = report("INPUT[32x32x16] -> CONV3-16*3").totals["activations"]
    single = report("INPUT[32x32x16] -> CONV7-16").totals["activations"]
    assert stack - single == 2 * 32 * 32 * 16


def test_a_residual_connection_breaks_the_list():
    text = """
        input: 8x8x16
        layers:
          - residual: {main: ["CONV3-16(name=a) -> RELU -> CONV3-16(name=b)"]}
    """
    found = network(text, is_yaml=True)
    last = found.nodes[-1]
    assert [found.nodes[index].name for index in last.inputs] == ["b", "input"]
    assert sizes(text, is_yaml=True)[-1] == "8x8x16"


def test_an_inception_module_breaks_the_list():
    text = """
        input: 28x28x192
        layers:
          - concat: [[CONV1-64], [CONV1-96, CONV3-128], [CONV1-16, CONV5-32]]
    """
    assert sizes(text, is_yaml=True)[-1] == f"28x28x{64 + 128 + 32}"
