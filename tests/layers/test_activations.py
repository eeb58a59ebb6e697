"""Activation functions: what autograd keeps, and how they are written as code."""

import pytest
from single import layer, network

from convcalc.facts.operators import COPIES, RESULT
from convcalc.facts.shape import Shape
from convcalc.text.errors import SpecError


@pytest.mark.parametrize("word", ["selu", "celu"])
def test_in_place_the_output_tells_the_input(word):
    (in_place,) = layer(word).facts.operators
    (new,) = layer(f"{word}: {{inplace: false}}").facts.operators
    assert ([s.operand for s in in_place.saves], [s.operand for s in new.saves]) == ([RESULT], [0])


def test_a_clamp_in_place_keeps_a_copy():
    (operator,) = layer("hardtanh").facts.operators
    assert [extra.kind for extra in operator.extras] == [COPIES]


@pytest.mark.parametrize(
    ("item", "module", "said"),
    [
        ("selu", "nn.SELU", {"inplace": True}),
        ("celu: {inplace: false}", "nn.CELU", {}),
        (
            "hardtanh: {min_val: -2, max_val: 2}",
            "nn.Hardtanh",
            {"min_val": -2.0, "max_val": 2.0, "inplace": True},
        ),
        ("log_softmax", "nn.LogSoftmax", {"dim": 1}),
        ("softmax", "nn.Softmax", {"dim": 1}),
    ],
)
def test_as_python_writes_it(item, module, said):
    size = Shape(4, 4, 8)
    code = layer(item).node.layer.torch_code((size,), size)
    assert code.module == module
    assert {name: value for name, value, written in code.said if written} == said


def test_limits_the_wrong_way_round():
    with pytest.raises(SpecError, match="`min_val` must be less than `max_val`"):
        network("  - hardtanh: {min_val: 1, max_val: 0}")
