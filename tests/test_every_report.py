"""The check of conftest.py itself: it runs, and it would notice."""

import pytest
from support import check_sums, report


def test_every_report_is_checked(count_of_checked_reports):
    before = count_of_checked_reports()
    report("INPUT -> CONV -> FC")
    assert count_of_checked_reports() == before + 1


def test_a_total_that_is_off_by_one_is_noticed():
    made = report("INPUT -> CONV -> FC")
    made.totals["macs"] += 1
    with pytest.raises(AssertionError, match="macs"):
        check_sums(made)


def test_bytes_that_leave_out_the_batch_are_noticed():
    made = report("INPUT -> CONV -> FC")
    made.setup = made.setup._replace(batch_size=2)
    with pytest.raises(AssertionError, match="input"):
        check_sums(made)


def test_a_textbook_memory_that_is_not_the_rows_is_noticed():
    made = report("INPUT -> CONV -> FC")
    with pytest.raises(AssertionError):
        made.textbook = made.textbook._replace(parameters=1)
