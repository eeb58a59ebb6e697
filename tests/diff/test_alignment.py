"""Layers are aligned as a text diff aligns lines: as many pairs as there can be."""

from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.answers.alignment import MOST_EDITS, align_lines, slide_runs

ITEMS = st.lists(st.sampled_from("abc"), max_size=14)


def common(old, new):
    """The length of the longest common subsequence, by its definition."""

    @cache
    def longest(i, j):
        if i == len(old) or j == len(new):
            return 0
        if old[i] == new[j]:
            return 1 + longest(i + 1, j + 1)
        return max(longest(i + 1, j), longest(i, j + 1))

    return longest(0, 0)


@given(ITEMS, ITEMS)
def test_every_item_stands_once_and_no_alignment_has_more_pairs(old, new):
    pairs = align_lines(old, new)
    assert [a for a, _ in pairs if a is not None] == list(range(len(old)))
    assert [b for _, b in pairs if b is not None] == list(range(len(new)))
    both = [(a, b) for a, b in pairs if a is not None and b is not None]
    assert all(old[a] == new[b] for a, b in both)
    assert len(both) == common(tuple(old), tuple(new))


@given(ITEMS, ITEMS)
def test_removed_stands_before_added(old, new):
    pairs = align_lines(old, new)
    for (a, b), (c, d) in pairwise(pairs):
        assert not (a is None and b is not None and c is not None and d is None)


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        pytest.param("", "", "", id="nothing"),
        pytest.param("abc", "abc", "abc", id="the same"),
        pytest.param("abc", "abxc", "ab+xc", id="added"),
        pytest.param("abxc", "abc", "ab-xc", id="removed"),
        pytest.param("abc", "axc", "a-b+xc", id="exchanged"),
        pytest.param("abcabba", "cbabac", None, id="the paper's example, figure 1"),
    ],
)
def test_examples(old, new, shown):
    text = "".join(
        old[a] if a is not None and b is not None else f"-{old[a]}" if b is None else f"+{new[b]}"
        for a, b in align_lines(old, new)
    )
    if shown is not None:
        assert text == shown
    matched = sum(block.size for block in SequenceMatcher(None, old, new).get_matching_blocks())
    assert len(text.replace("-", "").replace("+", "")) <= len(old) + len(new) - matched


def test_two_long_and_different_sequences_are_exchanged():
    size = 2 * MOST_EDITS
    old, new = list(range(size)), list(range(size, 2 * size))
    assert align_lines(old, new) == [
        *((k, None) for k in range(size)),
        *((None, k) for k in range(size)),
    ]


def test_a_change_in_a_long_sequence():
    old = ["conv", "relu"] * 20_000
    new = [*old[:10_000], "bn", *old[10_000:]]
    pairs = align_lines(old, new)
    assert [pair for pair in pairs if None in pair] == [(None, 10_000)]


NAMES = st.lists(st.integers(0, 5), min_size=14, max_size=14)


def agreeing(pairs, old, new):
    return sum(old[a] == new[b] for a, b in pairs if a is not None and b is not None)


@given(ITEMS, ITEMS, NAMES, NAMES)
def test_sliding_keeps_every_pair_of_equal_items_and_no_fewer_names_agree(
    old, new, old_names, new_names
):
    pairs = align_lines(old, new)
    slid = slide_runs(pairs, (old, new), (old_names, new_names))
    assert [a for a, _ in slid if a is not None] == list(range(len(old)))
    assert [b for _, b in slid if b is not None] == list(range(len(new)))
    both = [(a, b) for a, b in slid if a is not None and b is not None]
    assert all(old[a] == new[b] for a, b in both)
    assert len(both) == common(tuple(old), tuple(new))
    assert agreeing(slid, old_names, new_names) >= agreeing(pairs, old_names, new_names)


@pytest.mark.parametrize(
    ("old", "new", "alone"),
    [
        pytest.param("crcrp", "crcrcrp", [4, 5], id="the third of three is the new one"),
        pytest.param("crcrcrp", "crcrp", [4, 5], id="and the one that is gone"),
        pytest.param("pcrcrq", "pcrcrcrq", [5, 6], id="between others"),
        pytest.param("pcq", "pcrcrq", [2, 3, 4], id="nothing to slide over"),
    ],
)
def test_runs_slide_to_where_names_agree(old, new, alone):
    places = list(range(20))  # items are named by their places, from the front
    pairs = slide_runs(align_lines(old, new), (old, new), (places, places))
    assert [pair[0] if pair[1] is None else pair[1] for pair in pairs if None in pair] == alone
