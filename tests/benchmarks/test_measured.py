"""Predicted against measured on real cards: the committed page and what it says."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu" / "predict.py"
_spec = importlib.util.spec_from_file_location("predict", SCRIPT)
predict = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(predict)


@pytest.mark.parametrize("card", predict.CARDS)
def test_the_page_has_the_figures_of_each_card(card):
    assert predict.summary(card) in predict.PAGE.read_text(encoding="utf-8")


def test_the_page_has_the_largest_batches():
    assert predict.largest() in predict.PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("card", predict.CARDS)
def test_a_card_takes_what_is_expected_and_rarely_more_than_is_safe(card):
    _, _, expected, safe, floor = zip(*predict.groups(card)["all"], strict=True)
    assert mean_size(expected) <= 0.025
    assert sum(error >= 0 for error in safe) >= 0.99 * len(safe)
    assert min(safe) > -0.04
    assert max(floor) <= 0  # no run went below it


def mean_size(errors):
    return sum(map(abs, errors)) / len(errors)


@pytest.mark.parametrize(("mode", "most"), [("train", 0.01), ("infer", 0.03)])
@pytest.mark.parametrize("card", predict.CARDS)
def test_a_card_allocates_what_is_shown(card, mode, most):
    """torch.cuda.max_memory_allocated, in the mean."""
    of_mode = [rows for name, rows in predict.groups(card).items() if name.startswith(mode)]
    assert mean_size([allocated for rows in of_mode for allocated, *_ in rows]) <= most
