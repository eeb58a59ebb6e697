"""The budget of a spec: limits, and the setup they are meant for."""

import pytest
from support import network

from convcalc.answers.limits import setup_of
from convcalc.facts.setup import Setup
from convcalc.network.budget import Budget, read_budget
from convcalc.text.errors import SpecError


def arguments(body: str):
    return network(f"layers: [relu]\nbudget: {{{body}}}", is_yaml=True).budget


@pytest.mark.parametrize(
    ("body", "field", "value"),
    [
        ("memory: 11GiB", "memory", 11 * 2**30),
        ("memory: 11 GB", "memory", 11 * 10**9),
        ("memory: 1024B", "memory", 1024),
        ("parameters: 25M", "parameters", 25_000_000),
        ("macs: 4.1G", "macs", 4_100_000_000),
        ("activation: 1000000", "activation", 1_000_000),
        ("gpu: rtx-3090", "gpu", "rtx-3090"),
        ("batch: 64", "batch", 64),
        ("amp: true", "amp", True),
        ("weight_decay: 0.0001", "weight_decay", 0.0001),
        ("weight_decay: 0", "weight_decay", 0.0),
        ("accumulate: 4", "accumulate", 4),
    ],
)
def test_values(body, field, value):
    budget = read_budget(arguments(body))
    assert getattr(budget, field) == value
    assert budget == Budget(**{field: value})


@pytest.mark.parametrize(
    ("written", "memory"),
    [("11GiB", 11 * 2**30), ('"1.5 GB"', 15 * 10**8), ("0", 0), (str(2**30), 2**30)],
)
def test_a_bare_size_is_of_the_memory(written, memory):
    spec = network(f"layers: [relu]\nbudget: {written}", is_yaml=True)
    assert read_budget(spec.budget) == Budget(memory=memory)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("11", "budget: 11 bytes? write 11GiB"),
        ("much", "budget: `much` is not a size in bytes; write for example 11GiB or 512MB"),
    ],
)
def test_a_bare_word_that_is_no_size(written, message):
    with pytest.raises(SpecError) as caught:
        read_budget(network(f"layers: [relu]\nbudget: {written}", is_yaml=True).budget)
    assert (caught.value.message, caught.value.span.text) == (message, written)


def test_a_budget_of_nothing_is_none_of_a_size():
    with pytest.raises(SpecError) as caught:
        network("layers: [relu]\nbudget:", is_yaml=True)
    assert caught.value.message == (
        "budget: must be a size such as 11GiB or a mapping such as {memory: 11GiB}, not nothing"
    )


def test_an_empty_budget_says_nothing():
    assert read_budget(arguments("")) == Budget()
    assert setup_of(Budget()) == Setup()


def test_the_setup_with_defaults_where_the_budget_does_not_say():
    found = read_budget(arguments("batch: 8, dtype: bfloat16, mode: infer, accumulate: 2"))
    assert setup_of(found) == Setup(8, "bfloat16", "infer", accumulate=2)


@pytest.mark.parametrize(
    ("body", "message", "column"),
    [
        ("memroy: 1", "budget: unknown key `memroy`", 10),
        ("memory: much", "budget.memory: `much` is not a size in bytes", 18),
        ("memory: -1", "budget.memory: `-1` is not a size in bytes", 18),
        ("batch: 0", "budget.batch: must be an integer of at least 1, not `0`", 17),
        ("batch: many", "budget.batch: must be an integer of at least 1, not `many`", 17),
        ("batch: 1.5", "budget.batch: must be an integer of at least 1, not `1.5`", 17),
        ("batch: true", "budget.batch: must be an integer of at least 1, not `true`", 17),
        ("amp: yes", "budget.amp: must be true or false, not `yes`", 15),
        ("optimizer: sdg", "budget.optimizer: must be one of sgd, momentum, nesterov,", 21),
        ("dtype: int8", "budget.dtype: must be one of float32, float64, float16, bfloat16", 17),
        ("mode: test", "budget.mode: must be one of train, infer, not `test`", 16),
        ("weight_decay: -1", "budget.weight_decay: must be a number of at least 0", 24),
        ("parameters: few", "budget.parameters: `few` is not a number", 22),
    ],
)
def test_errors(body, message, column):
    with pytest.raises(SpecError) as caught:
        read_budget(arguments(body))
    assert caught.value.message.startswith(message)
    assert caught.value.location == f"spec.yaml:2:{column}"
