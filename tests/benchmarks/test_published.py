"""What others published, as the product prints it: the page, and what it may be off by."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks/gpu/published.py"
_spec = importlib.util.spec_from_file_location("published", SCRIPT)
published = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(published)

MOST = {"k80": 0.07, "v100-16gb": 0.05, "rtx-3090": 0.05, "a100-40gb": 0.06}
MIB = 2**20


@pytest.fixture(scope="module")
def cards():
    return published.by_card(published.rows())


@pytest.mark.parametrize("card", MOST)
def test_published_rows_are_met(card, cards):
    errors = [abs(row.error) for row in cards[card]]
    assert sum(errors) / len(errors) <= MOST[card]
    counted = [row for row in cards[card] if not row.is_spike]
    assert len(published.short(cards[card])) <= 0.03 * len(counted)


def test_what_mmsegmentation_logged_of_four_gpus(cards):
    """max_memory_allocated under DDP, a loss for each pixel; "GB" read as 1000 MiB."""
    errors = [abs(row.error) for row in cards["v100-32gb, mmsegmentation"]]
    assert len(errors) == 8
    assert sum(errors) / len(errors) <= 0.05


def test_the_page_has_the_table(cards):
    text = (ROOT / "docs/measured.md").read_text(encoding="utf-8")
    for card, rows in cards.items():
        assert published.line(card, rows) in text


def test_without_a_card_safe_holds_on_our_own():
    text = (ROOT / "docs/measured.md").read_text(encoding="utf-8")
    for card, rows in published.by_card(published.own_rows()).items():
        assert len(published.short(rows)) <= 0.01 * len(rows)
        assert sum(abs(row.error) for row in rows) / len(rows) <= 0.1
        assert published.line(card, rows) in text


def _context_rows():
    """Rows of contexts and capacities whose card is named, with the name that `--gpu` knows."""
    from convcalc.memory.cards import UnknownCard, find_card

    text = (ROOT / "benchmarks/gpu/public/context.json").read_text(encoding="utf-8")
    for row in json.loads(text):
        name = row["card"].replace("(ECC off, 16384 MiB)", "").replace("(", "").replace(")", "")
        try:
            yield row, find_card(name.strip())
        except UnknownCard:
            continue


def test_capacities_are_as_seen():
    found = [(card.capacity / MIB / row["MiB"], row["card"]) for row, card in _context_rows()
             if row["what"] == "capacity: CUDA total"]  # fmt: skip
    assert len(found) >= 20
    assert [pair for pair in found if abs(pair[0] - 1) > 0.01] == []


def test_contexts_with_libraries_are_within_a_fifth_in_the_median():
    cards = {}
    for row, card in _context_rows():
        if row["what"] == "context: process minus reserved, libraries in use":
            cards.setdefault(card, []).append(row["MiB"])
    assert len(cards) >= 8
    for card, seen in cards.items():
        middle = sorted(seen)[len(seen) // 2]
        assert abs(card.context_with_libraries / MIB / middle - 1) <= 0.2, card.name
        assert max(seen) <= card.context_most / MIB + 15, card.name
