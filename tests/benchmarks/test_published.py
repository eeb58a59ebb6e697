"""The model against published peaks of real cards, memory of two generations."""

import importlib.util
from pathlib import Path
from statistics import mean

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu" / "published.py"
_spec = importlib.util.spec_from_file_location("published", SCRIPT)
published = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(published)


@pytest.fixture(scope="module")
def model():
    specs = published.MEASURED["v100-16gb"]
    return {(s, b): published.reserved_and_margin(s, b) for s in specs for b in published.BATCHES}


@pytest.mark.parametrize("card", published.MEASURED)
def test_mean_error_is_at_most_4_percent_with_one_constant_a_card(card, model):
    errors = published.errors(card, published.fitted(card, model), model)
    assert len(errors) == 20
    assert mean(map(abs, errors.values())) <= 0.04
