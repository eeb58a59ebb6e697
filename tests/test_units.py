"""Numbers as people write and read them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcalc.facts.units import format_bytes, format_count, parse_bytes, parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("0", 0),
        ("1048576", 2**20),
        ("11811160064", 11 * 2**30),
        ("1024B", 1024),
        ("512 B", 512),
        ("0", 0),
        ("1KiB", 2**10),
        ("11GiB", 11 * 2**30),
        ("11 gib", 11 * 2**30),
        ("11GB", 11 * 10**9),
        ("11 gb", 11 * 10**9),
        ("512MB", 512 * 10**6),
        ("1.5GiB", 3 * 2**29),
        ("0.1GB", 10**8),
        ("8G", 8 * 2**30),
        ("2TiB", 2**41),
        (" 80 GiB ", 80 * 2**30),
    ],
)
def test_sizes_that_are_understood(text, count):
    assert parse_bytes(text) == count


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("24", "24 bytes? write 24GiB"),
        ("0.5", "0.5 bytes? write 0.5GiB"),
        ("24125", "24125 bytes? write 24125MiB"),
        ("1048575", "1048575 bytes? write 1048575MiB"),
    ],
)  # fmt: skip
def test_a_number_without_a_unit_is_refused(text, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_bytes(text)


@pytest.mark.parametrize(
    "text",
    ["", "GiB", "-1GiB", "11 GiBB", "1e9", "eleven", "1,000", "11GiB11", "٣GiB", "0x10", "1..5G",
     "nan", "inf", "9" * 16, "1." + "9" * 10],
)  # fmt: skip
def test_sizes_that_are_not(text):
    with pytest.raises(ValueError, match="is not a size in bytes; write for example 11GiB or"):
        parse_bytes(text)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1, "1 B"),
        (1023, "1023 B"),
        (1024, "1.00 KiB"),
        (60_950_432, "58.13 MiB"),
        (5_561_118_176, "5.18 GiB"),
        (100 * 2**20, "100.0 MiB"),
        (2**30, "1.00 GiB"),
        (5 * 2**40, "5.00 TiB"),
        (2**50, "1.00 PiB"),
        (2**65, "32,768.0 PiB"),
        (-1536, "-1.50 KiB"),
    ],
)
def test_bytes_as_they_are_shown(count, text):
    assert format_bytes(count) == text


@given(st.integers(0, 2**60))
def test_what_is_shown_reads_as_nearly_the_same(count):
    shown = format_bytes(count).replace(",", "")
    if "PiB" not in shown:
        assert parse_bytes(shown) == pytest.approx(count, rel=0.006)


@pytest.mark.parametrize(
    ("text", "count"),
    [("10M", 10**7), ("4.1G", 4_100_000_000), ("1,000,000", 10**6), ("1_000", 1000),
     ("2e9", 2_000_000_000),
     ("7B", 7 * 10**9), ("25k", 25_000), ("0", 0)],
)  # fmt: skip
def test_counts(text, count):
    assert parse_count(text) == count


@pytest.mark.parametrize("text", ["", "many", "-1", "1.2.3", "10MM", "1e999"])
def test_what_is_no_count(text):
    with pytest.raises(ValueError, match="is not a number; write for example 10M"):
        parse_count(text)


def test_thousands_are_separated():
    assert format_count(15_470_264_320) == "15,470,264,320"
